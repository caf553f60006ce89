//! A small account with something wrong in it.

use std::collections::BTreeMap;

use common::{
    Arn, Diagnosis, Evidence, FailureMode, Incident, Observation, Observed, OwnRoles, Severity, Signal,
    SignalKind, Symptom, SymptomState,
    evidence::{AliasState, Change, InstanceState, ParameterState, ServiceState},
    findings::{EngineFindings, EngineSuspect, EngineVerdict},
    ports::CaseFile as _,
};
use diagnose::{AskModel, Deps, Error, Input, Investigator, OneAccount, Output, handle};
use fakes::{FakeAccount, FakeCounters, FakeModel, Faults, FixedClock, MemoryStore, sample};
use investigator::Bundles;
use jiff::{SignedDuration, Timestamp};
use reasoning::playbooks::playbook::Playbooks;

pub(crate) const ALICE: &str = "arn:aws:iam::123456789012:user/alice";

pub(crate) type TestDeps = Deps<
    MemoryStore,
    OneAccount<FakeAccount>,
    FakeAccount,
    FixedClock,
    Investigator<FakeModel, FakeCounters>,
>;

pub(crate) struct World {
    pub(crate) faults: Faults,
    pub(crate) account: FakeAccount,
    pub(crate) deps: TestDeps,
    pub(crate) input: Input,
}

/// `minutes` before the symptom began; negative is after.
pub(crate) fn before(minutes: i64) -> Timestamp {
    sample::at() - SignedDuration::from_mins(minutes)
}

pub(crate) fn parameter(name: &str) -> Arn {
    sample::arn("ssm", &format!("parameter/shop/{name}"))
}

pub(crate) fn function() -> Arn {
    sample::arn("lambda", "function:checkout")
}

pub(crate) fn alias() -> Arn {
    sample::arn("lambda", "function:checkout:live")
}

pub(crate) fn instance() -> Arn {
    sample::arn("ec2", "instance/i-0123456789abcdef0")
}

pub(crate) fn service() -> Arn {
    sample::arn("ecs", "service/shop/web")
}

pub(crate) fn change(resource: &Arn, event: &str, at: Timestamp) -> Change {
    Change {
        event_id: format!("{event}-{resource}-{at}"),
        event_name: event.to_owned(),
        at,
        actor: ALICE.to_owned(),
        by_nightshift: false,
        resource: resource.clone(),
        // An alias is moved to the version that it is at.
        request: match event {
            "UpdateAlias" => BTreeMap::from([("functionVersion".to_owned(), "3".to_owned())]),
            _ => BTreeMap::new(),
        },
    }
}

pub(crate) fn parameter_state(arn: &Arn, version: u64, modified_at: Timestamp) -> Observed {
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

pub(crate) fn alias_state(version: &str, previous: Option<&str>) -> Observed {
    alias_state_of("checkout", version, previous)
}

pub(crate) fn alias_state_of(function: &str, version: &str, previous: Option<&str>) -> Observed {
    Observed::Alias {
        state: AliasState {
            arn: sample::arn("lambda", &format!("function:{function}:live")),
            function: function.to_owned(),
            alias: "live".to_owned(),
            version: version.to_owned(),
            previous_version: previous.map(str::to_owned),
            weighted: false,
        },
    }
}

pub(crate) fn instance_state(arn: &Arn, state: &str) -> Observed {
    let id = arn.name();
    Observed::Instance { state: InstanceState { arn: arn.clone(), id, state: state.to_owned() } }
}

pub(crate) fn service_state(rollout: &str) -> Observed {
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
        },
    }
}

pub(crate) fn instance_signal() -> Signal {
    Signal {
        kind: SignalKind::InstanceStateChange,
        severity: Severity::Sev2,
        resources: vec![instance()],
        symptom: Symptom::Instance { id: instance().name() },
        ..sample::alarm_signal("event-2", "unused")
    }
}

pub(crate) fn service_signal() -> Signal {
    Signal {
        kind: SignalKind::EcsDeployment,
        resources: vec![service()],
        symptom: Symptom::EcsService { cluster: "shop".to_owned(), service: "web".to_owned() },
        ..sample::alarm_signal("event-3", "unused")
    }
}

/// The engine's word for these components, the first the likeliest, each called by way of the former.
pub(crate) fn root_cause(suspects: &[Arn], confidence: f64) -> EngineFindings {
    let suspect = |(rank, resource): (usize, &Arn)| EngineSuspect {
        name: resource.name(),
        resource: Some(resource.clone()),
        failure_mode: FailureMode::BadDeployment,
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
        missing: Vec::new(),
    }
}

pub(crate) fn firing() -> Observation {
    observation(SymptomState::Firing)
}

pub(crate) fn observation(state: SymptomState) -> Observation {
    Observation { state, summary: format!("{state:?}"), since: None, excess: Some(4.0), measured_from: None }
}

pub(crate) fn evidence(observed: Observed) -> Evidence {
    Evidence::new("a query".to_owned(), sample::at(), "a summary".to_owned(), observed)
}

impl World {
    pub(crate) fn of(signal: Signal) -> Self {
        let faults = Faults::default();
        let account = FakeAccount::new(&faults);
        let store = MemoryStore::new(&faults);
        let incident = Incident::opened_by(signal, 1);
        let input = Input { incident_id: incident.id, attempt: 1 };
        store.insert(incident);
        let deps = Deps {
            store,
            account: OneAccount(account.clone()),
            modes: account.clone(),
            clock: FixedClock::at(before(-2)),
            investigator: Investigator {
                ask: AskModel::Never,
                model: FakeModel::default(),
                counters: FakeCounters::default(),
                bundles: Bundles::shipped().unwrap(),
                fence: || "0123456789abcdef".to_owned(),
            },
            playbooks: Playbooks::shipped().unwrap(),
            own_roles: "nightshift-restore-parameter".parse::<OwnRoles>().unwrap(),
            recheck_for: SignedDuration::ZERO,
            unusable: Vec::new(),
        };
        Self { faults, account, deps, input }
    }

    /// An alarm on the function `checkout`, which reads the parameter `/shop/limit` that alice
    /// overwrote three minutes before.
    pub(crate) fn with_overwritten_parameter() -> Self {
        let world = Self::of(sample::alarm_signal("event-1", "checkout-errors"));
        let limit = parameter("limit");
        let account = &world.account;
        account.tag(&function(), sample::APPLICATION);
        account.tag(&alias(), sample::APPLICATION);
        account.tag(&limit, sample::APPLICATION);
        account.set_reads(&function(), std::slice::from_ref(&limit));
        account.set_resource(&alias(), alias_state("3", Some("2")));
        account.set_resource(&limit, parameter_state(&limit, 5, before(3)));
        account.add_change(change(&limit, "PutParameter", before(3)));
        world
    }
}

pub(crate) fn run(world: &World) -> Result<Output, Error> {
    run_attempt(world, world.input.attempt)
}

pub(crate) fn run_attempt(world: &World, attempt: u32) -> Result<Output, Error> {
    block_on(handle(&world.deps, Input { attempt, ..world.input.clone() }))
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

pub(crate) fn diagnosis(world: &World, attempt: u32) -> Diagnosis {
    block_on(world.deps.store.diagnosis(world.input.incident_id, attempt)).unwrap().unwrap()
}

pub(crate) fn confidence(output: &Output) -> f64 {
    match output {
        Output::Explained { confidence, .. } => *confidence,
        other => panic!("not explained: {other:?}"),
    }
}
