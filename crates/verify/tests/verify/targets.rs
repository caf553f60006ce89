//! Tests which resources count as planned.

use std::collections::BTreeMap;

use common::{
    Arn, Observed, Plan,
    evidence::{AliasState, InstanceState, ParameterState, ServiceState},
};
use fakes::sample;
use verify::target_state::TargetState;

pub(crate) fn plan(action: &str, target: &Arn, parameters: &[(&str, &str)]) -> Plan {
    Plan {
        schema_version: 1,
        incident_id: sample::incident().id,
        action: action.parse().unwrap(),
        document: "Nightshift-Test".to_owned(),
        target: target.clone(),
        parameters: parameters
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect::<BTreeMap<_, _>>(),
        undo_of: None,
    }
}

pub(crate) fn instance() -> Arn {
    sample::arn("ec2", "instance/i-1")
}

pub(crate) fn instance_is(state: &str) -> Observed {
    Observed::Instance {
        state: InstanceState { arn: instance(), id: "i-1".into(), state: state.into(), launched_at: None },
    }
}

fn alias_at(version: &str) -> Observed {
    Observed::Alias {
        state: AliasState {
            arn: sample::arn("lambda", "function:checkout:live"),
            function: "checkout".into(),
            alias: "live".into(),
            version: version.into(),
            previous_version: None,
            weighted: false,
            weighted_versions: Vec::new(),
            revision: None,
        },
    }
}

fn parameter_at(version: u64) -> Observed {
    Observed::Parameter {
        state: ParameterState {
            arn: sample::arn("ssm", "parameter/a/b"),
            name: "/a/b".into(),
            parameter_type: "String".into(),
            version,
            modified_at: sample::at(),
            modified_by: String::new(),
            previous_version: None,
        },
    }
}

fn service_at(definition: &str, rollout: &str) -> Observed {
    Observed::Service {
        state: ServiceState {
            arn: sample::arn("ecs", "service/shop/web"),
            cluster: "shop".into(),
            service: "web".into(),
            task_definition: definition.into(),
            rollout_state: rollout.into(),
            desired_count: 1,
            running_count: 1,
            previous_task_definition: None,
            deployment: None,
            rolls_back: false,
            deployments: Vec::new(),
            failed_tasks: None,
        },
    }
}

#[test]
fn compare_each_action_only_its_own_end_is_as_planned() {
    let restore: &[_] = &[("ExpectedVersion", "5"), ("RestoreVersion", "4")];
    let cases = [
        ("start-instance", &[][..], instance_is("running"), true),
        ("start-instance", &[], instance_is("pending"), false),
        ("stop-instance", &[], instance_is("stopped"), true),
        ("rollback-lambda-alias", &[("FunctionVersion", "2")], alias_at("2"), true),
        ("rollback-lambda-alias", &[("FunctionVersion", "2")], alias_at("3"), false),
        ("rollback-lambda-alias", &[], alias_at("3"), false),
        ("restore-parameter", restore, parameter_at(6), true),
        ("restore-parameter", restore, parameter_at(5), false),
        ("restore-parameter", restore, parameter_at(7), false),
        ("rollback-ecs-service", &[("TaskDefinition", "web:7")], service_at("web:7", "COMPLETED"), true),
        ("rollback-ecs-service", &[("TaskDefinition", "web:7")], service_at("web:7", "IN_PROGRESS"), false),
        ("rollback-ecs-service", &[("TaskDefinition", "web:7")], service_at("web:8", "COMPLETED"), false),
        ("something-else", &[], instance_is("running"), false),
        ("start-instance", &[], alias_at("2"), false),
    ];
    for (action, parameters, observed, as_planned) in cases {
        let target = TargetState::compare(&plan(action, &instance(), parameters), &observed);
        assert_eq!(target == TargetState::AsPlanned, as_planned, "{action} {observed:?}: {target:?}");
    }
}
