//! Tests asking a model, and the sources of context, as the function's callers see it.

use common::{
    ContextSource, EvidenceId, Observed, PortError,
    context_source::{Note, Scope},
    model::{ContentBlock, ModelResponse},
    ports::{CaseFile as _, ContextSources, Reading, Reasoning as _},
    reasoning::ModelVerdict,
};
use diagnose::{Account, AskModel, Deps, Output, handle};
use fakes::sample_evidence::{function, parameter};
use fakes::{FakeAccount, FakeModel};
use serde_json::json;

use crate::world::{World, block_on, confidence, diagnosis, run};

const LINES: usize = 5;

/// Playbooks explain it, and a model is asked all the same.
fn asking() -> World {
    let mut world = World::with_overwritten_parameter();
    world.deps.investigator.ask = AskModel::Always;
    world
}

/// Evidence that is no free text; its id is the same whenever this world is looked at.
fn structured() -> EvidenceId {
    let world = World::with_overwritten_parameter();
    run(&world).unwrap();
    let all = block_on(world.deps.store.evidence(world.input.incident_id)).unwrap();
    let state = |observed: &Observed| matches!(observed, Observed::Parameter { .. });
    all.into_iter().find(|one| state(&one.observed)).unwrap().id
}

/// A model that finds nothing in any line of inquiry and then blames `component`.
fn blames(world: &World, component: &str) {
    let model = &world.deps.investigator.model;
    for _ in 0..LINES {
        let nothing = json!({"found": "nothing", "finding": "Nothing.", "supports": [], "contradicts": []});
        model.answer("line of inquiry", Ok(FakeModel::uses("report_line", &nothing.to_string())));
    }
    let diagnosis = json!({
        "verdict": "hypotheses",
        "hypotheses": [{
            "component": component,
            "failure_mode": "bad_configuration",
            "action": (component == parameter("limit").to_string()).then_some("restore-parameter"),
            "cause": "It was overwritten.",
            "supports": [structured()],
            "contradicts": [],
            "confidence": 1.0,
        }],
    });
    model.answer("weigh", Ok(FakeModel::uses("submit_diagnosis", &diagnosis.to_string())));
}

#[test]
fn handle_model_that_agrees_changes_nothing_and_is_told() {
    let unasked = confidence(&run(&World::with_overwritten_parameter()).unwrap());
    let world = asking();
    blames(&world, &parameter("limit").to_string());
    assert!((confidence(&run(&world).unwrap()) - unasked).abs() < f64::EPSILON);
    let made = diagnosis(&world, 1);
    let used = made.model.as_ref().unwrap();
    assert_eq!(used.verdict, ModelVerdict::Hypotheses, "{used:?}");
    assert!(made.producer.contains(&used.bundle), "{}", made.producer);
    assert_eq!(made.first().unwrap().raised_by, None);
    let steps = block_on(world.deps.store.steps(world.input.incident_id)).unwrap();
    assert_eq!(steps.len(), LINES + 1);
}

#[test]
fn handle_model_that_blames_another_makes_it_ask() {
    let world = asking();
    blames(&world, &function().to_string());
    let asks = confidence(&run(&world).unwrap());
    assert!((0.4..0.7).contains(&asks), "{asks}");
    let made = diagnosis(&world, 1);
    assert_eq!(made.first().unwrap().component, parameter("limit"));
    let other = made.hypotheses.iter().find(|one| one.component == function()).unwrap();
    assert!(other.proposal.is_none() && other.raised_by.is_some());
}

#[test]
fn handle_what_a_model_chose_to_have_read_is_filed_apart() {
    let evidence = |world: &World| block_on(world.deps.store.evidence(world.input.incident_id)).unwrap();
    let without = World::with_overwritten_parameter();
    run(&without).unwrap();
    let known = evidence(&without);
    let mut world = asking();
    world.deps.investigator.model = FakeModel::answering(|request| {
        if request.tools.iter().any(|tool| tool.name == "submit_diagnosis") {
            let abstains = json!({"verdict": "abstain", "reason": "Nothing decides.", "hypotheses": []});
            return Ok(FakeModel::uses("submit_diagnosis", &abstains.to_string()));
        }
        if request.turns.len() > 1 {
            let nothing =
                json!({"found": "nothing", "finding": "Nothing.", "supports": [], "contradicts": []});
            return Ok(FakeModel::uses("report_line", &nothing.to_string()));
        }
        let reads =
            ["read_metrics", "read_logs", "read_changes", "read_state"].map(|tool| ContentBlock::UseTool {
                id: format!("use-{tool}"),
                name: tool.to_owned(),
                input: json!({"component": function().to_string()}).to_string(),
            });
        Ok(ModelResponse { content: reads.into(), ..FakeModel::uses("read_logs", "{}") })
    });
    run(&world).unwrap();
    let read: Vec<_> =
        evidence(&world).into_iter().filter(|one| known.iter().all(|it| it.id != one.id)).collect();
    assert!(!read.is_empty() && read.iter().all(|one| one.chosen_by_model), "{read:?}");
    assert!(known.iter().all(|one| !one.chosen_by_model));
}

#[test]
fn handle_model_that_abstains_makes_what_acts_ask() {
    let mut world = asking();
    world.deps.investigator.model = FakeModel::answering(|request| {
        let (tool, answer) = if request.tools.iter().any(|tool| tool.name == "submit_diagnosis") {
            (
                "submit_diagnosis",
                json!({"verdict": "abstain", "reason": "Nothing decides.", "hypotheses": []}),
            )
        } else {
            ("report_line", json!({"found": "nothing", "finding": "x", "supports": [], "contradicts": []}))
        };
        Ok(FakeModel::uses(tool, &answer.to_string()))
    });
    let asks = confidence(&run(&world).unwrap());
    assert!((0.4..0.7).contains(&asks), "{asks}");
    assert!(diagnosis(&world, 1).first().unwrap().proposal.is_some());
}

#[test]
fn handle_model_that_is_gone_leaves_the_diagnosis_as_it_is() {
    let without = World::with_overwritten_parameter();
    let (expected, world) = (run(&without).unwrap(), asking());
    assert_eq!(run(&world).unwrap(), expected);
    let (without, with) = (diagnosis(&without, 1), diagnosis(&world, 1));
    assert!(matches!(with.model.as_ref().unwrap().verdict, ModelVerdict::Unusable { .. }));
    assert!(world.deps.investigator.counters.count("ModelProblems", "unavailable") > 0);
    assert_eq!((with.hypotheses, with.conclusion), (without.hypotheses, without.conclusion));
}

#[test]
fn handle_sure_diagnosis_asks_no_model_in_doubt_only() {
    let mut world = World::with_overwritten_parameter();
    world.deps.investigator.ask = AskModel::InDoubt;
    assert!(confidence(&run(&world).unwrap()) >= 0.7);
    assert!(world.deps.investigator.model.asked().is_empty());
    assert_eq!(diagnosis(&world, 1).model, None);
}

#[test]
fn handle_context_that_cannot_be_read_is_a_gap_that_costs_no_confidence() {
    let whole = confidence(&run(&World::with_overwritten_parameter()).unwrap());
    for operation in [
        "Providers::function_versions",
        "Connections::stacks",
        "Precedents::remember",
        "Precedents::precedents",
    ] {
        let world = World::with_overwritten_parameter();
        world.faults.fail_operation(operation);
        assert!((confidence(&run(&world).unwrap()) - whole).abs() < f64::EPSILON, "{operation}");
        assert!(diagnosis(&world, 1).gaps.iter().all(|gap| gap.context), "{operation}");
        assert!(!diagnosis(&world, 1).gaps.is_empty(), "{operation}");
    }
}

#[test]
fn handle_notes_are_evidence_and_masked() {
    let world = World::with_overwritten_parameter();
    let what = "deployed with password=swordfish".to_owned();
    let note = Note { at: None, resource: None, actor: Some("bob".to_owned()), what };
    world.account.add_note(ContextSource::FunctionVersions, note);
    run(&world).unwrap();
    let all = block_on(world.deps.store.evidence(world.input.incident_id)).unwrap();
    let notes = all.iter().find_map(|one| match &one.observed {
        Observed::Notes { source: ContextSource::FunctionVersions, notes } => {
            Some((one.trusted, notes.clone()))
        }
        _ => None,
    });
    let (trusted, notes) = notes.unwrap();
    assert!(!trusted && !notes[0].what.contains("swordfish"), "{notes:?}");
}

/// A source that never answers.
#[derive(Debug, Clone)]
struct Hanging;

impl ContextSources for Hanging {
    async fn look(&self, _provider: ContextSource, _scope: &Scope) -> Result<Reading<Vec<Note>>, PortError> {
        std::future::pending().await
    }
}

/// The fake account, but for its sources of context.
struct WithHangingContext(FakeAccount);

impl Account for WithHangingContext {
    type Symptoms = FakeAccount;
    type Alarms = FakeAccount;
    type Topology = FakeAccount;
    type Changes = FakeAccount;
    type Resources = FakeAccount;
    type Findings = FakeAccount;
    type Traces = FakeAccount;
    type Metrics = FakeAccount;
    type Logs = FakeAccount;
    type Connections = FakeAccount;
    type Knowledge = FakeAccount;
    type TeamTools = FakeAccount;
    type Context = Hanging;

    fn context(&self) -> &Hanging {
        &Hanging
    }

    fn symptoms(&self) -> &FakeAccount {
        &self.0
    }

    fn alarms(&self) -> &FakeAccount {
        &self.0
    }

    fn topology(&self) -> &FakeAccount {
        &self.0
    }

    fn changes(&self) -> &FakeAccount {
        &self.0
    }

    fn resources(&self) -> &FakeAccount {
        &self.0
    }

    fn findings(&self) -> &FakeAccount {
        &self.0
    }

    fn traces(&self) -> &FakeAccount {
        &self.0
    }

    fn metrics(&self) -> &FakeAccount {
        &self.0
    }

    fn logs(&self) -> &FakeAccount {
        &self.0
    }

    fn connections(&self) -> &FakeAccount {
        &self.0
    }

    fn knowledge(&self) -> &FakeAccount {
        &self.0
    }

    fn team_tools(&self) -> &FakeAccount {
        &self.0
    }
}

#[tokio::test(start_paused = true)]
async fn handle_sources_that_hang_cost_their_time_once_and_are_gaps() {
    let World { account, deps, input, .. } = World::with_overwritten_parameter();
    let deps = Deps {
        account: WithHangingContext(account),
        store: deps.store,
        modes: deps.modes,
        clock: deps.clock,
        investigator: deps.investigator,
        playbooks: deps.playbooks,
        own_roles: deps.own_roles,
        recheck_for: deps.recheck_for,
        unusable: deps.unusable,
    };
    let began = tokio::time::Instant::now();
    let output = handle(&deps, input.clone()).await.unwrap();
    assert!(matches!(output, Output::Explained { .. }));
    // All of them hang side by side.
    assert_eq!(began.elapsed().as_secs(), 3);
    let made = deps.store.diagnosis(input.incident_id, 1).await.unwrap().unwrap();
    assert!(made.gaps.len() > 1 && made.gaps.iter().all(|gap| gap.context), "{:?}", made.gaps);
}
