//! Tests that an honest model succeeds, so that the hostile ones are not stopped by chance.

use std::collections::BTreeSet;

use common::{
    FailureMode, MicroUsd,
    model::{ContentBlock, Speaker},
    reasoning::ModelVerdict,
};
use fakes::sample;

use crate::{
    harness::checks::{check, texts_of},
    harness::script::{good, honest, in_weighing, uses},
    harness::stage::{InvestigationRun, KnownIncident, Script, ScriptedRequest, Stage, line_of},
};

fn honest_script() -> Script {
    Box::new(honest)
}

async fn played() -> (Stage, InvestigationRun) {
    let stage = Stage::usual();
    let played = stage.play(&honest_script()).await;
    check(&stage, &played).unwrap();
    (stage, played)
}

#[tokio::test(start_paused = true)]
async fn investigate_honest_model_gives_a_hypothesis_with_everything() {
    let (stage, played) = played().await;
    let opinion = &played.opinion;
    assert_eq!(opinion.model_use.verdict, ModelVerdict::Hypotheses);
    let [first] = opinion.hypotheses.as_slice() else { panic!("{:?}", opinion.hypotheses) };
    assert_eq!(first.component, stage.known.components[0]);
    assert_eq!(first.failure_mode, FailureMode::BadDeployment);
    assert_eq!(first.action.as_ref().map(ToString::to_string).as_deref(), Some("rollback-lambda-alias"));
    assert_eq!(first.statement, "Version 8 of checkout fails on prices.");
    assert_eq!(first.supports, [stage.known.evidence[1].id.clone()]);
    assert_eq!(opinion.impact.as_deref(), Some("Checkouts fail."));
    assert_eq!(opinion.lasting_fix.as_ref().unwrap().by, stage.bundle.name());
    assert!(opinion.model_use.problems.is_empty(), "{:?}", opinion.model_use.problems);
    // Two requests a line, and one that weighs; every line looked once.
    assert_eq!((opinion.model_use.requests, opinion.model_use.tool_calls), (11, 5));
    // Five lines read the same.
    assert_eq!(opinion.evidence.len(), 1);
    assert!(opinion.model_use.masked.values().sum::<u32>() >= 2, "{:?}", opinion.model_use.masked);
}

#[tokio::test(start_paused = true)]
async fn investigate_money_is_what_the_answers_cost() {
    let (stage, played) = played().await;
    let models = &stage.bundle.models;
    let usage = crate::harness::script::USAGE;
    let lines = models.investigate.price.cost(usage).0 * 10;
    let expected = MicroUsd(lines + models.weigh.price.cost(usage).0);
    assert_eq!(played.spent, expected);
    assert_eq!(played.opinion.model_use.cost, expected);
    assert!(played.most_money > expected);
    let traced: MicroUsd = played.steps.iter().map(|step| step.cost).sum();
    assert_eq!(traced, expected);
}

#[tokio::test(start_paused = true)]
async fn investigate_lines_use_the_small_model_and_the_weighing_the_large_one() {
    let (stage, played) = played().await;
    for request in &played.requests {
        let models = &stage.bundle.models;
        let expected = if line_of(request) == "weigh" { &models.weigh } else { &models.investigate };
        assert_eq!(request.model, expected.id);
    }
}

#[tokio::test(start_paused = true)]
async fn investigate_the_same_model_twice_gives_the_same_opinion() {
    let (one, other) = (played().await.1, played().await.1);
    assert_eq!(one.opinion, other.opinion);
    assert_eq!(one.requests, other.requests);
}

#[tokio::test(start_paused = true)]
async fn investigate_what_can_be_cached_is_the_same_for_all_requests_of_a_role() {
    let (_, played) = played().await;
    let other = Stage {
        known: KnownIncident {
            incident: common::Incident::opened_by(sample::alarm_signal("event-9", "other-alarm"), 3),
            evidence: KnownIncident::usual().evidence[..3].to_vec(),
            components: KnownIncident::usual().components.into_iter().rev().collect(),
            fence: "anotherFence0123456789".to_owned(),
            ..KnownIncident::usual()
        },
        ..Stage::usual()
    };
    let other = other.play(&honest_script()).await;
    let prefixes: BTreeSet<String> = played
        .requests
        .iter()
        .chain(&other.requests)
        .filter(|request| line_of(request) != "weigh")
        .map(|request| format!("{}{:?}", request.system, request.tools))
        .collect();
    assert_eq!(prefixes.len(), 1, "of two incidents");
    let systems: BTreeSet<&String> = played.requests.iter().map(|request| &request.system).collect();
    assert_eq!(systems.len(), 1);
    let system = systems.first().unwrap();
    let known = KnownIncident::usual();
    let said =
        [known.fence, known.incident.id.to_string(), known.incident.signal.title, sample::ACCOUNT.to_owned()];
    for words in said.into_iter().chain(known.components.iter().map(ToString::to_string)) {
        assert!(!system.contains(&words), "{words}");
    }
}

#[tokio::test(start_paused = true)]
async fn investigate_weighing_may_cite_what_the_lines_read() {
    let stage = Stage::usual();
    let script: Script = Box::new(in_weighing(|asked: &ScriptedRequest<'_>| {
        let opening = texts_of(asked.request).map(String::as_str).collect::<String>();
        let read = opening.split("# What the lines of inquiry read").nth(1).unwrap();
        let id = read.split('[').nth(1).unwrap().split(']').next().unwrap();
        let mut diagnosis = good(asked);
        diagnosis["hypotheses"][0]["supports"] = serde_json::json!([id]);
        uses("submit_diagnosis", &diagnosis.to_string())
    }));
    let played = stage.play(&script).await;
    check(&stage, &played).unwrap();
    assert_eq!(played.opinion.hypotheses[0].supports, [played.opinion.evidence[0].id.clone()]);
}

#[tokio::test(start_paused = true)]
async fn investigate_tools_are_given_the_arn_for_a_short_name() {
    let (stage, played) = played().await;
    let arn = stage.known.components[1].to_string();
    assert!(
        played.calls.iter().all(|(name, input)| name == "read_logs" && input["component"] == arn.as_str())
    );
}

#[tokio::test(start_paused = true)]
async fn trace_steps_together_are_each_conversation_once() {
    let (_, played) = played().await;
    let lines: BTreeSet<&String> = played.steps.iter().map(|step| &step.line).collect();
    assert_eq!(lines.len(), 6);
    for line in lines {
        let steps: Vec<_> = played.steps.iter().filter(|step| step.line == *line).collect();
        let numbers: Vec<u32> = steps.iter().map(|step| step.step).collect();
        assert_eq!(numbers, (1..=u32::try_from(steps.len()).unwrap()).collect::<Vec<_>>());
        let asked: Vec<&ContentBlock> = steps.iter().flat_map(|step| &step.asked).collect();
        let last = played.requests.iter().rfind(|request| line_of(request) == *line).unwrap();
        let ours = last.turns.iter().filter(|turn| turn.by == Speaker::Nightshift);
        assert_eq!(asked, ours.flat_map(|turn| &turn.content).collect::<Vec<_>>());
        assert!(steps.iter().all(|step| step.answered.len() == 1 && step.stop.is_some()));
    }
}
