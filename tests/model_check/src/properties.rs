//! What always holds, and what is reached at least once, so that a rule does not hold only because nothing happens.

use common::Status;
use stateright::Property;

use crate::{
    call::{Call, End, PlanName},
    model::IncidentModel,
    rule::Rule,
    world::{Approval, AutomationStatus, Incident, PlanRecord, Value, World},
};

macro_rules! rules {
    ($($name:literal: $rule:ident),* $(,)?) => {
        [$(Property::always($name, |_: &IncidentModel, world: &World| !world.broken.has(Rule::$rule))),*]
    };
}

macro_rules! reached {
    ($($name:literal: $condition:expr),* $(,)?) => {
        [$(Property::sometimes($name, |_: &IncidentModel, world: &World| $condition(world))),*]
    };
}

pub(crate) fn properties() -> Vec<Property<IncidentModel>> {
    let rules = rules! {
        "at most one effect per plan": OneEffectPerPlan,
        "one hand on the target at a time": OneHandOnTheTarget,
        "no undo of another's state": NoUndoOfAnothersState,
        "no undo while the symptom is gone": NoUndoWhileSymptomIsGone,
        "no undo while our change rolls out": NoUndoDuringRollout,
        "no unattended undo of what helps": NoUndoOfWhatHelps,
        "no automation without permission": NoActionWithoutPermission,
        "the ledger before the effect": LedgerBeforeEffect,
        "every end is told": NoSilentEnd,
        "every escalation says why": EscalationSaysWhy,
        "resolved means that the symptom is gone": ResolvedMeansGone,
    };
    let reached = reached! {
        "resolved by our action": |world: &World| {
            incidents(world).any(|one| one.status == Status::Resolved && has_acted(one))
        },
        "escalated": |world: &World| {
            incidents(world).any(|one| {
                one.status == Status::Escalated && one.position.call == Call::Ended(End::Succeeded)
            })
        },
        "an undo is made unattended": |world: &World| {
            plans(world).any(|(plan, record)| is_undone(plan, record) && record.approval == Approval::None)
        },
        "an undo is made that a person approved": |world: &World| {
            plans(world).any(|(plan, record)| is_undone(plan, record) && record.approval == Approval::Approved)
        },
        "an incident waits for the target": |world: &World| {
            incidents(world).any(|one| one.position.call == Call::CheckTarget)
        },
        "an incident recovers by the other one's action": |world: &World| {
            incidents(world).all(|one| one.status == Status::Resolved)
                && incidents(world).filter(|one| has_acted(one)).count() == 1
        },
        "the lease of an ended incident is taken over": |world: &World| {
            world.holder.is_some_and(|holder| {
                world.incidents.iter().enumerate().any(|(incident, one)| {
                    incident != holder.incident && has_acted(one) && one.status == Status::Escalated
                })
            })
        },
        "an approval arrives when its time is over": |world: &World| {
            plans(world).any(|(_, record)| record.approval == Approval::Approved)
                && incidents(world).any(|one| matches!(one.position.call, Call::ExpireApproval { .. }))
        },
        "an automation is cancelled after its change": |world: &World| {
            plans(world).any(|(_, record)| {
                record.automation.status == AutomationStatus::Cancelled && record.automation.change.is_some()
            })
        },
        "an automation is asked for twice": |world: &World| {
            plans(world).any(|(_, record)| record.automation.is_asked_again)
        },
        "an undo meets another hand": |world: &World| {
            matches!(world.target.value, Value::Person { .. })
                && incidents(world).any(|one| matches!(one.position.call, Call::Undo { .. }))
        },
        "an undo meets a rollout": |world: &World| {
            world.target.is_rolling_out
                && incidents(world).any(|one| {
                    matches!(one.position.call, Call::Undo { .. }) && !one.has_running_automation()
                })
        },
        "a failed execution is told": |world: &World| {
            incidents(world).any(|one| {
                one.position.call == Call::Ended(End::Failed) && one.is_told && one.status == Status::Escalated
            })
        },
    };
    rules.into_iter().chain(reached).collect()
}

fn incidents(world: &World) -> impl Iterator<Item = &Incident> {
    world.incidents.iter()
}

fn plans(world: &World) -> impl Iterator<Item = (PlanName, &PlanRecord)> {
    incidents(world).flat_map(|one| PlanName::ALL.into_iter().zip(&one.plans))
}

fn has_acted(incident: &Incident) -> bool {
    incident.plans.iter().any(|plan| plan.automation.change.is_some())
}

fn is_undone(plan: PlanName, record: &PlanRecord) -> bool {
    plan.is_undo() && record.automation.change.is_some()
}
