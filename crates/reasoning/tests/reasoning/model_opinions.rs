//! Tests the effect of a model's opinion on a diagnosis, and its limits.

use common::{
    Arn, Conclusion, Evidence, EvidenceId, FailureMode, Hypothesis, MicroUsd, ModelHypothesis, ModelOpinion,
    Observed, Signal,
    autonomy::{JUST_BELOW_UNATTENDED, UNATTENDED_CONFIDENCE},
    context_source::{ContextSource, Note},
    diagnosis::{HypothesisOrigin, Proposal},
    findings::{EngineFindings, EngineVerdict, LogTemplate, MetricDigest},
    intent::{IntentSign, TagMeaning},
    model::Usage,
    reasoning::{ModelUse, ModelVerdict},
};
use fakes::{sample, sample_evidence as builders};
use proptest::prelude::*;
use reasoning::{
    judgement::conclude::Assessment,
    judgement::confidence::EXPLANATION_THRESHOLD,
    model::{
        allowlists::allowed_components,
        claim::is_same_claim,
        doubt::leaves_doubt,
        fault_evidence::FaultEvidence,
        model_opinion::apply_opinion,
        stance::{MODEL_ONLY_CAP, SHARED_CAUSE_CAP, UNSHOWN_CLAIM_CAP},
    },
};

fn component(number: u8) -> Arn {
    sample::arn("ssm", &format!("parameter/shop/{number}"))
}

fn evidence(observed: Observed) -> Evidence {
    Evidence::new("q".to_owned(), sample::at(), "s".to_owned(), observed)
}

/// A state that was merely read.
fn state(number: u8) -> Evidence {
    evidence(builders::parameter_state(&component(number), 2, builders::before(3)))
}

fn series(resource: Option<Arn>, metric: &str, baseline: f64, incident: f64) -> MetricDigest {
    MetricDigest {
        resource,
        metric: metric.to_owned(),
        statistic: "Sum".to_owned(),
        baseline_samples: 60,
        incident_samples: 5,
        baseline: Some(baseline),
        incident: Some(incident),
        last: Some(incident),
        deviations: Some((incident - baseline) * 10.0),
        sparkline: String::new(),
        within_usual: false,
    }
}

fn metrics(series: Vec<MetricDigest>) -> Observed {
    let (from, to) = (builders::before(60), builders::before(0));
    Observed::Metrics { from, incident_from: builders::before(5), to, period_seconds: 60, series }
}

/// A measurement that shows the fault of a component.
fn fault(number: u8) -> Evidence {
    evidence(metrics(vec![series(Some(component(number)), "Errors", 0.0, 12.0)]))
}

fn hypothesis(number: u8, confidence: f64) -> Hypothesis {
    Hypothesis {
        component: component(number),
        failure_mode: FailureMode::BadConfiguration,
        cause: format!("cause {number}"),
        confidence,
        origin: HypothesisOrigin::Playbook { id: "parameter-overwritten".to_owned(), version: 1 },
        supports: vec![state(number).id],
        contradicts: Vec::new(),
        proposal: Some(Proposal {
            action: "restore-parameter".parse().unwrap(),
            target: component(number),
            parameters: [("RestoreVersion".to_owned(), number.to_string())].into(),
        }),
        raised_by: None,
        raised_by_untrusted: false,
        causality: None,
    }
}

fn engine_only(number: u8, confidence: f64) -> Hypothesis {
    let origin = HypothesisOrigin::Engine { version: "1".to_owned() };
    Hypothesis { origin, proposal: None, ..hypothesis(number, confidence) }
}

fn findings(conclusion: Conclusion, hypotheses: Vec<Hypothesis>) -> Assessment {
    Assessment {
        conclusion,
        hypotheses,
        ruled_out: Vec::new(),
        rests_on_engine: false,
        symptom_is_there: true,
    }
}

fn abstained() -> Conclusion {
    Conclusion::Abstained { reason: "too weak".to_owned() }
}

/// A claim that fits [`hypothesis`] of that number.
fn claim(number: u8, supports: &[&Evidence]) -> ModelHypothesis {
    ModelHypothesis {
        component: component(number),
        failure_mode: FailureMode::BadConfiguration,
        action: Some("restore-parameter".parse().unwrap()),
        statement: "because I say so".to_owned(),
        supports: supports.iter().map(|evidence| evidence.id.clone()).collect(),
        contradicts: Vec::new(),
        own_confidence: 1.0,
    }
}

fn model_says(verdict: ModelVerdict, hypotheses: Vec<ModelHypothesis>) -> ModelOpinion {
    ModelOpinion {
        model_use: ModelUse {
            bundle: "night@abc".to_owned(),
            verdict,
            statement: hypotheses.first().map(|first| first.statement.clone()),
            requests: 1,
            tool_calls: 0,
            usage: Usage::default(),
            cost: MicroUsd::ZERO,
            problems: std::collections::BTreeMap::new(),
            masked: std::collections::BTreeMap::new(),
        },
        hypotheses,
        evidence: Vec::new(),
        lasting_fix: None,
        impact: None,
    }
}

fn opinion(claims: Vec<ModelHypothesis>) -> ModelOpinion {
    model_says(ModelVerdict::Hypotheses, claims)
}

fn signal() -> Signal {
    sample::alarm_signal("event-1", "checkout-errors")
}

fn weigh(before: Assessment, opinion: &ModelOpinion, evidence: &[Evidence]) -> Assessment {
    apply_opinion(before, Some(opinion), &signal(), evidence)
}

// ---- Whether the model says the same ----

#[test]
fn is_same_claim_takes_component_failure_mode_and_what_would_mend_it() {
    let ours = hypothesis(1, 0.5);
    let same = claim(1, &[]);
    let told = engine_only(1, 0.5);
    for (expected, ours, claim) in [
        (true, &ours, same.clone()),
        (false, &ours, ModelHypothesis { component: component(2), ..same.clone() }),
        (false, &ours, ModelHypothesis { failure_mode: FailureMode::Slow, ..same.clone() }),
        (false, &ours, ModelHypothesis { action: None, ..same.clone() }),
        (false, &ours, ModelHypothesis { action: Some("start-instance".parse().unwrap()), ..same.clone() }),
        (true, &told, ModelHypothesis { action: None, ..same.clone() }),
        (false, &told, same),
    ] {
        assert_eq!(is_same_claim(ours, &claim), expected, "{claim:?}");
    }
}

#[test]
fn is_same_claim_takes_the_function_for_its_alias_and_no_other_alias() {
    let of_alias = |name: &str| sample::arn("lambda", &format!("function:checkout:{name}"));
    let proposal = Proposal { target: of_alias("live"), ..hypothesis(1, 0.5).proposal.unwrap() };
    let ours = Hypothesis { component: of_alias("live"), proposal: Some(proposal), ..hypothesis(1, 0.5) };
    for (named, expected) in [
        (of_alias("live"), true),
        (builders::function(), true),
        (of_alias("dev"), false),
        (sample::arn("lambda", "function:prices"), false),
    ] {
        assert_eq!(is_same_claim(&ours, &ModelHypothesis { component: named, ..claim(1, &[]) }), expected);
    }
}

// ---- Whether what it cites shows the fault ----

fn shows(claim: &ModelHypothesis, evidence: &[Evidence]) -> bool {
    let evidence: Vec<&Evidence> = evidence.iter().collect();
    FaultEvidence { signal: &signal(), evidence: &evidence }.shows(claim)
}

fn engine(verdict: EngineVerdict) -> Evidence {
    let findings = builders::root_cause(&[component(1)], 0.9);
    evidence(Observed::Engine { findings: EngineFindings { verdict, ..findings } })
}

#[test]
fn fault_evidence_is_what_measures_or_reports_a_fault_and_no_state() {
    let function = builders::function();
    let log = |function: &Arn, templates| Observed::Logs {
        function: function.clone(),
        baseline_lines: 9,
        incident_lines: 9,
        truncated: false,
        templates,
    };
    let template = LogTemplate { template: "ERROR <*>".to_owned(), baseline: 0, incident: 9 };
    let of_function =
        |metric: &str, from: f64, to: f64| metrics(vec![series(Some(function.clone()), metric, from, to)]);
    let usual = MetricDigest { within_usual: true, ..series(Some(function.clone()), "Errors", 0.0, 1.0) };
    let notes = |source| Observed::Notes {
        source,
        notes: vec![Note {
            at: None,
            resource: Some(function.clone()),
            actor: None,
            what: "trouble".to_owned(),
        }],
    };
    for (expected, component, observed) in [
        (true, &function, of_function("Errors", 0.0, 12.0)),
        (true, &builders::alias(), of_function("Throttles", 0.0, 12.0)),
        (true, &function, of_function("FreeStorageSpace", 90.0, 1.0)),
        (false, &function, of_function("Errors", 12.0, 0.0)),
        (false, &function, of_function("Invocations", 10.0, 90.0)),
        (false, &function, metrics(vec![usual])),
        (false, &component(1), of_function("Errors", 0.0, 12.0)),
        // The symptom's own metric is of no component.
        (false, &function, metrics(vec![series(None, "Errors", 0.0, 12.0)])),
        (true, &function, log(&function, vec![template.clone()])),
        (false, &function, log(&function, Vec::new())),
        (false, &component(1), log(&function, vec![template])),
        (true, &function, notes(ContextSource::Health)),
        (false, &function, notes(ContextSource::ResourceState)),
        (true, &builders::service(), builders::service_state("FAILED")),
        (true, &builders::instance(), builders::instance_state(&builders::instance(), "stopped")),
        (false, &builders::instance(), builders::instance_state(&builders::instance(), "running")),
        (false, &builders::alias(), builders::alias_state("3", Some("2"))),
        (false, &component(1), builders::parameter_state(&component(1), 2, builders::before(3))),
        (false, &function, Observed::Symptom { observation: builders::firing() }),
        (true, &component(1), engine(EngineVerdict::RootCause).observed),
        (false, &component(2), engine(EngineVerdict::RootCause).observed),
    ] {
        let evidence = [evidence(observed)];
        let claim = ModelHypothesis { component: component.clone(), ..claim(1, &[&evidence[0]]) };
        assert_eq!(shows(&claim, &evidence), expected, "{} {:?}", component.name(), evidence[0].observed);
        let uncited = ModelHypothesis { supports: vec![state(9).id], ..claim };
        assert!(!shows(&uncited, &evidence), "what is not cited shows nothing");
    }
}

#[test]
fn fault_evidence_a_change_counts_before_the_symptom_and_beside_a_fault() {
    let changed = |minutes| {
        evidence(Observed::Change {
            change: builders::change(&component(1), "PutParameter", builders::before(minutes)),
        })
    };
    let symptom = evidence(metrics(vec![series(None, "Errors", 0.0, 12.0)]));
    for (expected, cited) in [
        (true, vec![changed(3), symptom.clone()]),
        (false, vec![changed(3)]),
        (false, vec![symptom.clone()]),
        (false, vec![changed(-3), symptom.clone()]),
        (false, vec![changed(90), symptom.clone()]),
        (false, vec![changed(3), state(1)]),
    ] {
        assert_eq!(shows(&claim(1, &cited.iter().collect::<Vec<_>>()), &cited), expected, "{cited:?}");
    }
}

#[test]
fn fault_evidence_where_the_engine_finds_nothing_wrong_only_a_measurement_counts() {
    let healthy = engine(EngineVerdict::Healthy { why: "as usual".to_owned() });
    let changed = builders::change(&component(1), "PutParameter", builders::before(3));
    let all = [
        healthy,
        evidence(Observed::Change { change: changed }),
        evidence(metrics(vec![series(None, "Errors", 0.0, 12.0)])),
    ];
    assert!(!shows(&claim(1, &all.iter().collect::<Vec<_>>()), &all));
    let all = [all[0].clone(), fault(1)];
    assert!(shows(&claim(1, &[&all[1]]), &all));
}

#[test]
fn fault_evidence_an_instance_that_is_meant_to_be_stopped_shows_none() {
    let stopped = evidence(builders::instance_state(&builders::instance(), "stopped"));
    let sign = IntentSign::Tag {
        meaning: TagMeaning::Schedule,
        key: "schedule".to_owned(),
        value: "office".to_owned(),
    };
    let meant = evidence(Observed::Intent { resource: builders::instance(), signs: vec![sign] });
    let claim = ModelHypothesis { component: builders::instance(), ..claim(1, &[&stopped]) };
    assert!(!shows(&claim, &[stopped, meant]));
}

// ---- What comes of it ----

#[test]
fn apply_opinion_shared_cause_is_told_and_asks_for_nothing_that_was_not_asked_for() {
    let all = [state(1), fault(1)];
    let weighed =
        weigh(findings(abstained(), vec![hypothesis(1, 0.39)]), &opinion(vec![claim(1, &[&all[1]])]), &all);
    let first = &weighed.hypotheses[0];
    assert_eq!(weighed.conclusion, Conclusion::Explained);
    assert!(first.confidence > EXPLANATION_THRESHOLD && first.confidence <= SHARED_CAUSE_CAP);
    assert_eq!((first.raised_by.as_deref(), &first.proposal), (Some("night@abc"), &None));
    // What would be asked for without the model still is, and is surer.
    let asked = weigh(
        findings(Conclusion::Explained, vec![hypothesis(1, 0.5)]),
        &opinion(vec![claim(1, &[&all[1]])]),
        &all,
    );
    assert_eq!(asked.hypotheses[0].proposal, hypothesis(1, 0.0).proposal);
    assert!(asked.hypotheses[0].confidence > 0.5);
}

#[test]
fn apply_opinion_agreement_that_cites_states_alone_raises_nothing() {
    let before = findings(abstained(), vec![hypothesis(1, 0.39)]);
    let weighed = weigh(before.clone(), &opinion(vec![claim(1, &[&state(1)])]), &[state(1)]);
    assert_eq!(weighed, before);
}

#[test]
fn apply_opinion_dissent_about_the_same_component_is_no_agreement() {
    let all = [fault(1)];
    let dissent = ModelHypothesis { failure_mode: FailureMode::Slow, action: None, ..claim(1, &[&all[0]]) };
    let weighed = weigh(
        findings(Conclusion::Explained, vec![hypothesis(1, 0.64)]),
        &opinion(vec![dissent.clone()]),
        &all,
    );
    // What was asked for is told, behind what the model shows.
    let first = &weighed.hypotheses[0];
    assert_eq!(
        (first.failure_mode, &first.proposal, first.confidence),
        (FailureMode::Slow, &None, MODEL_ONLY_CAP)
    );
    assert!(weighed.hypotheses[1].confidence < EXPLANATION_THRESHOLD);
    // What would have acted asks.
    let weighed =
        weigh(findings(Conclusion::Explained, vec![hypothesis(1, 0.9)]), &opinion(vec![dissent]), &all);
    assert!((weighed.hypotheses[0].confidence - JUST_BELOW_UNATTENDED).abs() < 1e-12);
    assert_eq!(weighed.hypotheses[0].proposal, hypothesis(1, 0.0).proposal);
}

#[test]
fn apply_opinion_another_target_is_never_asked_for() {
    let all = [state(1), state(2), fault(2)];
    let before = findings(Conclusion::Explained, vec![hypothesis(1, 0.65), hypothesis(2, 0.64)]);
    for cited in [&all[1], &all[2]] {
        let weighed = weigh(before.clone(), &opinion(vec![claim(2, &[cited])]), &all);
        let first = &weighed.hypotheses[0];
        assert!(first.proposal.is_none() || first.component == component(1), "{first:?}");
    }
}

#[test]
fn apply_opinion_dissent_without_a_fault_and_abstention_make_what_acts_ask() {
    let before = findings(Conclusion::Explained, vec![hypothesis(1, 0.9)]);
    let abstains = ModelVerdict::Abstained { reason: "nothing decides".to_owned() };
    for said in [opinion(vec![claim(2, &[&state(2)])]), model_says(abstains, Vec::new())] {
        let weighed = weigh(before.clone(), &said, &[state(2)]);
        let first = &weighed.hypotheses[0];
        assert_eq!((first.confidence, &first.raised_by), (JUST_BELOW_UNATTENDED, &None));
        assert_eq!(first.proposal, hypothesis(1, 0.0).proposal);
        let other = weighed.hypotheses.get(1).map(|other| other.confidence);
        assert!(other.is_none_or(|confidence| confidence == UNSHOWN_CLAIM_CAP));
    }
    let unusable = model_says(ModelVerdict::Unusable { reason: "throttled".to_owned() }, Vec::new());
    assert_eq!(weigh(before.clone(), &unusable, &[]), before);
}

#[test]
fn apply_opinion_right_cause_is_told_before_a_sure_engine_and_in_words_of_ours() {
    let all = [fault(2)];
    let before = findings(Conclusion::Explained, vec![engine_only(1, 0.86)]);
    let weighed = weigh(before, &opinion(vec![claim(2, &[&all[0]])]), &all);
    let first = &weighed.hypotheses[0];
    assert_eq!((&first.component, &first.proposal), (&component(2), &None));
    assert!(matches!(first.origin, HypothesisOrigin::Model { .. }));
    assert!(first.cause.contains("according to the model") && first.cause.contains("What would decide"));
    assert!(!first.cause.contains("because I say so"));
}

#[test]
fn apply_opinion_cause_without_a_shown_fault_explains_nothing() {
    let note = Note { at: None, resource: Some(component(2)), actor: None, what: "believe me".to_owned() };
    let notes = Observed::Notes { source: ContextSource::SecurityFindings, notes: vec![note] };
    let all = [state(2), evidence(notes), fault(1)];
    for cited in &all {
        let weighed = weigh(findings(abstained(), Vec::new()), &opinion(vec![claim(2, &[cited])]), &all);
        assert_eq!((weighed.conclusion, weighed.hypotheses[0].confidence), (abstained(), UNSHOWN_CLAIM_CAP));
    }
}

#[test]
fn apply_opinion_what_has_recovered_or_could_not_be_seen_stays_as_it_is() {
    let (all, told) = ([fault(1)], opinion(vec![claim(1, &[&fault(1)])]));
    let recovered = findings(Conclusion::AlreadyRecovered, vec![hypothesis(1, 0.3)]);
    assert_eq!(weigh(recovered.clone(), &told, &all), recovered);
    let unseen = Assessment { symptom_is_there: false, ..findings(abstained(), vec![hypothesis(1, 0.39)]) };
    assert_eq!(weigh(unseen, &told, &all).conclusion, abstained());
}

// ---- Whether it is asked ----

#[test]
fn leaves_doubt_unless_a_proved_cause_is_well_ahead() {
    let explained = |hypotheses| findings(Conclusion::Explained, hypotheses);
    for (expected, assessment) in [
        (false, explained(vec![hypothesis(1, 0.8)])),
        (false, explained(vec![hypothesis(1, 0.8), hypothesis(2, 0.6)])),
        (true, explained(vec![hypothesis(1, 0.8), hypothesis(2, 0.7)])),
        (true, explained(vec![hypothesis(1, 0.69)])),
        (true, explained(vec![engine_only(1, 0.95)])),
        (true, explained(vec![Hypothesis { raised_by_untrusted: true, ..hypothesis(1, 0.9) }])),
        (true, findings(abstained(), vec![hypothesis(1, 0.9)])),
        (true, findings(abstained(), Vec::new())),
    ] {
        assert_eq!(leaves_doubt(&assessment), expected, "{assessment:?}");
    }
}

#[test]
fn allowed_components_hold_what_metrics_and_the_engine_tell_of_before_mere_members() {
    let members = (0..60).map(|number| sample::arn("sqs", &format!("queue-{number}"))).collect();
    let all = [
        evidence(Observed::Application { name: "shop".to_owned(), resources: members }),
        fault(7),
        engine(EngineVerdict::RootCause),
    ];
    let allowed = allowed_components(&signal(), &findings(abstained(), Vec::new()), &all);
    assert!(allowed.contains(&component(7)) && allowed.contains(&component(1)), "{allowed:?}");
}

// ---- Whatever it says ----

fn asked_for(findings: &Assessment) -> Option<&Proposal> {
    let first = findings.hypotheses.first().filter(|_| findings.conclusion == Conclusion::Explained)?;
    first.proposal.as_ref()
}

fn acts_unattended(findings: &Assessment) -> Option<&Proposal> {
    let first = findings.hypotheses.first()?;
    asked_for(findings).filter(|_| first.confidence >= UNATTENDED_CONFIDENCE && first.raised_by.is_none())
}

fn any_claim() -> impl Strategy<Value = ModelHypothesis> {
    let mode = prop::sample::select(vec![FailureMode::BadConfiguration, FailureMode::Slow]);
    let cited = prop::collection::vec((0u8..7, any::<bool>()), 1..4);
    (0u8..7, mode, any::<bool>(), cited, any::<bool>()).prop_map(
        |(number, failure_mode, acts, cited, against)| {
            let ids: Vec<EvidenceId> =
                cited.iter().map(|(of, shown)| if *shown { fault(*of).id } else { state(*of).id }).collect();
            let base = claim(number, &[]);
            ModelHypothesis {
                failure_mode,
                action: base.action.clone().filter(|_| acts),
                contradicts: if against { ids.clone() } else { Vec::new() },
                supports: ids,
                ..base
            }
        },
    )
}

proptest! {
    #[test]
    fn apply_opinion_any_opinion_acts_and_asks_for_nothing_more(
        mut believed in prop::collection::vec((0u8..5, 0.0..0.95f64, any::<bool>()), 0..5),
        claims in prop::collection::vec(any_claim(), 0..4),
        verdict in 0u8..4,
    ) {
        believed.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut named = std::collections::BTreeSet::new();
        believed.retain(|one| named.insert(one.0));
        let made = believed.iter().map(|(number, confidence, acts)| {
            if *acts { hypothesis(*number, *confidence) } else { engine_only(*number, *confidence) }
        });
        let hypotheses: Vec<Hypothesis> = made.collect();
        let explained = hypotheses.first().is_some_and(|first| first.confidence >= EXPLANATION_THRESHOLD);
        let before = findings(if explained { Conclusion::Explained } else { abstained() }, hypotheses);
        let verdict = match verdict {
            0 => ModelVerdict::Abstained { reason: "no".to_owned() },
            1 => ModelVerdict::Unusable { reason: "no".to_owned() },
            _ => ModelVerdict::Hypotheses,
        };
        let all: Vec<Evidence> = (0u8..7).flat_map(|number| [state(number), fault(number)]).collect();
        let after = weigh(before.clone(), &model_says(verdict, claims), &all);

        prop_assert!(asked_for(&after).is_none() || asked_for(&after) == asked_for(&before));
        prop_assert!(acts_unattended(&after).is_none() || acts_unattended(&after) == acts_unattended(&before));
        for one in &after.hypotheses {
            if let HypothesisOrigin::Model { .. } = one.origin {
                prop_assert!(one.proposal.is_none() && one.confidence <= MODEL_ONLY_CAP);
                continue;
            }
            let was = before.hypotheses.iter().find(|was| was.component == one.component).unwrap();
            prop_assert_eq!((&one.supports, &one.cause), (&was.supports, &was.cause));
            prop_assert!(one.proposal.is_none() || one.proposal == was.proposal);
            prop_assert!(one.confidence <= was.confidence || (one.raised_by.is_some() && one.confidence <= SHARED_CAUSE_CAP));
        }
        prop_assert!(after.hypotheses.is_sorted_by(|a, b| a.confidence >= b.confidence));
        if after.conclusion == Conclusion::Explained {
            prop_assert!(after.hypotheses[0].confidence >= EXPLANATION_THRESHOLD);
        }
        prop_assert_eq!(apply_opinion(before.clone(), None, &signal(), &[]), before);
    }
}
