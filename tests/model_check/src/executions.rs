//! The executions: calls, their answers, and the faults that may come between any two writes.

use common::Status;

use crate::{
    call::{Call, PlanName},
    event::{Event, Transition},
    model::IncidentModel,
    reply::Reply,
    starting::Went,
    world::{Approval, Incident, Invocation, Remaining, Stage, Starting, Verification, World},
};

impl IncidentModel {
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

    pub(crate) fn incident(&self, world: &World, incident: usize, out: &mut Vec<Transition>) {
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
                disturb(world, incident, starting, out);
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
        // What notify says decides nothing.
        let is_read = !matches!(
            call,
            Call::NotifyPreliminary
                | Call::NotifyApprovalNeeded
                | Call::NotifyResolved
                | Call::NotifyEscalated { .. }
        );
        if self.bounds.surprises && is_read {
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
}

/// Forgets everything about an incident whose execution has ended that no later transition reads.
fn forget(own: &mut Incident) {
    own.verification = Verification::default();
    own.useless_attempt = None;
    own.diagnosis = None;
    own.has_looked_again = false;
}

fn with_fault(world: &World) -> Option<World> {
    let faults = world.remaining.faults.checked_sub(1)?;
    Some(World { remaining: Remaining { faults, ..world.remaining }, ..world.clone() })
}

/// An invocation dies between two stages, or is called again while it goes on.
fn disturb(world: &World, incident: usize, starting: Starting, out: &mut Vec<Transition>) {
    let Some(mut next) = with_fault(world) else { return };
    let stage = starting.stage;
    next.incidents[incident].invocation = Invocation::NotBegun;
    out.push(Transition { event: Event::Dies { incident, stage }, next: next.clone() });
    if next.incidents[incident].stray.is_none() {
        next.incidents[incident].stray = Some(starting);
        out.push(Transition { event: Event::IsCalledAgainWhileItGoesOn { incident, stage }, next });
    }
}
