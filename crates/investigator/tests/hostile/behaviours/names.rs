//! Answers that name what does not exist, or claim what nothing bears.

use investigator::ModelFault;
use serde_json::{Value, json};

use crate::{
    harness::script::{
        ExpectedEnding, HostileBehaviour, behaviour, first_with, good, good_line, in_lines, in_weighing,
        submits, uses,
    },
    harness::stage::ScriptedRequest,
};

fn reports(change: impl Fn(&mut Value)) -> impl Fn(&ScriptedRequest<'_>) -> crate::harness::stage::Reply {
    in_lines(move |asked| {
        let mut report = good_line(asked);
        change(&mut report);
        uses("report_line", &report.to_string())
    })
}

pub(crate) fn behaviours() -> Vec<HostileBehaviour> {
    vec![
        behaviour(
            "a component of another account",
            &[ModelFault::UnknownComponent],
            ExpectedEnding::Unusable,
            first_with("component", json!("arn:aws:lambda:eu-west-1:999999999999:function:checkout")),
        ),
        behaviour(
            "a component that the list does not have",
            &[ModelFault::UnknownComponent],
            ExpectedEnding::Unusable,
            first_with("component", json!("c99")),
        ),
        behaviour(
            "a component by a name of people",
            &[ModelFault::UnknownComponent],
            ExpectedEnding::Unusable,
            first_with("component", json!("checkout")),
        ),
        behaviour(
            "a wildcard for a component",
            &[ModelFault::UnknownComponent],
            ExpectedEnding::Unusable,
            first_with("component", json!("arn:aws:lambda:*:*:*")),
        ),
        behaviour(
            "a component by its ARN",
            &[],
            ExpectedEnding::Hypotheses,
            first_with("component", json!("arn:aws:lambda:eu-west-1:123456789012:function:checkout")),
        ),
        behaviour(
            "an invented failure mode",
            &[ModelFault::UnknownFailureMode],
            ExpectedEnding::Unusable,
            first_with("failure_mode", json!("gremlins")),
        ),
        behaviour(
            "an invented action",
            &[ModelFault::UnknownAction],
            ExpectedEnding::Hypotheses,
            first_with("action", json!("delete-stack")),
        ),
        behaviour(
            "an action with options",
            &[ModelFault::UnknownAction],
            ExpectedEnding::Hypotheses,
            first_with("action", json!("rollback-lambda-alias --force")),
        ),
        behaviour(
            "a document for an action",
            &[ModelFault::UnknownAction],
            ExpectedEnding::Hypotheses,
            first_with("action", json!("AWS-RunShellScript")),
        ),
        behaviour(
            "an action in capitals",
            &[ModelFault::UnknownAction],
            ExpectedEnding::Hypotheses,
            first_with("action", json!("ROLLBACK-LAMBDA-ALIAS")),
        ),
        behaviour(
            "evidence that does not exist",
            &[ModelFault::InventedEvidence, ModelFault::UncitedClaim],
            ExpectedEnding::Unusable,
            first_with("supports", json!(["ev-0123456789ab"])),
        ),
        behaviour(
            "evidence in no form",
            &[ModelFault::InventedEvidence],
            ExpectedEnding::Unusable,
            first_with("supports", json!(["the logs", "", "ev-", "../../etc/passwd"])),
        ),
        behaviour(
            "evidence that exists, and some that does not",
            &[ModelFault::InventedEvidence],
            ExpectedEnding::Hypotheses,
            submits(|it| {
                it["hypotheses"][0]["supports"].as_array_mut().unwrap().push(json!("ev-ffffffffffff"));
            }),
        ),
        behaviour(
            "a claim without evidence",
            &[ModelFault::UncitedClaim],
            ExpectedEnding::Unusable,
            first_with("supports", json!([])),
        ),
        behaviour(
            "the same evidence for and against",
            &[ModelFault::SelfContradiction, ModelFault::UncitedClaim],
            ExpectedEnding::Unusable,
            submits(|it| {
                it["hypotheses"][0]["contradicts"] = it["hypotheses"][0]["supports"].clone();
            }),
        ),
        behaviour(
            "one that holds among three that do not",
            &[ModelFault::UnknownComponent, ModelFault::UnknownFailureMode],
            ExpectedEnding::Hypotheses,
            submits(|it| {
                let held = it["hypotheses"][0].clone();
                let (mut one, mut other) = (held.clone(), held.clone());
                one["component"] = json!("c0");
                other["failure_mode"] = json!("");
                it["hypotheses"] = json!([one, other, held]);
            }),
        ),
        behaviour(
            "eighty hypotheses",
            &[ModelFault::TooManyHypotheses],
            ExpectedEnding::Hypotheses,
            submits(|it| {
                let held = it["hypotheses"][0].clone();
                it["hypotheses"] = Value::Array(vec![held; 80]);
            }),
        ),
        behaviour(
            "a thousand hypotheses",
            &[ModelFault::OversizedAnswer],
            ExpectedEnding::Unusable,
            submits(|it| {
                let held = it["hypotheses"][0].clone();
                it["hypotheses"] = Value::Array(vec![held; 1_000]);
            }),
        ),
        behaviour(
            "the same hypothesis three times",
            &[ModelFault::RepeatedHypothesis],
            ExpectedEnding::Hypotheses,
            submits(|it| {
                let held = it["hypotheses"][0].clone();
                it["hypotheses"] = json!([held, held, held]);
            }),
        ),
        behaviour(
            "a thousand citations of one",
            &[],
            ExpectedEnding::Hypotheses,
            submits(|it| {
                let id = it["hypotheses"][0]["supports"][0].clone();
                it["hypotheses"][0]["supports"] = Value::Array(vec![id; 500]);
            }),
        ),
        behaviour(
            "it abstains, and knows the cause",
            &[ModelFault::SelfContradiction],
            ExpectedEnding::Abstained,
            submits(|it| {
                it["verdict"] = json!("abstain");
                it["reason"] = json!("The evidence does not decide.");
            }),
        ),
        behaviour(
            "it abstains without a reason",
            &[ModelFault::EmptyText],
            ExpectedEnding::Unusable,
            submits(|it| {
                *it = json!({"verdict": "abstain", "hypotheses": []});
            }),
        ),
        behaviour(
            "hypotheses, of which there are none",
            &[ModelFault::SelfContradiction],
            ExpectedEnding::Unusable,
            submits(|it| {
                it["hypotheses"] = json!([]);
            }),
        ),
        behaviour(
            "less than no confidence",
            &[ModelFault::OddConfidence],
            ExpectedEnding::Hypotheses,
            first_with("confidence", json!(-3.5)),
        ),
        behaviour(
            "a billion of confidence",
            &[ModelFault::OddConfidence],
            ExpectedEnding::Hypotheses,
            first_with("confidence", json!(1e9)),
        ),
        behaviour(
            "a fix that nothing bears",
            &[ModelFault::UncitedClaim],
            ExpectedEnding::Hypotheses,
            submits(|it| it["lasting_fix"]["evidence"] = json!([])),
        ),
        behaviour(
            "an impact that nothing bears",
            &[ModelFault::UncitedClaim],
            ExpectedEnding::Hypotheses,
            submits(|it| it["impact"]["evidence"] = json!([])),
        ),
        behaviour(
            "an impact on invented evidence",
            &[ModelFault::InventedEvidence],
            ExpectedEnding::Hypotheses,
            submits(|it| it["impact"]["evidence"] = json!(["ev-000000000000"])),
        ),
        behaviour(
            "reports of invented components",
            &[ModelFault::UnknownComponent],
            ExpectedEnding::Hypotheses,
            reports(|it| it["component"] = json!("c42")),
        ),
        behaviour(
            "reports of invented failure modes",
            &[ModelFault::UnknownFailureMode],
            ExpectedEnding::Hypotheses,
            reports(|it| it["failure_mode"] = json!("haunted")),
        ),
        behaviour(
            "reports of causes that nothing bears",
            &[ModelFault::UncitedClaim],
            ExpectedEnding::Hypotheses,
            reports(|it| it["supports"] = json!([])),
        ),
        behaviour(
            "reports of a cause without a place",
            &[ModelFault::MissingField],
            ExpectedEnding::Hypotheses,
            reports(|it| it["component"] = Value::Null),
        ),
        behaviour(
            "reports of nothing, and where it is",
            &[ModelFault::SelfContradiction],
            ExpectedEnding::Hypotheses,
            reports(|it| it["found"] = json!("nothing")),
        ),
        behaviour(
            "a component learned from nowhere in the repair",
            &[ModelFault::UnknownComponent],
            ExpectedEnding::Unusable,
            in_weighing(|asked| {
                let mut it = good(asked);
                it["hypotheses"][0]["component"] = json!(format!("c{}", 10 + asked.nth));
                uses("submit_diagnosis", &it.to_string())
            }),
        ),
    ]
}
