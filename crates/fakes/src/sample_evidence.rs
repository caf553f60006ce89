//! Builds evidence about a small account with something wrong in it: an alarm on the function `checkout`,
//! which reads parameters of `/shop`.

use std::collections::BTreeMap;

use common::{
    ActorKind, Arn, Evidence, FailureMode, Hypothesis, Observation, Observed, Severity, Signal, SignalKind,
    Symptom, SymptomState,
    causality::{Causality, Discrimination},
    diagnosis::HypothesisOrigin,
    evidence::{AliasState, Change, InstanceState, ParameterState, ServiceState},
    findings::{EngineFindings, EngineSuspect, EngineVerdict},
};
use jiff::{SignedDuration, Timestamp};

use crate::sample;

/// Who changed something.
pub const ALICE: &str = "arn:aws:iam::123456789012:user/alice";

/// `minutes` before the symptom began; negative is after.
pub fn before(minutes: i64) -> Timestamp {
    sample::at() - SignedDuration::from_mins(minutes)
}

pub fn parameter(name: &str) -> Arn {
    sample::arn("ssm", &format!("parameter/shop/{name}"))
}

pub fn function() -> Arn {
    sample::arn("lambda", "function:checkout")
}

pub fn alias() -> Arn {
    sample::arn("lambda", "function:checkout:live")
}

pub fn instance() -> Arn {
    sample::arn("ec2", "instance/i-0123456789abcdef0")
}

pub fn service() -> Arn {
    sample::arn("ecs", "service/shop/web")
}

pub fn change(resource: &Arn, event: &str, at: Timestamp) -> Change {
    Change {
        event_id: format!("{event}-{resource}-{at}"),
        event_name: event.to_owned(),
        at,
        actor: ALICE.to_owned(),
        by_nightshift: false,
        // Alice is a user.
        actor_kind: ActorKind::Person,
        resource: resource.clone(),
        // An alias is moved to the version that it is at, and a service given the task definition that it runs.
        request: match event {
            "UpdateAlias" => BTreeMap::from([("functionVersion".to_owned(), "3".to_owned())]),
            "UpdateService" => BTreeMap::from([("taskDefinition".to_owned(), "web:8".to_owned())]),
            _ => BTreeMap::new(),
        },
    }
}

pub fn parameter_state(arn: &Arn, version: u64, modified_at: Timestamp) -> Observed {
    Observed::Parameter {
        state: ParameterState {
            arn: arn.clone(),
            name: arn.name(),
            parameter_type: "String".to_owned(),
            version,
            modified_at,
            modified_by: ALICE.to_owned(),
            previous_version: version.checked_sub(1).filter(|previous| *previous > 0),
        },
    }
}

pub fn alias_state(version: &str, previous: Option<&str>) -> Observed {
    alias_state_of("checkout", version, previous)
}

pub fn alias_state_of(function: &str, version: &str, previous: Option<&str>) -> Observed {
    Observed::Alias {
        state: AliasState {
            arn: sample::arn("lambda", &format!("function:{function}:live")),
            function: function.to_owned(),
            alias: "live".to_owned(),
            version: version.to_owned(),
            previous_version: previous.map(str::to_owned),
            weighted: false,
            weighted_versions: Vec::new(),
            revision: None,
        },
    }
}

pub fn instance_state(arn: &Arn, state: &str) -> Observed {
    let id = arn.name();
    Observed::Instance {
        state: InstanceState { arn: arn.clone(), id, state: state.to_owned(), launched_at: None },
    }
}

pub fn service_state(rollout: &str) -> Observed {
    let definition = |revision| format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/web:{revision}");
    Observed::Service {
        state: ServiceState {
            arn: service(),
            cluster: "shop".to_owned(),
            service: "web".to_owned(),
            task_definition: definition(8),
            rollout_state: rollout.to_owned(),
            desired_count: 2,
            running_count: 0,
            previous_task_definition: Some(definition(7)),
            deployment: None,
            rolls_back: false,
            deployments: Vec::new(),
            failed_tasks: None,
        },
    }
}

pub fn instance_signal() -> Signal {
    Signal {
        kind: SignalKind::INSTANCE_STATE_CHANGE,
        severity: Severity::Sev2,
        resources: vec![instance()],
        symptom: Symptom::Instance { id: instance().name() },
        ..sample::alarm_signal("event-2", "unused")
    }
}

pub fn service_signal() -> Signal {
    Signal {
        kind: SignalKind::ECS_DEPLOYMENT,
        resources: vec![service()],
        symptom: Symptom::EcsService { cluster: "shop".to_owned(), service: "web".to_owned() },
        ..sample::alarm_signal("event-3", "unused")
    }
}

/// The engine's word for these components, the first the likeliest, each called by way of the former.
pub fn root_cause(suspects: &[Arn], confidence: f64) -> EngineFindings {
    let suspect = |(rank, resource): (usize, &Arn)| EngineSuspect {
        name: resource.name(),
        resource: Some(resource.clone()),
        failure_mode: FailureMode::BadDeployment,
        measured_mode: None,
        confidence: if rank == 0 { confidence } else { (1.0 - confidence) / 2.0 },
        path: vec!["checkout".to_owned(), "stock".to_owned(), resource.name()],
        strongest_metric: Some("Errors (Sum) rose from 0 to 12".to_owned()),
        supports: vec!["Errors (Sum) rose from 0 to 12".to_owned()],
        contradicts: Vec::new(),
    };
    EngineFindings {
        engine: "engine@0".to_owned(),
        verdict: EngineVerdict::RootCause,
        onset: None,
        suspects: suspects.iter().enumerate().map(suspect).collect(),
        ruled_out: Vec::new(),
        symptom_judged: true,
        courses: Vec::new(),
        missing: Vec::new(),
    }
}

/// A cause that the engine named: `component` fails, and nothing is proposed.
pub fn hypothesis(component: &Arn) -> Hypothesis {
    Hypothesis {
        component: component.clone(),
        failure_mode: FailureMode::Failing,
        cause: "It fails.".to_owned(),
        confidence: 0.9,
        origin: HypothesisOrigin::Engine { version: "1".to_owned() },
        supports: Vec::new(),
        contradicts: Vec::new(),
        proposal: None,
        raised_by: None,
        raised_by_untrusted: false,
        causality: None,
    }
}

/// The answers about a cause that nothing speaks against.
pub fn clear_cause() -> Causality {
    Causality {
        precedes_onset: true,
        reaches_symptom: true,
        alibi: None,
        discrimination: Some(Discrimination::FaultBeganWithChange),
        rival: None,
        evidence: Vec::new(),
    }
}

pub fn firing() -> Observation {
    observation(SymptomState::Firing)
}

pub fn observation(state: SymptomState) -> Observation {
    Observation { state, summary: format!("{state:?}"), since: None, excess: Some(4.0), measured_from: None }
}

pub fn evidence(observed: Observed) -> Evidence {
    Evidence::new("a query".to_owned(), sample::at(), "a summary".to_owned(), observed)
}
