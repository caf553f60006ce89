//! What the model knows of the store, of SSM, of the target and of the people: all that a decision rests on.

use common::Status;

use crate::{
    call::PlanName,
    decisions::Measured,
    machine::Position,
    rule::{Broken, Rule},
};

pub(crate) const INCIDENTS: usize = 2;
const PLANS: usize = 4;

/// One state of the model.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    pub incidents: [Incident; INCIDENTS],
    pub target: Target,
    pub holder: Option<Holder>,
    pub remaining: Remaining,
    pub setting: Setting,
    pub broken: Broken,
}

/// The settings of a run, which do not change within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Setting {
    /// The plan whose change mends the target.
    pub helps: Option<PlanName>,
    pub is_autonomous: bool,
    /// Undoing returns to the state that was diagnosed as the fault.
    pub undo_returns_to_fault: bool,
}

/// The number of times that each bounded event may still happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Remaining {
    pub faults: u8,
    pub troubles: u8,
    pub people: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target {
    pub value: Value,
    /// One more with each change, whoever makes it.
    pub revision: u8,
    pub is_rolling_out: bool,
}

/// The state of the target, whoever brought it there: two incidents' plans may bring the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Value {
    /// As it was diagnosed.
    Fault,
    Changed(PlanName),
    /// A person's, which mends it or does not.
    Person {
        is_right: bool,
    },
}

/// The lease on the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Holder {
    pub incident: usize,
    /// Taken less than a minute ago.
    pub is_young: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(clippy::struct_excessive_bools, reason = "facts that hold or not, each by itself")]
pub struct Incident {
    pub position: Position,
    pub invocation: Invocation,
    /// An invocation whose answer nobody waits for any more, and which goes on.
    pub stray: Option<Starting>,
    pub status: Status,
    /// Its own alarm is in ALARM.
    pub is_firing: bool,
    /// A person was told of the end.
    pub is_told: bool,
    pub has_looked_again: bool,
    /// The diagnosis of the last attempt that made one: no step reads an earlier one.
    pub diagnosis: Option<(usize, Diagnosis)>,
    /// The last attempt for which the ledger has a verification that found the symptom unchanged.
    pub useless_attempt: Option<usize>,
    pub plans: [PlanRecord; PLANS],
    pub verification: Verification,
    /// An action of this incident was started, and neither verified nor given up.
    pub is_engaged: bool,
}

/// The progress of the invocation that the machine waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Invocation {
    NotBegun,
    Starting(Starting),
    /// The request for approval is written, and the task token is out.
    AwaitingAnswer,
}

/// An invocation of `remediate` that is about to start an automation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Starting {
    pub plan: PlanName,
    pub attempt: usize,
    pub stage: Stage,
    /// The undo decision wants a person's approval.
    pub asks: bool,
    /// The symptom was gone when the undo was decided on, and has been since.
    pub was_gone: bool,
}

/// The next thing that a starting invocation does which others can see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    TakeTarget,
    Judge,
    Launch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Diagnosis {
    Explained(PlanName),
    AlreadyRecovered,
    Abstained,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PlanRecord {
    pub lease: PlanLease,
    /// The ledger announces the action.
    pub is_intended: bool,
    pub approval: Approval,
    pub automation: Automation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PlanLease {
    #[default]
    None,
    Taken,
    /// With the id of the automation.
    Recorded,
    /// With the end of the automation.
    Ended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Approval {
    #[default]
    None,
    Pending,
    Approved,
    Denied,
    Expired,
}

/// SSM's record of the automation of one client token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Automation {
    pub status: AutomationStatus,
    /// SSM lists it, which it may do later than it starts it.
    pub is_listed: bool,
    pub change: Option<Change>,
    /// The outputs prove the change.
    pub is_reported: bool,
    /// It was asked for more than once.
    pub is_asked_again: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AutomationStatus {
    #[default]
    NotStarted,
    Running,
    Succeeded,
    /// Or timed out.
    Failed,
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Change {
    pub before: Value,
    pub revision: u8,
}

/// The store's record of a verification: which, how many checks were made, and since which one all were healthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Verification {
    pub attempt: usize,
    pub plan: Option<PlanName>,
    pub checks: u8,
    pub healthy_since: Option<u8>,
}

impl World {
    /// The symptom's cause is gone: alarms follow when their time comes.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        !self.target.is_rolling_out
            && match self.target.value {
                Value::Fault => false,
                Value::Changed(plan) => self.setting.helps == Some(plan),
                Value::Person { is_right } => is_right,
            }
    }

    /// What the datapoints since an action may say while the alarm fires. They follow at once what the action did; of a
    /// change that a person has just made they may not know yet.
    pub(crate) fn measured(&self) -> Vec<Measured> {
        match self.target.value {
            Value::Person { .. } if self.is_healthy() => vec![Measured::Normal, Measured::Breaching],
            _ if self.is_healthy() => vec![Measured::Normal],
            _ => vec![Measured::Breaching],
        }
    }

    pub(crate) fn record(&self, incident: usize, plan: PlanName) -> &PlanRecord {
        &self.incidents[incident].plans[plan as usize]
    }

    pub(crate) fn record_mut(&mut self, incident: usize, plan: PlanName) -> &mut PlanRecord {
        &mut self.incidents[incident].plans[plan as usize]
    }

    pub(crate) fn require(&mut self, holds: bool, rule: Rule) {
        if !holds {
            self.broken.add(rule);
        }
    }

    pub(crate) fn release(&mut self, incident: usize) {
        self.incidents[incident].is_engaged = false;
        if self.holder.is_some_and(|holder| holder.incident == incident) {
            self.holder = None;
        }
    }
}

impl PlanRecord {
    /// Writes the automation's id to the lease: from here on nobody looks for it in SSM's list.
    pub(crate) fn record_start(&mut self) {
        self.lease = PlanLease::Recorded;
        self.automation.is_listed = true;
    }
}

impl Incident {
    pub(crate) fn new(position: Position) -> Self {
        Self {
            position,
            invocation: Invocation::NotBegun,
            stray: None,
            status: Status::Open,
            is_firing: true,
            is_told: false,
            has_looked_again: false,
            diagnosis: None,
            useless_attempt: None,
            plans: [PlanRecord::default(); PLANS],
            verification: Verification::default(),
            is_engaged: false,
        }
    }

    /// Every invocation that is about to start an automation.
    pub(crate) fn starting(&mut self) -> impl Iterator<Item = &mut Starting> {
        let current = match &mut self.invocation {
            Invocation::Starting(starting) => Some(starting),
            _ => None,
        };
        current.into_iter().chain(self.stray.as_mut())
    }

    pub(crate) fn has_running_automation(&self) -> bool {
        self.plans.iter().any(|plan| plan.automation.status == AutomationStatus::Running)
    }
}
