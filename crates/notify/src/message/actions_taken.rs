//! Writes the section on the actions that were taken, with who approved them.

use common::{Approval, ApprovalDecision, Plan, ports::Lease};

use super::text::{at_most, line, name, sentence, time};
use crate::incident_snapshot::IncidentSnapshot;

const MAX_ACTIONS: usize = 10;

pub(super) fn actions_taken(snapshot: &IncidentSnapshot) -> Vec<String> {
    let mut lines: Vec<_> = snapshot.approvals.iter().filter_map(approval).collect();
    match &snapshot.actions {
        None => lines.push("Unknown: the record of actions could not be read.".to_owned()),
        Some(actions) if actions.is_empty() => lines.push("None: nothing was changed.".to_owned()),
        Some(actions) => lines.extend(actions.iter().map(|action| {
            let policy = action.permitted_by.as_deref().map(line).filter(|text| !text.is_empty());
            let policy = policy.map(|text| format!(" Policy: {}", sentence(&text))).unwrap_or_default();
            format!("{}: {}.{policy}", described(action.plan.as_ref(), &action.lease), status(&action.lease))
        })),
    }
    at_most(lines, MAX_ACTIONS)
}

fn approval(approval: &Approval) -> Option<String> {
    let plan = approval.plan_hash.short();
    match &approval.decision {
        ApprovalDecision::Pending => None,
        ApprovalDecision::Approved { by, at } => {
            Some(format!("Plan {plan} was approved by {} at {}.", name(by), time(*at)))
        }
        ApprovalDecision::Denied { by, at } => {
            Some(format!("Plan {plan} was denied by {} at {}.", name(by), time(*at)))
        }
        ApprovalDecision::Expired { at } => {
            Some(format!("Plan {plan} was not approved: nobody answered by {}.", time(*at)))
        }
    }
}

/// Names an action and its target.
pub(super) fn described(plan: Option<&Plan>, lease: &Lease) -> String {
    let target = name(&lease.target);
    match plan {
        Some(plan) if plan.undo_of.is_some() => format!("{} on {target} (undo)", plan.action),
        Some(plan) => format!("{} on {target}", plan.action),
        None => format!("plan {} on {target}", lease.plan_hash.short()),
    }
}

fn status(lease: &Lease) -> String {
    match (&lease.end, &lease.execution_id) {
        (Some(end), _) => format!("ended with status {} at {}", line(&end.status), time(end.at)),
        (None, Some(execution)) => {
            format!(
                "started at {}, no result recorded (automation {})",
                time(lease.acquired_at),
                line(execution)
            )
        }
        (None, None) => format!("planned at {}, no start recorded", time(lease.acquired_at)),
    }
}
