//! The two calls that start an automation, in the steps that others can see: take the target, judge and write the
//! intent, start. An undo looks and decides first.

use common::{Decision, Status};
use remediate::undo_decision::{
    AutomationStatus as Ended, SymptomTrend, TargetCondition, UndoDecision, UndoFacts, decide,
};

use crate::{
    bounds::Defect,
    call::PlanName,
    decisions::Measured,
    functions::Answered,
    model::IncidentModel,
    reply::Reply,
    rule::Rule,
    world::{Approval, AutomationStatus, Holder, PlanLease, Stage, Starting, Verification, World},
};

/// The next step of an invocation that is about to start an automation.
pub(crate) enum Went {
    /// It goes on at its next stage.
    On(World, Starting),
    Answered(Answered),
    /// It died after a write: the machine calls again.
    Died(World),
}

impl Starting {
    pub(crate) const fn action(plan: PlanName, attempt: usize) -> Self {
        Self { plan, attempt, stage: Stage::TakeTarget, asks: false, was_gone: false }
    }
}

impl IncidentModel {
    /// Looks at what a change of ours left, and decides whether it is undone.
    pub(crate) fn look_to_undo(
        &self,
        world: &World,
        incident: usize,
        attempt: usize,
        plan: PlanName,
    ) -> Vec<Went> {
        let record = *world.record(incident, plan);
        let automation = record.automation;
        let status = match (record.lease, automation.status) {
            (PlanLease::None | PlanLease::Taken, _) | (_, AutomationStatus::NotStarted) => {
                return vec![Went::Answered((world.clone(), Reply::Error))];
            }
            (_, AutomationStatus::Running) => Ended::Running,
            (_, AutomationStatus::Succeeded) => Ended::Succeeded,
            (_, AutomationStatus::Failed) => Ended::Failed,
            (_, AutomationStatus::Cancelled) => Ended::Cancelled,
        };
        let change = automation.change.filter(|_| automation.is_reported && status != Ended::Running);
        let undo = plan.counterpart();
        let undo_lease = world.record(incident, undo).lease;
        if change.is_some() && matches!(undo_lease, PlanLease::Recorded | PlanLease::Ended) {
            return vec![Went::Answered((world.clone(), Reply::Started(undo)))];
        }
        let is_ours = change.is_some_and(|change| change.revision == world.target.revision);
        let own = &world.incidents[incident];
        self.trends(world, incident)
            .into_iter()
            .map(|(mut next, symptom)| {
                let decision = decide(UndoFacts {
                    automation: status,
                    is_made: change.is_some(),
                    target: if is_ours { TargetCondition::AsWeLeftIt } else { TargetCondition::Touched },
                    is_rolling_out: world.target.is_rolling_out,
                    symptom,
                    is_verified_useless: own.useless_attempt == Some(attempt),
                    returns_to_fault: world.setting.undo_returns_to_fault,
                });
                let reply = match self.with_defects(decision, change.is_some()) {
                    decision @ (UndoDecision::Undo | UndoDecision::AskHuman) => {
                        let starting = Starting {
                            plan: undo,
                            attempt,
                            stage: Stage::TakeTarget,
                            asks: decision == UndoDecision::AskHuman,
                            was_gone: !own.is_firing,
                        };
                        return Went::On(next, starting);
                    }
                    // An earlier call may have started it, and SSM does not list it yet.
                    UndoDecision::Leave(_) | UndoDecision::Verify(_)
                        if change.is_some() && undo_lease == PlanLease::Taken =>
                    {
                        Reply::Wait
                    }
                    UndoDecision::Leave(_) => Reply::Left,
                    UndoDecision::NothingToUndo => Reply::NothingToUndo,
                    UndoDecision::Wait(_) => Reply::Wait,
                    UndoDecision::Verify(_) => Reply::Verify,
                    UndoDecision::HandOver(_) => Reply::Refused,
                };
                let verification = &mut next.incidents[incident].verification;
                if reply == Reply::Verify && verification.attempt == attempt {
                    // Its time begins anew.
                    *verification = Verification { checks: 0, healthy_since: None, ..*verification };
                }
                if matches!(reply, Reply::Left | Reply::NothingToUndo) {
                    next.release(incident);
                }
                Went::Answered((next, reply))
            })
            .collect()
    }

    fn with_defects(&self, decision: UndoDecision, is_made: bool) -> UndoDecision {
        let ignores = match self.defect {
            Some(Defect::UndoWithoutLooking) => is_made,
            Some(Defect::UndoWhileItRecovers) => {
                matches!(decision, UndoDecision::Verify(_))
                    || decision == UndoDecision::Wait("the change is still rolling out")
            }
            _ => false,
        };
        if ignores { UndoDecision::Undo } else { decision }
    }

    /// The trends that may be read of the symptom at this moment.
    fn trends(&self, world: &World, incident: usize) -> Vec<(World, SymptomTrend)> {
        let mut trends = Vec::new();
        let is_firing = world.incidents[incident].is_firing;
        if !is_firing {
            trends.push((world.clone(), SymptomTrend::Gone));
        } else if self.has(Defect::AlarmStateOnly) {
            trends.push((world.clone(), SymptomTrend::Firing));
        } else {
            let trend = |measured| match measured {
                Measured::Normal => SymptomTrend::Going,
                Measured::Breaching | Measured::StateOnly | Measured::Unread => SymptomTrend::Firing,
            };
            trends.extend(world.measured().into_iter().map(|measured| (world.clone(), trend(measured))));
        }
        if let Some(troubles) = world.remaining.troubles.checked_sub(1) {
            let mut next = world.clone();
            next.remaining.troubles = troubles;
            trends.push((next, SymptomTrend::Unknown));
        }
        trends
    }

    /// The next stage of an invocation that is about to start an automation.
    pub(crate) fn go_on(&self, world: &World, incident: usize, starting: Starting) -> Vec<Went> {
        match starting.stage {
            Stage::TakeTarget => vec![self.take_target(world, incident, starting)],
            Stage::Judge => self.judge_and_write(world, incident, starting),
            Stage::Launch => self.launch(world, incident, starting),
        }
    }

    fn take_target(&self, world: &World, incident: usize, starting: Starting) -> Went {
        let mut next = world.clone();
        let record = next.record_mut(incident, starting.plan);
        let was_started = match record.lease {
            PlanLease::None => false,
            PlanLease::Taken => record.automation.is_listed,
            PlanLease::Recorded | PlanLease::Ended => true,
        };
        if was_started {
            if record.lease == PlanLease::Taken {
                record.record_start();
            }
            return Went::Answered((next, Reply::Started(starting.plan)));
        }
        if self.is_held_by_another(world, incident) {
            return Went::Answered((next, Reply::TargetHeld(starting.plan)));
        }
        next.holder = Some(Holder { incident, is_young: self.bounds.incidents > 1 });
        Went::On(next, Starting { stage: Stage::Judge, ..starting })
    }

    /// Judges on the facts of this moment, then writes the status, the plan's lease and the intent.
    fn judge_and_write(&self, world: &World, incident: usize, starting: Starting) -> Vec<Went> {
        let mut next = world.clone();
        let plan = starting.plan;
        let decision = self.judge(world, incident, plan, starting.asks);
        if decision == Decision::Ask && starting.asks {
            return vec![Went::Answered((next, Reply::Ask(plan)))];
        }
        let own = &mut next.incidents[incident];
        if decision != Decision::Allow || !own.status.may_become(Status::Remediating) {
            return vec![Went::Answered((next, Reply::Refused))];
        }
        let mut went = Vec::new();
        own.status = Status::Remediating;
        went.push(Went::Died(next.clone()));
        let own = &mut next.incidents[incident];
        if !plan.is_undo() {
            own.verification =
                Verification { attempt: starting.attempt, plan: Some(plan), ..Verification::default() };
        }
        let record = next.record_mut(incident, plan);
        if record.lease == PlanLease::None {
            record.lease = PlanLease::Taken;
        }
        went.push(Went::Died(next.clone()));
        next.record_mut(incident, plan).is_intended = !self.has(Defect::EffectBeforeLedger);
        went.push(Went::On(next, Starting { stage: Stage::Launch, ..starting }));
        went
    }

    /// Starts the automation under the plan's client token, and records its id.
    fn launch(&self, world: &World, incident: usize, starting: Starting) -> Vec<Went> {
        let mut next = world.clone();
        let plan = starting.plan;
        let record = next.record_mut(incident, plan);
        if record.automation.status == AutomationStatus::NotStarted {
            record.automation.status = AutomationStatus::Running;
            check_effect(&mut next, incident, starting);
        } else {
            record.automation.is_asked_again = true;
            let is_same = !self.has(Defect::FreshClientToken);
            next.require(is_same, Rule::OneEffectPerPlan);
        }
        let died = Went::Died(next.clone());
        let record = next.record_mut(incident, plan);
        if record.lease == PlanLease::Taken {
            record.record_start();
        }
        vec![died, Went::Answered((next, Reply::Started(plan)))]
    }
}

/// The properties that must hold when an automation is started.
fn check_effect(next: &mut World, incident: usize, starting: Starting) {
    let record = *next.record(incident, starting.plan);
    next.require(record.is_intended, Rule::LedgerBeforeEffect);
    let others = next.incidents.iter().enumerate().filter(|(other, _)| *other != incident);
    let is_alone = !others
        .into_iter()
        .any(|(_, other)| other.has_running_automation() || (other.is_engaged && !other.status.is_end()));
    next.require(is_alone, Rule::OneHandOnTheTarget);
    let is_approved = record.approval == Approval::Approved;
    if starting.plan.is_undo() {
        next.require(is_approved || !starting.asks, Rule::NoActionWithoutPermission);
        next.require(!starting.was_gone, Rule::NoUndoWhileSymptomIsGone);
        let change = next.record(incident, starting.plan.counterpart()).automation.change;
        let is_ours = change.is_some_and(|change| change.revision == next.target.revision);
        next.require(!(is_ours && next.target.is_rolling_out), Rule::NoUndoDuringRollout);
    } else {
        let is_permitted = is_approved || next.setting.is_autonomous;
        next.require(is_permitted, Rule::NoActionWithoutPermission);
        next.incidents[incident].is_engaged = true;
    }
}
