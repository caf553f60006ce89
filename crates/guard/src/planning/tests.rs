use fakes::sample;
use proptest::prelude::*;

use super::*;

pub(super) static GUARD: std::sync::LazyLock<Guard> = std::sync::LazyLock::new(|| Guard::shipped().unwrap());

pub(super) fn proposal(action: &str, target: Arn, parameters: &[(&str, &str)]) -> Proposal {
    Proposal {
        action: action.parse().unwrap(),
        target,
        parameters: parameters.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
    }
}

pub(super) fn restore(name: &str, version: &str) -> Proposal {
    let target = sample::arn("ssm", "parameter/petshop/limit");
    let parameters = [("ParameterName", name), ("RestoreVersion", version), ("ExpectedVersion", "2")];
    proposal("restore-parameter", target, &parameters)
}

fn refusal(proposal: &Proposal) -> Refusal {
    GUARD.plan(sample::incident().id, proposal).unwrap_err()
}

#[test]
fn plan_of_a_bounded_proposal_is_made() {
    let guard = &*GUARD;
    let plan = guard.plan(sample::incident().id, &restore("/petshop/limit", "1")).unwrap();
    assert_eq!(plan.document, "Nightshift-RestoreParameter");
    assert_eq!(guard.describe(&plan), "Restore version 1 of the parameter /petshop/limit");
}

#[test]
fn plan_of_anything_else_is_refused() {
    let target = sample::arn("ec2", "instance/i-1");
    let foreign = "arn:aws:ecs:eu-west-1:999999999999:task-definition/web:1";
    let service = sample::arn("ecs", "service/petshop/web");
    let roll = |to: &str| {
        let own = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:2";
        let parameters = [
            ("Cluster", "petshop"),
            ("Service", "web"),
            ("TaskDefinition", to),
            ("ExpectedTaskDefinition", own),
        ];
        proposal("rollback-ecs-service", service.clone(), &parameters)
    };
    assert!(matches!(
        refusal(&proposal("delete-everything", target.clone(), &[])),
        Refusal::UnknownAction(_)
    ));
    let stop = proposal("stop-instance", target.clone(), &[("InstanceId", "i-1")]);
    assert!(matches!(refusal(&stop), Refusal::UndoOnly(_)));
    let wrong = proposal("restore-parameter", target.clone(), &[]);
    assert!(matches!(refusal(&wrong), Refusal::WrongTarget { .. }));
    assert!(matches!(refusal(&proposal("start-instance", target.clone(), &[])), Refusal::Missing { .. }));
    let more = proposal("start-instance", target.clone(), &[("InstanceId", "i-1"), ("Force", "true")]);
    assert!(matches!(refusal(&more), Refusal::Unexpected { .. }));
    let other = proposal("start-instance", target, &[("InstanceId", "i-2")]);
    for out in [other, restore("/petshop/other", "1"), restore("/petshop/limit", "0"), roll(foreign)] {
        assert!(matches!(refusal(&out), Refusal::OutOfBounds { .. }), "{out:?}");
    }
}

#[test]
fn check_passes_only_what_the_catalogue_would_make_now() {
    let plan = GUARD.plan(sample::incident().id, &restore("/petshop/limit", "1")).unwrap();
    assert_eq!(GUARD.check(&plan), Ok(()));
    let other = Plan { document: "Nightshift-StopInstance".into(), ..plan.clone() };
    assert!(matches!(GUARD.check(&other), Err(Refusal::OtherDocument { .. })));
    let mut loose = plan;
    loose.parameters.insert("RestoreVersion".into(), "0".into());
    assert!(matches!(GUARD.check(&loose), Err(Refusal::OutOfBounds { .. })));
}

proptest! {
    #[test]
    fn plan_never_acts_on_a_name_other_than_the_targets(name in any::<String>(), version in any::<String>()) {
        let guard = &*GUARD;
        if let Ok(plan) = guard.plan(sample::incident().id, &restore(&name, &version)) {
            prop_assert_eq!(plan.parameters.get("ParameterName").map(String::as_str), Some("/petshop/limit"));
            prop_assert!(version.bytes().all(|b| b.is_ascii_digit()));
        }
    }
}
