//! The functions that start no automation: what each reads and writes, and what it answers. Each is one step,
//! because what it writes is its own incident's, in one conditional write or in writes that a repetition repeats.

use common::{Decision, Status};
use verify::recovery::Finding;

use crate::{
    bounds::Defect,
    call::{Call, PlanName},
    decisions::{CheckedCase, JudgedCase, LAST_CHECK, Measured, PlannedTarget, Symptom},
    model::IncidentModel,
    reply::Reply,
    rule::Rule,
    world::{Approval, AutomationStatus, Diagnosis, PlanLease, Value, Verification, World},
};

/// A world after a call, and the answer.
pub(crate) type Answered = (World, Reply);

impl IncidentModel {
    /// Returns every write and answer that the incident's present call may make, where nothing fails.
    pub(crate) fn answers(&self, world: &World, incident: usize) -> Vec<Answered> {
        match world.incidents[incident].position.call {
            Call::Diagnose { attempt } => self.diagnose(world, incident, attempt),
            Call::Authorize { attempt } => vec![self.authorize(world, incident, attempt)],
            Call::CheckTarget => {
                let is_held = self.is_held_by_another(world, incident);
                let reply = if is_held { Reply::TargetHeld(PlanName::First) } else { Reply::TargetFree };
                vec![(world.clone(), reply)]
            }
            Call::Progress { plan } => vec![progress(world, incident, plan)],
            Call::Verify { attempt, plan } => self.verify(world, incident, attempt, plan),
            Call::ExpireApproval { plan } => vec![expire(world, incident, plan)],
            // It ends nothing, and decides nothing.
            Call::NotifyPreliminary | Call::NotifyApprovalNeeded => vec![(world.clone(), Reply::Delivered)],
            Call::NotifyResolved => {
                let mut next = world.clone();
                next.incidents[incident].is_told = true;
                vec![(next, Reply::Delivered)]
            }
            Call::NotifyEscalated { explains } => vec![escalate(world, incident, explains)],
            Call::Start { .. } | Call::Undo { .. } | Call::RequestApproval { .. } | Call::Ended(_) => {
                Vec::new()
            }
        }
    }

    fn diagnose(&self, world: &World, incident: usize, attempt: usize) -> Vec<Answered> {
        let own = &world.incidents[incident];
        if let Some((_, made)) = own.diagnosis.filter(|(of, _)| *of == attempt) {
            return vec![(world.clone(), diagnosed(made))];
        }
        if !own.status.may_become(Status::Diagnosing) {
            return vec![(world.clone(), Reply::Error)];
        }
        let mut results = Vec::new();
        if own.is_firing {
            let proposed = self.proposed(world, incident);
            results.push(Ok(proposed.map_or(Diagnosis::Abstained, Diagnosis::Explained)));
        } else {
            results.push(Ok(Diagnosis::AlreadyRecovered));
        }
        if self.bounds.doubts && own.is_firing {
            results.push(Ok(Diagnosis::Abstained));
            if !own.has_looked_again {
                results.extend([true, false].map(|tell| Err(Reply::LookAgain { tell })));
            }
        }
        let answer = |result: Result<Diagnosis, Reply>| {
            let mut next = world.clone();
            let own = &mut next.incidents[incident];
            own.status = Status::Diagnosing;
            own.has_looked_again |= result.is_err();
            own.diagnosis = result.ok().map(|made| (attempt, made)).or(own.diagnosis);
            (next, result.map_or_else(|again| again, diagnosed))
        };
        results.into_iter().map(answer).collect()
    }

    /// A plan that was not run yet, for a target that is as it was diagnosed.
    fn proposed(&self, world: &World, incident: usize) -> Option<PlanName> {
        let plans: &[PlanName] =
            if self.bounds.second_plan { &[PlanName::First, PlanName::Second] } else { &[PlanName::First] };
        let is_new = |plan: &&PlanName| !world.record(incident, **plan).is_intended;
        plans.iter().find(is_new).copied().filter(|_| world.target.value == Value::Fault)
    }

    fn authorize(&self, world: &World, incident: usize, attempt: usize) -> Answered {
        let made = world.incidents[incident].diagnosis.filter(|(of, _)| *of == attempt);
        let Some((_, Diagnosis::Explained(plan))) = made else { return (world.clone(), Reply::Error) };
        let reply = if self.is_held_by_another(world, incident) {
            Reply::TargetHeld(plan)
        } else {
            match self.judge(world, incident, plan, false) {
                Decision::Allow => Reply::Allow(plan),
                Decision::Ask => Reply::Ask(plan),
                Decision::Deny => Reply::Deny,
            }
        };
        (world.clone(), reply)
    }

    /// The verdict of the shipped policies on the facts of this moment.
    pub(crate) fn judge(&self, world: &World, incident: usize, plan: PlanName, undo_asks: bool) -> Decision {
        if self.has(Defect::NoJudgement) {
            return Decision::Allow;
        }
        let own = &world.incidents[incident];
        let record = world.record(incident, plan);
        self.decisions.judge(JudgedCase {
            is_autonomous: world.setting.is_autonomous,
            is_firing: own.is_firing,
            is_open: !own.status.is_end(),
            was_tried: matches!(record.lease, PlanLease::Recorded | PlanLease::Ended),
            is_approved: record.approval == Approval::Approved,
            is_undo: plan.is_undo(),
            undo_asks,
        })
    }

    /// Returns whether another incident holds the target and is alive.
    pub(crate) fn is_held_by_another(&self, world: &World, incident: usize) -> bool {
        if self.has(Defect::NoTargetLease) {
            return false;
        }
        let Some(holder) = world.holder.filter(|holder| holder.incident != incident) else { return false };
        let other = &world.incidents[holder.incident];
        self.decisions.lives_by_its_incident(holder.is_young, other.status.is_end())
            || (!self.has(Defect::LeaseDiesWithItsIncident)
                && other.plans.iter().any(|plan| {
                    let is_found = match plan.lease {
                        PlanLease::None | PlanLease::Ended => false,
                        PlanLease::Taken => plan.automation.is_listed,
                        PlanLease::Recorded => true,
                    };
                    is_found && plan.automation.status == AutomationStatus::Running
                }))
    }

    fn verify(
        &self,
        world: &World,
        incident: usize,
        attempt: usize,
        plan: Option<PlanName>,
    ) -> Vec<Answered> {
        let own = &world.incidents[incident];
        if own.status == Status::Resolved {
            return vec![(world.clone(), Reply::Recovered)];
        }
        if own.status.is_end() {
            return vec![(world.clone(), Reply::Unknown)];
        }
        if !own.status.may_become(Status::Verifying) {
            return vec![(world.clone(), Reply::Error)];
        }
        let known = own.verification;
        let verification = if known.attempt == attempt && known.plan == plan {
            known
        } else {
            Verification { attempt, plan, ..Verification::default() }
        };
        let number = verification.checks.min(LAST_CHECK);
        let target = match plan {
            None => PlannedTarget::NoPlan,
            Some(plan) if world.target.value == Value::Changed(plan) && !world.target.is_rolling_out => {
                PlannedTarget::AsPlanned
            }
            Some(_) => PlannedTarget::Otherwise,
        };
        let symptom = if own.is_firing { Symptom::Firing } else { Symptom::Recovered };
        let is_measured = plan.is_some() && own.is_firing && !self.has(Defect::AlarmStateOnly);
        let measured = if is_measured { world.measured() } else { vec![Measured::StateOnly] };
        let mut read: Vec<_> = measured.into_iter().map(|measured| (symptom, measured, 0)).collect();
        read.push((Symptom::Unknown, Measured::Unread, 1));
        if is_measured {
            read.push((symptom, Measured::Unread, 1));
        }
        let mut answers = Vec::new();
        for (symptom, measured, troubles) in read {
            let mut next = world.clone();
            let Some(troubles) = next.remaining.troubles.checked_sub(troubles) else { continue };
            next.remaining.troubles = troubles;
            let healthy_since = verification.healthy_since;
            let (finding, healthy_since) =
                self.decisions.assess(CheckedCase { number, healthy_since, symptom, measured, target });
            let own = &mut next.incidents[incident];
            own.verification =
                Verification { checks: (number + 1).min(LAST_CHECK), healthy_since, ..verification };
            own.status = Status::Verifying;
            let reply = match finding {
                Finding::NotYet { .. } => Reply::NotYet,
                Finding::Recovering { .. } => Reply::Recovering,
                Finding::Unknown => Reply::Unknown,
                Finding::Unchanged | Finding::Worse => {
                    own.useless_attempt = Some(attempt);
                    Reply::Unchanged
                }
                Finding::Recovered => {
                    own.status = Status::Resolved;
                    own.is_engaged = false;
                    let is_gone = !own.is_firing;
                    next.require(is_gone, Rule::ResolvedMeansGone);
                    Reply::Recovered
                }
            };
            answers.push((next, reply));
        }
        answers
    }
}

const fn diagnosed(diagnosis: Diagnosis) -> Reply {
    match diagnosis {
        Diagnosis::Explained(_) => Reply::Explained,
        Diagnosis::AlreadyRecovered => Reply::AlreadyRecovered,
        Diagnosis::Abstained => Reply::Abstained,
    }
}

fn progress(world: &World, incident: usize, plan: PlanName) -> Answered {
    let mut next = world.clone();
    let record = next.record_mut(incident, plan);
    let status = record.automation.status;
    let reply = match (record.lease, status) {
        (PlanLease::None | PlanLease::Taken, _) | (_, AutomationStatus::NotStarted) => Reply::Error,
        (_, AutomationStatus::Running) => Reply::Running,
        (_, AutomationStatus::Succeeded) => Reply::Succeeded,
        (_, AutomationStatus::Failed | AutomationStatus::Cancelled) => Reply::Failed,
    };
    if matches!(reply, Reply::Succeeded | Reply::Failed) {
        record.lease = PlanLease::Ended;
    }
    if reply == Reply::Succeeded && plan.is_undo() {
        next.release(incident);
    }
    (next, reply)
}

fn expire(world: &World, incident: usize, plan: PlanName) -> Answered {
    let mut next = world.clone();
    let approval = &mut next.record_mut(incident, plan).approval;
    let reply = match approval {
        Approval::Pending => {
            *approval = Approval::Expired;
            Reply::Expired
        }
        Approval::Approved => Reply::Decided { approved: true },
        Approval::Denied => Reply::Decided { approved: false },
        Approval::None | Approval::Expired => Reply::Expired,
    };
    (next, reply)
}

fn escalate(world: &World, incident: usize, explains: bool) -> Answered {
    let mut next = world.clone();
    next.require(explains, Rule::EscalationSaysWhy);
    hand_over(&mut next, incident);
    (next, Reply::Delivered)
}

/// Ends the incident in a person's hands, unless it has ended, and tells them.
pub(crate) fn hand_over(world: &mut World, incident: usize) {
    let own = &mut world.incidents[incident];
    if !own.status.is_end() {
        own.status = Status::Escalated;
    }
    own.is_engaged = false;
    own.is_told = true;
}
