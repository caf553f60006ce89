//! All that happens without an incident's functions: alarms, automations, rollouts, people, and time.

use crate::{
    bounds::Defect,
    call::{Call, End, PlanName},
    event::{Event, Transition},
    functions::hand_over,
    model::IncidentModel,
    rule::Rule,
    world::{Approval, AutomationStatus, Change, Invocation, Value, World},
};

impl IncidentModel {
    pub(crate) fn environment(&self, world: &World, out: &mut Vec<Transition>) {
        if world.incidents.iter().all(|one| matches!(one.position.call, Call::Ended(_))) {
            self.after_the_end(world, out);
            return;
        }
        target(world, out);
        if is_aging(world) {
            push(world, Event::LeaseIsOneMinuteOld, out, |next| {
                if let Some(holder) = &mut next.holder {
                    holder.is_young = false;
                }
            });
        }
        for incident in 0..self.bounds.incidents {
            alarm(world, incident, out);
            self.rule_on_failed_executions(world, incident, out);
            for plan in PlanName::ALL {
                self.automation(world, incident, plan, out);
                if world.record(incident, plan).approval == Approval::Pending {
                    for approved in [true, false] {
                        push(world, Event::PersonDecides { incident, plan, approved }, out, |next| {
                            next.record_mut(incident, plan).approval =
                                if approved { Approval::Approved } else { Approval::Denied };
                        });
                    }
                }
            }
        }
    }

    /// When no execution runs any more, only two things matter: that the failed ones are told, and that an undo which
    /// is under way still does no harm.
    fn after_the_end(&self, world: &World, out: &mut Vec<Transition>) {
        for incident in 0..self.bounds.incidents {
            self.rule_on_failed_executions(world, incident, out);
            for plan in PlanName::ALL.into_iter().filter(|plan| plan.is_undo()) {
                let automation = world.record(incident, plan).automation;
                let is_to_act = automation.status == AutomationStatus::Running && automation.change.is_none();
                if is_to_act && self.document_checks(world, incident, plan) {
                    push(world, Event::AutomationActs { incident, plan }, out, |next| {
                        self.act(next, incident, plan);
                    });
                }
            }
        }
    }

    /// The rule on failed executions, or the sweep where that event was lost.
    fn rule_on_failed_executions(&self, world: &World, incident: usize, out: &mut Vec<Transition>) {
        let own = &world.incidents[incident];
        let is_unheard = own.position.call == Call::Ended(End::Failed) && !own.is_told;
        if is_unheard && !self.has(Defect::NoRuleOnFailedExecutions) {
            push(world, Event::FailedExecutionIsTold { incident }, out, |next| hand_over(next, incident));
        }
    }

    fn automation(&self, world: &World, incident: usize, plan: PlanName, out: &mut Vec<Transition>) {
        let automation = world.record(incident, plan).automation;
        if automation.status != AutomationStatus::NotStarted && !automation.is_listed {
            push(world, Event::AutomationIsListed { incident, plan }, out, |next| {
                next.record_mut(incident, plan).automation.is_listed = true;
            });
        }
        if automation.status != AutomationStatus::Running {
            return;
        }
        let mut end = |status, is_reported, costs_trouble: bool| {
            push(world, Event::AutomationEnds { incident, plan, status }, out, |next| {
                let automation = &mut next.record_mut(incident, plan).automation;
                automation.status = status;
                automation.is_reported = is_reported;
                next.remaining.troubles -= u8::from(costs_trouble);
            });
        };
        let is_made = automation.change.is_some();
        let is_checked = self.document_checks(world, incident, plan);
        if is_made {
            let is_ours = automation.change.is_some_and(|change| change.revision == world.target.revision);
            if !(is_ours && world.target.is_rolling_out) {
                end(AutomationStatus::Succeeded, true, false);
            }
        } else if !is_checked {
            end(AutomationStatus::Failed, false, false);
        }
        if world.remaining.troubles > 0 {
            end(AutomationStatus::Failed, is_made, true);
            end(AutomationStatus::Cancelled, is_made, true);
            if is_made {
                // It made its change, and died before it could say so.
                end(AutomationStatus::Failed, false, true);
            }
        }
        if !is_made && is_checked {
            push(world, Event::AutomationActs { incident, plan }, out, |next| self.act(next, incident, plan));
        }
    }

    /// What the document asserts before it changes anything: that the target is as it was diagnosed; of an undo, that
    /// it is at the revision which the change left.
    fn document_checks(&self, world: &World, incident: usize, plan: PlanName) -> bool {
        if !plan.is_undo() {
            return world.target.value == Value::Fault;
        }
        if self.has(Defect::UndoWithoutLooking) {
            return world.target.value == Value::Changed(plan.counterpart());
        }
        let undone = world.record(incident, plan.counterpart()).automation.change;
        undone.is_some_and(|change| change.revision == world.target.revision)
    }

    fn act(&self, next: &mut World, incident: usize, plan: PlanName) {
        let before = next.target.value;
        let value = if plan.is_undo() {
            let undone = next.record(incident, plan.counterpart()).automation.change;
            let is_ours = undone.is_some_and(|change| change.revision == next.target.revision);
            next.require(is_ours, Rule::NoUndoOfAnothersState);
            let is_approved = next.record(incident, plan).approval == Approval::Approved;
            let helps = is_ours && next.is_healthy();
            next.require(is_approved || !helps, Rule::NoUndoOfWhatHelps);
            undone.map_or(Value::Fault, |change| change.before)
        } else {
            Value::Changed(plan)
        };
        change_target(next, value, self.bounds.rollouts);
        let revision = next.target.revision;
        next.record_mut(incident, plan).automation.change = Some(Change { before, revision });
    }
}

fn target(world: &World, out: &mut Vec<Transition>) {
    if world.target.is_rolling_out {
        push(world, Event::RolloutEnds, out, |next| next.target.is_rolling_out = false);
    }
    if let Some(people) = world.remaining.people.checked_sub(1) {
        let own = [true, false].map(|is_right| Value::Person { is_right });
        // The third one does by hand just what our first plan does.
        for value in own.into_iter().chain([Value::Changed(PlanName::First)]) {
            push(world, Event::PersonDeploys { value }, out, |next| {
                next.remaining.people = people;
                change_target(next, value, false);
            });
        }
    }
}

/// Invocations end within half a minute, and SSM lists within a minute what it has started.
fn is_aging(world: &World) -> bool {
    let Some(holder) = world.holder.filter(|holder| holder.is_young) else { return false };
    let own = &world.incidents[holder.incident];
    let is_starting = own.stray.is_some() || matches!(own.invocation, Invocation::Starting(_));
    let is_unlisted = own
        .plans
        .iter()
        .any(|plan| plan.automation.status != AutomationStatus::NotStarted && !plan.automation.is_listed);
    !is_starting && !is_unlisted
}

fn alarm(world: &World, incident: usize, out: &mut Vec<Transition>) {
    let own = &world.incidents[incident];
    if own.is_firing == world.is_healthy() && !matches!(own.position.call, Call::Ended(_)) {
        push(world, Event::AlarmFollows { incident }, out, |next| {
            let own = &mut next.incidents[incident];
            own.is_firing = !own.is_firing;
            if own.is_firing {
                own.starting().for_each(|starting| starting.was_gone = false);
            }
        });
    }
}

fn change_target(world: &mut World, value: Value, rolls_out: bool) {
    world.target.value = value;
    world.target.revision += 1;
    world.target.is_rolling_out = rolls_out;
}

fn push(world: &World, event: Event, out: &mut Vec<Transition>, change: impl FnOnce(&mut World)) {
    let mut next = world.clone();
    change(&mut next);
    out.push(Transition { event, next });
}
