//! Tests that the threshold of the policies is the one of the code: both sides of [`UNATTENDED_CONFIDENCE`]
//! are judged.
#![cfg(test)]

use common::{
    Decision,
    autonomy::{JUST_BELOW_UNATTENDED, UNATTENDED_CONFIDENCE, UNATTENDED_CONFIDENCE_PERCENT},
    diagnosis::Proposal,
};
use fakes::sample;
use guard::{Facts, Guard};

/// A confidence as the policies have it.
fn whole_percent(confidence: f64) -> i64 {
    format!("{:.0}", confidence * 100.0).parse().unwrap()
}

/// The decision on a tier-2 plan of which nothing but the confidence is in doubt.
fn decision(confidence_percent: i64) -> Decision {
    let guard = Guard::shipped().unwrap();
    let proposal = Proposal {
        action: "start-instance".parse().unwrap(),
        target: sample::arn("ec2", "instance/i-1"),
        parameters: [("InstanceId".to_owned(), "i-1".to_owned())].into(),
    };
    let plan = guard.plan(sample::incident().id, &proposal).unwrap();
    let facts = Facts { confidence_percent, ..Facts::nothing_against() };
    guard.judge(&plan, &facts, None, sample::at()).verdict().decision
}

#[test]
fn policies_at_the_threshold_allow_unattended() {
    assert_eq!(decision(whole_percent(UNATTENDED_CONFIDENCE)), Decision::Allow);
}

#[test]
fn policies_just_below_the_threshold_ask() {
    assert_eq!(decision(whole_percent(UNATTENDED_CONFIDENCE) - 1), Decision::Ask);
    assert_eq!(decision(whole_percent(JUST_BELOW_UNATTENDED)), Decision::Ask);
}

#[test]
fn invariant_names_the_threshold() {
    let invariants = include_str!("../../../infra/policies/default.invariants.toml");
    let condition = format!("context.confidence_percent < {UNATTENDED_CONFIDENCE_PERCENT} &&");
    assert!(invariants.contains(&condition), "{condition}");
}
