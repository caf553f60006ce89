//! Assembles the functions of one simulation over the recorded account and an empty table.

use common::{Mode, OwnRoles};
use diagnose::{AskModel, Investigator, OneAccount};
use fakes::{FakeAccount, FakeCounters, FakeModel, Faults, MemoryStore};
use guard::Guard;
use investigator::Bundles;
use jiff::{SignedDuration, Timestamp};
use reasoning::playbooks::playbook::Playbooks;

use crate::{
    Recording,
    account::{EveryApplication, NothingStarts, account},
    clock::SimulatedClock,
};

/// The default of the template's `EvidencePatienceSeconds`.
const PATIENCE: SignedDuration = SignedDuration::from_secs(300);

/// The roles of Nightshift's automations, as the template calls them.
pub const AUTOMATION_ROLES: [&str; 5] = [
    "RestoreParameterRole",
    "RollbackLambdaAliasRole",
    "StartInstanceRole",
    "StopInstanceRole",
    "RollbackEcsServiceRole",
];

/// The name of such a role in a simulation: that of a deployment named `nightshift`.
pub fn role_in_simulations(role: &str) -> String {
    format!("nightshift-{role}")
}

pub(crate) type DiagnoseDeps = diagnose::Deps<
    MemoryStore,
    OneAccount<FakeAccount>,
    EveryApplication,
    SimulatedClock,
    Investigator<FakeModel, FakeCounters>,
>;

pub(crate) type RemediateDeps = remediate::Deps<
    MemoryStore,
    FakeAccount,
    FakeAccount,
    EveryApplication,
    NothingStarts,
    SimulatedClock,
    FakeAccount,
>;

pub(crate) struct World {
    pub(crate) faults: Faults,
    pub(crate) account: FakeAccount,
    pub(crate) store: MemoryStore,
    pub(crate) clock: SimulatedClock,
    pub(crate) own_roles: OwnRoles,
}

impl World {
    pub(crate) fn new(recording: &Recording, now: Timestamp) -> Self {
        let faults = Faults::default();
        let Ok(own_roles) = AUTOMATION_ROLES.map(role_in_simulations).join(",").parse();
        Self {
            account: account(recording, &faults),
            store: MemoryStore::new(&faults),
            clock: SimulatedClock::at(now),
            own_roles,
            faults,
        }
    }

    fn mode(&self, mode: Mode) -> EveryApplication {
        EveryApplication { mode, faults: self.faults.clone() }
    }

    /// Assembles diagnose, the same for every simulation but for its model.
    pub(crate) fn diagnose(
        &self,
        playbooks: &Playbooks,
        bundles: &Bundles,
        model: Option<FakeModel>,
    ) -> DiagnoseDeps {
        let account = &self.account;
        diagnose::Deps {
            store: self.store.clone(),
            account: OneAccount(account.clone()),
            // The diagnosis is the same in both modes that act.
            modes: self.mode(Mode::Supervised),
            clock: self.clock.clone(),
            investigator: Investigator {
                ask: if model.is_some() { AskModel::InDoubt } else { AskModel::Never },
                model: model.unwrap_or_default(),
                counters: FakeCounters::default(),
                bundles: bundles.clone(),
                // Offline and always the same: nobody answers who could guess it.
                fence: || "simulated0simulated0".to_owned(),
            },
            playbooks: playbooks.clone(),
            own_roles: self.own_roles.clone(),
            recheck_for: PATIENCE,
            unusable: Vec::new(),
        }
    }

    pub(crate) fn remediate(&self, guard: &Guard, mode: Mode) -> RemediateDeps {
        remediate::Deps {
            store: self.store.clone(),
            symptoms: self.account.clone(),
            topology: self.account.clone(),
            modes: self.mode(mode),
            automations: NothingStarts,
            clock: self.clock.clone(),
            resources: self.account.clone(),
            guard: guard.clone(),
            unattended_drills: false,
            actions_per_hour: 20,
        }
    }
}
