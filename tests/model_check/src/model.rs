//! The model: incidents over one target, each an execution of the machine, in any order, with faults at any moment.

use std::sync::Arc;

use common::Status;
use stateright::{Model, Property};

use crate::{
    bounds::{Bounds, Defect, Modes},
    call::{Call, PlanName},
    decisions::Decisions,
    machine::IncidentMachine,
    properties::properties,
    reply::Reply,
    starting::Went,
    world::{
        Approval, AutomationStatus, Broken, Incident, Invocation, Remaining, Rule, Setting, Stage, Starting, Target,
        Value, World,
    },
};

/// The model of the incident machine with the store's, SSM's and people's transitions.
#[derive(Debug)]
pub struct IncidentModel {
    machine: Arc<IncidentMachine>,
    pub(crate) decisions: Decisions,
    pub(crate) bounds: Bounds,
    pub(crate) defect: Option<Defect>,
}

/// What happens between two states of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Answers { incident: usize, call: Call, reply: Reply },
    AnswerIsLost { incident: usize, call: Call },
    GoesOn { incident: usize, stage: Stage },
    Dies { incident: usize, stage: Stage },
    IsCalledAgainWhileItGoesOn { incident: usize, stage: Stage },
    StrayGoesOn { incident: usize, stage: Stage },
    ExecutionDies { incident: usize },
    RequestsApproval { incident: usize, plan: PlanName },
    PersonDecides { incident: usize, plan: PlanName, approved: bool },
    PersonDeploys { is_right: bool },
    RolloutEnds,
    LeaseIsOneMinuteOld,
    AlarmFollows { incident: usize },
    FailedExecutionIsTold { incident: usize },
    AutomationIsListed { incident: usize, plan: PlanName },
    AutomationActs { incident: usize, plan: PlanName },
    AutomationEnds { incident: usize, plan: PlanName, status: AutomationStatus },
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

impl IncidentModel {
    pub fn new(machine: Arc<IncidentMachine>, bounds: Bounds) -> Self {
        Self { machine, decisions: Decisions::ask(), bounds, defect: None }
    }

    #[must_use]
    pub fn with_defect(self, defect: Defect) -> Self {
        Self { defect: Some(defect), ..self }
    }

    pub(crate) fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    /// The machine moves on with an answer.
    fn reply(&self, mut next: World, incident: usize, reply: Reply) -> World {
        let own = &mut next.incidents[incident];
        own.position = self.machine.next(own.position, reply);
        own.invocation = Invocation::NotBegun;
        if matches!(own.position.call, Call::Ended(_)) {
            forget(own);
        }
        next
    }

    fn incident(&self, world: &World, incident: usize, out: &mut Vec<Transition>) {
        let own = &world.incidents[incident];
        let call = own.position.call;
        if let Some(stray) = own.stray {
            self.stray(world, incident, stray, out);
        }
        if matches!(call, Call::Ended(_)) {
            return;
        }
        match (own.invocation, call) {
            (Invocation::AwaitingAnswer, Call::RequestApproval { plan }) => {
                self.await_answer(world, incident, plan, out);
            }
            (Invocation::Starting(starting), _) => {
                self.invoked(incident, starting.stage, self.go_on(world, incident, starting), out);
                self.disturb(world, incident, starting, out);
            }
            (_, Call::Start { attempt, plan }) => {
                let starting = Starting::action(plan, attempt);
                self.invoked(incident, starting.stage, self.go_on(world, incident, starting), out);
            }
            (_, Call::Undo { attempt, plan }) => {
                let went = self.look_to_undo(world, incident, attempt, plan);
                self.invoked(incident, Stage::TakeTarget, went, out);
            }
            (_, Call::RequestApproval { plan }) => self.request_approval(world, incident, plan, out),
            _ => {
                for (next, reply) in self.answers(world, incident) {
                    self.answered(next, incident, reply, out);
                }
            }
        }
        self.fail(world, incident, out);
    }

    /// An answer reaches the machine, or is lost: then the function is called again.
    fn answered(&self, next: World, incident: usize, reply: Reply, out: &mut Vec<Transition>) {
        let call = next.incidents[incident].position.call;
        if let Some(mut lost) = with_fault(&next) {
            lost.incidents[incident].invocation = Invocation::NotBegun;
            out.push(Transition { event: Event::AnswerIsLost { incident, call }, next: lost });
        }
        let next = self.reply(next, incident, reply);
        out.push(Transition { event: Event::Answers { incident, call, reply }, next });
    }

    fn invoked(&self, incident: usize, stage: Stage, went: Vec<Went>, out: &mut Vec<Transition>) {
        for went in went {
            match went {
                Went::On(mut next, starting) => {
                    next.incidents[incident].invocation = Invocation::Starting(starting);
                    out.push(Transition { event: Event::GoesOn { incident, stage }, next });
                }
                Went::Answered((next, reply)) => self.answered(next, incident, reply, out),
                Went::Died(next) => {
                    if let Some(mut next) = with_fault(&next) {
                        next.incidents[incident].invocation = Invocation::NotBegun;
                        out.push(Transition { event: Event::Dies { incident, stage }, next });
                    }
                }
            }
        }
    }

    /// An invocation dies between two stages, or is called again while it goes on.
    fn disturb(&self, world: &World, incident: usize, starting: Starting, out: &mut Vec<Transition>) {
        let Some(mut next) = with_fault(world) else { return };
        let stage = starting.stage;
        next.incidents[incident].invocation = Invocation::NotBegun;
        out.push(Transition { event: Event::Dies { incident, stage }, next: next.clone() });
        if next.incidents[incident].stray.is_none() {
            next.incidents[incident].stray = Some(starting);
            out.push(Transition { event: Event::IsCalledAgainWhileItGoesOn { incident, stage }, next });
        }
    }

    fn stray(&self, world: &World, incident: usize, stray: Starting, out: &mut Vec<Transition>) {
        for went in self.go_on(world, incident, stray) {
            let (mut next, stray_now) = match went {
                Went::On(next, starting) => (next, Some(starting)),
                Went::Answered((next, _)) => (next, None),
                Went::Died(_) => continue,
            };
            next.incidents[incident].stray = stray_now;
            out.push(Transition { event: Event::StrayGoesOn { incident, stage: stray.stage }, next });
        }
    }

    fn request_approval(&self, world: &World, incident: usize, plan: PlanName, out: &mut Vec<Transition>) {
        let mut next = world.clone();
        let own = &mut next.incidents[incident];
        let known = own.plans[plan as usize].approval;
        let is_open = matches!(known, Approval::None | Approval::Pending);
        if !is_open || !own.status.may_become(Status::AwaitingApproval) {
            self.answered(next, incident, Reply::Error, out);
            return;
        }
        own.status = Status::AwaitingApproval;
        own.plans[plan as usize].approval = Approval::Pending;
        own.invocation = Invocation::AwaitingAnswer;
        out.push(Transition { event: Event::RequestsApproval { incident, plan }, next });
    }

    /// The token comes back with the decision, or it is lost and the window ends.
    fn await_answer(&self, world: &World, incident: usize, plan: PlanName, out: &mut Vec<Transition>) {
        let call = world.incidents[incident].position.call;
        let mut reply = |reply| {
            let next = self.reply(world.clone(), incident, reply);
            out.push(Transition { event: Event::Answers { incident, call, reply }, next });
        };
        match world.record(incident, plan).approval {
            Approval::Approved => reply(Reply::Answered { approved: true }),
            Approval::Denied => reply(Reply::Answered { approved: false }),
            Approval::None | Approval::Pending | Approval::Expired => {}
        }
        reply(Reply::Timeout);
    }

    /// A call fails for good, or says what nobody expects; or the whole execution dies.
    fn fail(&self, world: &World, incident: usize, out: &mut Vec<Transition>) {
        let Some(next) = with_fault(world) else { return };
        let call = world.incidents[incident].position.call;
        let mut replies = vec![Reply::Error];
        if self.bounds.surprises {
            replies.push(Reply::Surprise);
        }
        for reply in replies {
            let next = self.reply(next.clone(), incident, reply);
            out.push(Transition { event: Event::Answers { incident, call, reply }, next });
        }
        let mut next = next;
        let own = &mut next.incidents[incident];
        own.position = self.machine.dead;
        own.invocation = Invocation::NotBegun;
        forget(own);
        out.push(Transition { event: Event::ExecutionDies { incident }, next });
    }

    fn is_well_ended(world: &World) -> bool {
        world.incidents.iter().all(|incident| {
            matches!(incident.position.call, Call::Ended(_)) && incident.is_told && incident.status.is_end()
        })
    }
}

/// What no later transition reads of an incident whose execution has ended.
fn forget(own: &mut Incident) {
    own.verification = crate::world::Verification::default();
    own.is_useless = Default::default();
    own.has_looked_again = false;
}

fn with_fault(world: &World) -> Option<World> {
    let faults = world.remaining.faults.checked_sub(1)?;
    Some(World { remaining: Remaining { faults, ..world.remaining }, ..world.clone() })
}

impl Model for IncidentModel {
    type State = World;
    type Action = Transition;

    fn init_states(&self) -> Vec<World> {
        let (faults, troubles, people) = (self.bounds.faults, self.bounds.troubles, self.bounds.people);
        let present = Incident::new(self.machine.start());
        let absent = Incident {
            position: self.machine.dead,
            is_told: true,
            status: Status::Escalated,
            is_firing: false,
            ..present.clone()
        };
        let second = if self.bounds.incidents == 2 { present.clone() } else { absent };
        let mut worlds = Vec::new();
        for helps in [Some(PlanName::First), Some(PlanName::Second), None] {
            for is_autonomous in [true, false] {
                for undo_returns_to_fault in [true, false] {
                    let is_checked = match self.bounds.modes {
                        Modes::Autonomous => is_autonomous,
                        Modes::Supervised => !is_autonomous,
                        Modes::Both => true,
                    };
                    if !is_checked || (helps == Some(PlanName::Second) && !self.bounds.second_attempt) {
                        continue;
                    }
                    worlds.push(World {
                        incidents: [present.clone(), second.clone()],
                        target: Target { value: Value::Fault, revision: 0, is_rolling_out: false },
                        holder: None,
                        remaining: Remaining { faults, troubles, people },
                        setting: Setting { helps, is_autonomous, undo_returns_to_fault },
                        broken: Broken::default(),
                    });
                }
            }
        }
        worlds
    }

    fn actions(&self, world: &World, out: &mut Vec<Transition>) {
        if world.broken != Broken::default() {
            return;
        }
        for incident in 0..self.bounds.incidents {
            self.incident(world, incident, out);
        }
        self.environment(world, out);
        if out.is_empty() && !Self::is_well_ended(world) {
            let mut next = world.clone();
            next.require(false, Rule::NoSilentEnd);
            out.push(Transition { event: Event::NothingMoves, next });
        }
    }

    fn next_state(&self, _: &World, transition: Transition) -> Option<World> {
        Some(transition.next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties()
    }
}
