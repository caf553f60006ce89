//! What happens between two states of the model, as a counterexample lists it.

use crate::{
    call::{Call, PlanName},
    reply::Reply,
    world::{AutomationStatus, Stage, Value, World},
};

/// A step between two states of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Answers {
        incident: usize,
        call: Call,
        reply: Reply,
    },
    AnswerIsLost {
        incident: usize,
        call: Call,
    },
    GoesOn {
        incident: usize,
        stage: Stage,
    },
    Dies {
        incident: usize,
        stage: Stage,
    },
    IsCalledAgainWhileItGoesOn {
        incident: usize,
        stage: Stage,
    },
    StrayGoesOn {
        incident: usize,
        stage: Stage,
    },
    ExecutionDies {
        incident: usize,
    },
    RequestsApproval {
        incident: usize,
        plan: PlanName,
    },
    PersonDecides {
        incident: usize,
        plan: PlanName,
        approved: bool,
    },
    PersonDeploys {
        value: Value,
    },
    RolloutEnds,
    LeaseIsOneMinuteOld,
    AlarmFollows {
        incident: usize,
    },
    FailedExecutionIsTold {
        incident: usize,
    },
    AutomationIsListed {
        incident: usize,
        plan: PlanName,
    },
    AutomationActs {
        incident: usize,
        plan: PlanName,
    },
    AutomationEnds {
        incident: usize,
        plan: PlanName,
        status: AutomationStatus,
    },
    /// Nothing can happen any more, and an incident is not in anybody's hands.
    NothingMoves,
}

/// An event with the state that it leads to, which is computed once.
#[derive(Clone, PartialEq, Eq)]
pub struct Transition {
    pub event: Event,
    pub next: World,
}

impl std::fmt::Debug for Transition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.event.fmt(f)
    }
}
