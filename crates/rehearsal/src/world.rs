//! The functions of one rehearsal, over the recording's account and an empty table.

use common::{Mode, OwnRoles};
use diagnose::{AskModel, Investigator, OneAccount};
use fakes::{FakeAccount, FakeCounters, FakeModel, Faults, FixedClock, MemoryStore};
use guard::Guard;
use investigator::Bundles;
use jiff::{SignedDuration, Timestamp};
use reasoning::playbooks::playbook::Playbooks;

use crate::{
    Recording,
    account::{EveryApplication, NothingStarts, account},
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

/// What such a role is called in a rehearsal: as in a deployment called `nightshift`.
pub fn role_in_rehearsals(role: &str) -> String {
    format!("nightshift-{role}")
}

pub(crate) type DiagnoseDeps = diagnose::Deps<
    MemoryStore,
    OneAccount<FakeAccount>,
    EveryApplication,
    FixedClock,
    Investigator<FakeModel, FakeCounters>,
>;

pub(crate) type RemediateDeps =
    remediate::Deps<MemoryStore, FakeAccount, FakeAccount, EveryApplication, NothingStarts, FixedClock>;

pub(crate) struct World {
    pub(crate) faults: Faults,
    pub(crate) account: FakeAccount,
    pub(crate) store: MemoryStore,
    pub(crate) clock: FixedClock,
    pub(crate) own_roles: OwnRoles,
}

impl World {
    pub(crate) fn of(recording: &Recording, now: Timestamp) -> Self {
        let faults = Faults::default();
        let Ok(own_roles) = AUTOMATION_ROLES.map(role_in_rehearsals).join(",").parse();
        Self {
            account: account(recording, &faults),
            store: MemoryStore::new(&faults),
            clock: FixedClock::at(now),
            own_roles,
            faults,
        }
    }

    fn mode(&self, mode: Mode) -> EveryApplication {
        EveryApplication { mode, faults: self.faults.clone() }
    }

    /// The one place where diagnose is given what it works with.
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
            // What is found out is the same in both modes that act.
            modes: self.mode(Mode::Supervised),
            clock: self.clock.clone(),
            investigator: Investigator {
                ask: if model.is_some() { AskModel::InDoubt } else { AskModel::Never },
                model: model.unwrap_or_default(),
                counters: FakeCounters::default(),
                bundles: bundles.clone(),
                // Offline and always the same: nobody answers who could guess it.
                fence: || "rehearsal0rehearsal0".to_owned(),
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
            guard: guard.clone(),
            unattended_drills: false,
        }
    }
}
