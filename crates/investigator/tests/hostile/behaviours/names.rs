//! Answers that name what does not exist, or claim what nothing bears.

use investigator::ModelFault;
use serde_json::{Value, json};

use crate::{
    harness::script::{Case, Ends, case, first_with, good, good_line, in_lines, in_weighing, submits, uses},
    harness::stage::Asked,
};

fn reports(change: impl Fn(&mut Value)) -> impl Fn(&Asked<'_>) -> crate::harness::stage::Reply {
    in_lines(move |asked| {
        let mut report = good_line(asked);
        change(&mut report);
        uses("report_line", &report.to_string())
    })
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case(
            "a component of another account",
            &[ModelFault::UnknownComponent],
            Ends::Unusable,
            first_with("component", json!("arn:aws:lambda:eu-west-1:999999999999:function:checkout")),
        ),
        case(
            "a component that the list does not have",
            &[ModelFault::UnknownComponent],
            Ends::Unusable,
            first_with("component", json!("c99")),
        ),
        case(
            "a component by a name of people",
            &[ModelFault::UnknownComponent],
            Ends::Unusable,
            first_with("component", json!("checkout")),
        ),
        case(
            "a wildcard for a component",
            &[ModelFault::UnknownComponent],
            Ends::Unusable,
            first_with("component", json!("arn:aws:lambda:*:*:*")),
        ),
        case(
            "a component by its ARN",
            &[],
            Ends::Hypotheses,
            first_with("component", json!("arn:aws:lambda:eu-west-1:123456789012:function:checkout")),
        ),
        case(
            "an invented failure mode",
            &[ModelFault::UnknownFailureMode],
            Ends::Unusable,
            first_with("failure_mode", json!("gremlins")),
        ),
        case(
            "an invented action",
            &[ModelFault::UnknownAction],
            Ends::Hypotheses,
            first_with("action", json!("delete-stack")),
        ),
        case(
            "an action with options",
            &[ModelFault::UnknownAction],
            Ends::Hypotheses,
            first_with("action", json!("rollback-lambda-alias --force")),
        ),
        case(
            "a document for an action",
            &[ModelFault::UnknownAction],
            Ends::Hypotheses,
            first_with("action", json!("AWS-RunShellScript")),
        ),
        case(
            "an action in capitals",
            &[ModelFault::UnknownAction],
            Ends::Hypotheses,
            first_with("action", json!("ROLLBACK-LAMBDA-ALIAS")),
        ),
        case(
            "evidence that does not exist",
            &[ModelFault::InventedEvidence, ModelFault::UncitedClaim],
            Ends::Unusable,
            first_with("supports", json!(["ev-0123456789ab"])),
        ),
        case(
            "evidence in no form",
            &[ModelFault::InventedEvidence],
            Ends::Unusable,
            first_with("supports", json!(["the logs", "", "ev-", "../../etc/passwd"])),
        ),
        case(
            "evidence that exists, and some that does not",
            &[ModelFault::InventedEvidence],
            Ends::Hypotheses,
            submits(|it| {
                it["hypotheses"][0]["supports"].as_array_mut().unwrap().push(json!("ev-ffffffffffff"));
            }),
        ),
        case(
            "a claim without evidence",
            &[ModelFault::UncitedClaim],
            Ends::Unusable,
            first_with("supports", json!([])),
        ),
        case(
            "the same evidence for and against",
            &[ModelFault::SelfContradiction, ModelFault::UncitedClaim],
            Ends::Unusable,
            submits(|it| {
                it["hypotheses"][0]["contradicts"] = it["hypotheses"][0]["supports"].clone();
            }),
        ),
        case(
            "one that holds among three that do not",
            &[ModelFault::UnknownComponent, ModelFault::UnknownFailureMode],
            Ends::Hypotheses,
            submits(|it| {
                let held = it["hypotheses"][0].clone();
                let (mut one, mut other) = (held.clone(), held.clone());
                one["component"] = json!("c0");
                other["failure_mode"] = json!("");
                it["hypotheses"] = json!([one, other, held]);
            }),
        ),
        case(
            "eighty hypotheses",
            &[ModelFault::TooManyHypotheses],
            Ends::Hypotheses,
            submits(|it| {
                let held = it["hypotheses"][0].clone();
                it["hypotheses"] = Value::Array(vec![held; 80]);
            }),
        ),
        case(
            "a thousand hypotheses",
            &[ModelFault::OversizedAnswer],
            Ends::Unusable,
            submits(|it| {
                let held = it["hypotheses"][0].clone();
                it["hypotheses"] = Value::Array(vec![held; 1_000]);
            }),
        ),
        case(
            "the same hypothesis three times",
            &[ModelFault::RepeatedHypothesis],
            Ends::Hypotheses,
            submits(|it| {
                let held = it["hypotheses"][0].clone();
                it["hypotheses"] = json!([held, held, held]);
            }),
        ),
        case(
            "a thousand citations of one",
            &[],
            Ends::Hypotheses,
            submits(|it| {
                let id = it["hypotheses"][0]["supports"][0].clone();
                it["hypotheses"][0]["supports"] = Value::Array(vec![id; 500]);
            }),
        ),
        case(
            "it abstains, and knows the cause",
            &[ModelFault::SelfContradiction],
            Ends::Abstained,
            submits(|it| {
                it["verdict"] = json!("abstain");
                it["reason"] = json!("The evidence does not decide.");
            }),
        ),
        case(
            "it abstains without a reason",
            &[ModelFault::EmptyText],
            Ends::Unusable,
            submits(|it| {
                *it = json!({"verdict": "abstain", "hypotheses": []});
            }),
        ),
        case(
            "hypotheses, of which there are none",
            &[ModelFault::SelfContradiction],
            Ends::Unusable,
            submits(|it| {
                it["hypotheses"] = json!([]);
            }),
        ),
        case(
            "less than no confidence",
            &[ModelFault::OddConfidence],
            Ends::Hypotheses,
            first_with("confidence", json!(-3.5)),
        ),
        case(
            "a billion of confidence",
            &[ModelFault::OddConfidence],
            Ends::Hypotheses,
            first_with("confidence", json!(1e9)),
        ),
        case(
            "a fix that nothing bears",
            &[ModelFault::UncitedClaim],
            Ends::Hypotheses,
            submits(|it| it["lasting_fix"]["evidence"] = json!([])),
        ),
        case(
            "an impact that nothing bears",
            &[ModelFault::UncitedClaim],
            Ends::Hypotheses,
            submits(|it| it["impact"]["evidence"] = json!([])),
        ),
        case(
            "an impact on invented evidence",
            &[ModelFault::InventedEvidence],
            Ends::Hypotheses,
            submits(|it| it["impact"]["evidence"] = json!(["ev-000000000000"])),
        ),
        case(
            "reports of invented components",
            &[ModelFault::UnknownComponent],
            Ends::Hypotheses,
            reports(|it| it["component"] = json!("c42")),
        ),
        case(
            "reports of invented failure modes",
            &[ModelFault::UnknownFailureMode],
            Ends::Hypotheses,
            reports(|it| it["failure_mode"] = json!("haunted")),
        ),
        case(
            "reports of causes that nothing bears",
            &[ModelFault::UncitedClaim],
            Ends::Hypotheses,
            reports(|it| it["supports"] = json!([])),
        ),
        case(
            "reports of a cause without a place",
            &[ModelFault::MissingField],
            Ends::Hypotheses,
            reports(|it| it["component"] = Value::Null),
        ),
        case(
            "reports of nothing, and where it is",
            &[ModelFault::SelfContradiction],
            Ends::Hypotheses,
            reports(|it| it["found"] = json!("nothing")),
        ),
        case(
            "a component learned from nowhere in the repair",
            &[ModelFault::UnknownComponent],
            Ends::Unusable,
            in_weighing(|asked| {
                let mut it = good(asked);
                it["hypotheses"][0]["component"] = json!(format!("c{}", 10 + asked.nth));
                uses("submit_diagnosis", &it.to_string())
            }),
        ),
    ]
}
