use common::Arn;
use fakes::sample;
use proptest::prelude::*;

use super::*;
use crate::planning::tests::{GUARD, proposal, restore};

fn outputs(given: &[(&str, &str)]) -> Outputs {
    given.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect()
}

fn undoing(plan: &Plan, given: &[(&str, &str)]) -> Undoing {
    GUARD.undo(plan, &outputs(given)).unwrap()
}

fn possible(plan: &Plan, given: &[(&str, &str)]) -> OurChange {
    match undoing(plan, given) {
        Undoing::Possible(change) => *change,
        other => panic!("{other:?}"),
    }
}

fn restored() -> Plan {
    GUARD.plan(sample::incident().id, &restore("/petshop/limit", "1")).unwrap()
}

fn alias_to(version: &str, expected: &str) -> Plan {
    let parameters = [
        ("FunctionName", "checkout"),
        ("AliasName", "live"),
        ("FunctionVersion", version),
        ("ExpectedVersion", expected),
    ];
    let target: Arn = sample::arn("lambda", "function:checkout:live");
    GUARD.plan(sample::incident().id, &proposal("rollback-lambda-alias", target, &parameters)).unwrap()
}

#[test]
fn undo_of_a_restored_parameter_restores_what_was_there() {
    let plan = restored();
    let change = possible(&plan, &[("RecordState.VersionBefore", "2"), ("RestoreValue.Version", "3")]);
    assert_eq!(change.undo.undo_of, Some(plan.hash()));
    assert_eq!(change.undo.parameters["RestoreVersion"], "2");
    assert_eq!(change.undo.parameters["ExpectedVersion"], "3");
    assert_eq!(change.left, BTreeMap::from([(TargetProperty::Version, Some("3".to_owned()))]));
    assert!(change.returns_to_fault, "version 2 is the one that the diagnosis saw");
}

/// Another hand's version, which the last step of the document may read, is never taken for ours.
#[test]
fn undo_of_a_parameter_that_was_not_restored_is_none() {
    let plan = restored();
    for given in [
        &[][..],
        &[("RecordState.VersionBefore", "2")],
        &[("RecordState.VersionBefore", "2"), ("ConfirmRestored.VersionAfter", "3")],
        &[("RecordState.VersionBefore", "2"), ("RestoreValue.Version", "")],
    ] {
        assert_eq!(undoing(&plan, given), Undoing::NothingChanged, "{given:?}");
    }
    let unrecorded = GUARD.undo(&plan, &outputs(&[("RestoreValue.Version", "3")]));
    assert!(matches!(unrecorded, Err(Refusal::NoOutput { .. })));
}

#[test]
fn undo_of_an_instance_that_somebody_else_had_started_is_none() {
    let target = sample::arn("ec2", "instance/i-1");
    let plan = proposal("start-instance", target, &[("InstanceId", "i-1")]);
    let plan = GUARD.plan(sample::incident().id, &plan).unwrap();
    let change = possible(&plan, &[("StartInstance.StateBefore", "stopped")]);
    assert_eq!(change.left, BTreeMap::from([(TargetProperty::LaunchTime, None)]));
    assert!(change.returns_to_fault);
    assert_eq!(undoing(&plan, &[("StartInstance.StateBefore", "running")]), Undoing::NothingChanged);
    assert_eq!(undoing(&plan, &[("RecordState.StateBefore", "stopped")]), Undoing::NothingChanged);
}

#[test]
fn undo_of_an_alias_restores_version_and_weights() {
    let given = |before, weights| {
        [
            ("RecordState.VersionBefore", before),
            ("RecordState.WeightsBefore", weights),
            ("PointAliasAtVersion.RevisionId", "ab-1"),
        ]
    };
    let moved = possible(&alias_to("2", "3"), &given("3", "[{\"4\":0.1}]"));
    assert_eq!(moved.undo.parameters["FunctionVersion"], "3");
    assert_eq!(moved.undo.parameters["AdditionalVersionWeights"], "{\"4\":0.1}");
    assert_eq!(moved.undo.parameters["ExpectedRevision"], "ab-1");
    // A rollback that only ended a canary is a change; one that found everything as planned is none.
    let canary = possible(&alias_to("2", "2"), &given("2", "[{\"3\":0.5}]"));
    assert_eq!(canary.undo.parameters["AdditionalVersionWeights"], "{\"3\":0.5}");
    assert_eq!(undoing(&alias_to("2", "3"), &given("2", "[]")), Undoing::NothingChanged);
    let without_weights = [given("3", "")[0], given("3", "")[2]];
    assert_eq!(
        possible(&alias_to("2", "3"), &without_weights).undo.parameters["AdditionalVersionWeights"],
        "{}"
    );
    let unreadable = GUARD.undo(&alias_to("2", "3"), &outputs(&given("3", "{\"3\":0.1,\"4\":0.1}")));
    assert!(matches!(unreadable, Err(Refusal::NoOutput { .. })));
}

#[test]
fn undo_parameters_are_no_proposals() {
    let mut parameters = alias_to("2", "3").parameters;
    parameters.insert("ExpectedRevision".to_owned(), "ab".to_owned());
    let parameters: Vec<_> = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let target = sample::arn("lambda", "function:checkout:live");
    let refusal = GUARD
        .plan(sample::incident().id, &proposal("rollback-lambda-alias", target, &parameters))
        .unwrap_err();
    assert!(matches!(refusal, Refusal::Unexpected { .. }));
}

proptest! {
    #[test]
    fn undo_outputs_never_escape_their_bounds(output in any::<String>()) {
        let given = [("RecordState.VersionBefore", output.as_str()), ("RestoreValue.Version", "3")];
        if GUARD.undo(&restored(), &outputs(&given)).is_ok() {
            prop_assert!(!output.is_empty() && output.bytes().all(|b| b.is_ascii_digit()));
        }
        let given = [
            ("RecordState.VersionBefore", "3"),
            ("RecordState.WeightsBefore", output.as_str()),
            ("PointAliasAtVersion.RevisionId", output.as_str()),
        ];
        if let Ok(Undoing::Possible(change)) = GUARD.undo(&alias_to("2", "3"), &outputs(&given)) {
            prop_assert!(change.undo.parameters["ExpectedRevision"].bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'));
        }
    }
}
