//! Builds a small account with something wrong in it.

use common::{Diagnosis, Incident, OwnRoles, Signal, ports::CaseFile as _};
use diagnose::{AskModel, Deps, Error, Input, Investigator, OneAccount, Output, handle};
use fakes::{
    FakeAccount, FakeCounters, FakeModel, Faults, FixedClock, MemoryStore, sample,
    sample_evidence::{alias, alias_state, before, change, function, parameter, parameter_state},
};
use investigator::Bundles;
use jiff::SignedDuration;
use reasoning::playbooks::playbook::Playbooks;

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

impl World {
    pub(crate) fn with_signal(signal: Signal) -> Self {
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
        let world = Self::with_signal(sample::alarm_signal("event-1", "checkout-errors"));
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
