//! Tests the bounds, one by one.

use std::time::Duration;

use common::{MicroUsd, ports::PortErrorKind, reasoning::ModelVerdict};
use investigator::Overrides;

use crate::{
    harness::checks::check,
    harness::script::{fails, honest, in_lines, uses},
    harness::stage::{Reply, Script, Stage, line_of},
};

async fn verdict(stage: &Stage, script: Script) -> (ModelVerdict, crate::harness::stage::InvestigationRun) {
    let played = stage.play(&script).await;
    check(stage, &played).unwrap();
    (played.opinion.model_use.verdict.clone(), played)
}

fn unusable(reason: &str) -> ModelVerdict {
    ModelVerdict::Unusable { reason: reason.to_owned() }
}

#[tokio::test(start_paused = true)]
async fn limits_money_for_the_lines_alone_says_so_and_keeps_what_they_read() {
    let mut stage = Stage::usual();
    stage.bundle.money.per_incident = MicroUsd(100_000);
    stage.bundle.money.percent_for_weighing = 0;
    let (verdict, played) = verdict(&stage, Box::new(honest)).await;
    assert_eq!(verdict, unusable("the incident's budget for the model is used up"));
    assert!(!played.opinion.evidence.is_empty());
    assert!(played.requests.iter().all(|request| line_of(request) != "weigh"));
}

#[tokio::test(start_paused = true)]
async fn limits_spending_unreadable_asks_nothing() {
    let mut stage = Stage::usual();
    stage.till.unreadable = true;
    let (_, played) = verdict(&stage, Box::new(honest)).await;
    assert!(played.requests.is_empty());
}

#[tokio::test(start_paused = true)]
async fn limits_trace_unwritable_believes_nothing_and_asks_no_more() {
    let stage = Stage::usual();
    stage.faults.fail_operation("Reasoning::put_step");
    let (verdict, played) = verdict(&stage, Box::new(honest)).await;
    assert_eq!(verdict, unusable("the conversation with the model could not be recorded"));
    // The five that were under way at once.
    assert_eq!(played.requests.len(), 5);
    assert!(played.calls.is_empty());
}

#[tokio::test(start_paused = true)]
async fn limits_hanging_model_costs_no_more_than_its_time() {
    let stage = Stage::usual();
    let (_, played) = verdict(&stage, Box::new(|_| Reply::Hang)).await;
    let limits = &stage.bundle.limits;
    assert_eq!(played.took, Duration::from_secs(limits.seconds_per_request * 2));
    // Nobody knows whether a request is billed whose answer never came.
    assert_eq!(played.spent, played.opinion.model_use.cost);
    assert!(played.spent > MicroUsd::ZERO);
}

#[tokio::test(start_paused = true)]
async fn limits_requests_that_were_not_served_are_free_and_answers_not_understood_are_not() {
    for (kind, free) in [
        (PortErrorKind::Throttled, true),
        (PortErrorKind::Denied, true),
        (PortErrorKind::NotFound, true),
        (PortErrorKind::Unavailable, true),
        (PortErrorKind::Invalid, false),
    ] {
        let stage = Stage::usual();
        let (_, played) = verdict(&stage, Box::new(move |_| fails(kind))).await;
        assert_eq!(played.spent == MicroUsd::ZERO, free, "{kind:?}");
        assert_eq!(played.spent, played.opinion.model_use.cost, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn limits_throttled_lines_leave_requests_for_the_weighing() {
    let stage = Stage::usual();
    let script = in_lines(|_| fails(PortErrorKind::Throttled));
    let (verdict, played) = verdict(&stage, Box::new(script)).await;
    assert_eq!(verdict, ModelVerdict::Hypotheses);
    let tries = stage.bundle.limits.throttle_tries + 1;
    assert_eq!(u32::try_from(played.requests.len()).unwrap(), tries * 5 + 1);
}

#[tokio::test(start_paused = true)]
async fn limits_endless_calls_are_cut_in_even_shares() {
    let stage = Stage::usual();
    let script: Script = Box::new(in_lines(|asked| {
        let many = (0..20).map(|at| {
            let input = format!(r#"{{"text": "{} {} {at}"}}"#, asked.line, asked.nth);
            crate::harness::script::used(&format!("t{at}"), "search_runbooks", &input)
        });
        match asked.nth {
            1 | 2 => crate::harness::script::answer(many.collect(), common::model::StopReason::ToolUse),
            _ => honest(asked),
        }
    }));
    let (_, played) = verdict(&stage, script).await;
    let share = stage.bundle.limits.tool_calls / 6;
    assert_eq!(played.calls.len(), usize::try_from(share * 5).unwrap());
}

#[tokio::test(start_paused = true)]
async fn limits_last_step_must_answer() {
    let stage = Stage::usual();
    let script: Script =
        Box::new(|asked| uses("search_runbooks", &format!(r#"{{"text": "{} {}"}}"#, asked.line, asked.nth)));
    let (_, played) = verdict(&stage, script).await;
    for request in &played.requests {
        let step = u32::try_from(request.turns.len().div_ceil(2)).unwrap();
        let weighs = line_of(request) == "weigh";
        let limits = &stage.bundle.limits;
        let (steps, tool) = if weighs {
            (limits.steps_of_weighing, "submit_diagnosis")
        } else {
            (limits.steps_per_line, "report_line")
        };
        assert_eq!(request.must_use.as_deref(), (step >= steps).then_some(tool));
        assert!(step <= steps + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn limits_what_the_deployment_overrides_holds() {
    let overrides: Overrides = serde_json::from_str(
        r#"{
            "models": {"weigh": {"id": "eu.anthropic.claude-sonnet-4-6"}},
            "guardrail": {"id": "gr-1", "version": "3"},
            "incident_cap": 150000,
            "day_cap": 1000000
        }"#,
    )
    .unwrap();
    let mut stage = Stage::usual();
    stage.bundle = stage.bundle.with_overrides(overrides).unwrap();
    let (_, played) = verdict(&stage, Box::new(honest)).await;
    assert!(played.most_money <= MicroUsd(150_000));
    for request in &played.requests {
        assert_eq!(request.guardrail.as_ref().map(|it| it.id.as_str()), Some("gr-1"));
        assert_eq!(line_of(request) == "weigh", request.model.starts_with("eu."));
    }
}

#[tokio::test(start_paused = true)]
async fn limits_lines_short_of_money_wait_for_what_others_give_back() {
    let mut stage = Stage::usual();
    stage.bundle.money.per_incident = MicroUsd(90_000);
    stage.bundle.money.percent_for_weighing = 70;
    let thrifty = |asked: &crate::harness::stage::ScriptedRequest<'_>| match honest(asked) {
        Reply::Answer(answer) => Reply::Answer(common::model::ModelResponse {
            usage: common::model::Usage { input: 1_000, output: 50, ..Default::default() },
            ..answer
        }),
        other => other,
    };
    let (verdict, played) = verdict(&stage, Box::new(thrifty)).await;
    assert_eq!(verdict, ModelVerdict::Hypotheses);
    assert!(played.opinion.model_use.problems.is_empty(), "{:?}", played.opinion.model_use.problems);
    // They could not all have been under way at once.
    let price = stage.bundle.models.investigate.price;
    assert!(price.worst_case(4_000, 800).0 * 5 > stage.bundle.money.per_incident.0 * 30 / 100);
}

#[tokio::test(start_paused = true)]
async fn limits_request_that_the_end_cuts_off_is_recorded_and_paid_for() {
    let mut stage = Stage::usual();
    stage.bundle.limits.seconds = 20;
    let (verdict, played) = verdict(&stage, Box::new(|_| Reply::Hang)).await;
    assert_eq!(verdict, unusable("the time limit for asking the model was reached"));
    assert_eq!(played.steps.len(), 5);
    assert!(played.steps.iter().all(|step| step.problems == ["out_of_time"] && step.cost > MicroUsd::ZERO));
    assert!(played.took < Duration::from_secs(20));
}

#[tokio::test(start_paused = true)]
async fn limits_cost_beyond_what_was_set_aside_is_counted_past_every_cap_and_ends_it() {
    let mut stage = Stage::usual();
    // Room for what is set aside, and for nothing beyond it.
    stage.bundle.money.per_incident = MicroUsd(60_000);
    stage.bundle.money.per_day = MicroUsd(60_000);
    stage.bundle.money.percent_for_weighing = 0;
    let dense = |asked: &crate::harness::stage::ScriptedRequest<'_>| match honest(asked) {
        // A token for each byte, where two bytes were taken for one.
        Reply::Answer(answer) => Reply::Answer(common::model::ModelResponse {
            usage: common::model::Usage { input: u64::MAX, output: 800, ..Default::default() },
            ..answer
        }),
        other => other,
    };
    let (verdict, played) = verdict(&stage, Box::new(dense)).await;
    assert_eq!(verdict, unusable("a request to the model cost more than its estimated maximum"));
    // The five that were under way at once.
    assert_eq!(played.requests.len(), 5);
    assert_eq!(played.spent, played.steps.iter().map(|step| step.cost).sum());
    assert!(played.spent > stage.bundle.money.per_day, "{}", played.spent);
}

#[tokio::test(start_paused = true)]
async fn limits_of_all_lines_together_hold_however_long_money_takes_to_set_aside() {
    for few_tokens in [false, true] {
        let mut stage = Stage::usual();
        stage.till.takes = Duration::from_millis(50);
        stage.bundle.limits.steps_of_weighing = 0;
        if few_tokens {
            stage.bundle.limits.output_tokens = 2_000 + 3 * 800;
        } else {
            stage.bundle.limits.requests = 4;
        }
        let (_, played) = verdict(&stage, Box::new(in_lines(|_| Reply::Hang))).await;
        let of_lines = played.requests.iter().filter(|request| line_of(request) != "weigh").count();
        // One request is kept for the weighing, and what it may say.
        assert_eq!(of_lines, 3, "{:?}", played.opinion.model_use.problems);
        // What was set aside for the others is given back.
        assert_eq!(played.spent, played.opinion.model_use.cost);
    }
}

#[tokio::test(start_paused = true)]
async fn limits_model_that_does_not_understand_is_not_asked_again() {
    let stage = Stage::usual();
    let (verdict, played) = verdict(&stage, Box::new(in_lines(|_| fails(PortErrorKind::Invalid)))).await;
    // The first line, whose refusal comes before the others ask, and the weighing on its own model.
    let asked: Vec<String> = played.requests.iter().map(line_of).collect();
    assert_eq!((verdict, asked), (ModelVerdict::Hypotheses, vec!["deployment".into(), "weigh".into()]));
}
