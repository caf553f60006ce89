//! Selects the approval request that the command is about; pure.

use common::{Approval, ApprovalDecision, Incident};
use jiff::Timestamp;

use crate::{arguments::HashPrefix, failure::Failure, output::plain};

pub(super) enum Choice {
    Made(Box<Approval>),
    /// There may be one in a moment; the failure if there is none in the end.
    NotYet(Failure),
    Wrong(Failure),
}

/// With a hash any request may be meant, a decided one too: saying the same again wakes its
/// execution again. Without one only the one that is open.
pub(super) fn choose(
    incident: &Incident,
    approvals: Vec<Approval>,
    plan: Option<&HashPrefix>,
    now: Timestamp,
) -> Choice {
    let known = known(&approvals);
    let meant = |approval: &Approval| match plan {
        Some(plan) => plan.matches_plan(&approval.plan_hash),
        None => approval.is_open(now),
    };
    let mut meant: Vec<Approval> = approvals.into_iter().filter(meant).collect();
    if meant.len() > 1 {
        let hashes: Vec<_> = meant.iter().map(|approval| approval.plan_hash.as_str()).collect();
        return Choice::Wrong(Failure::Input(format!(
            "several plans of incident {} match, choose one with --plan: {}",
            incident.id,
            hashes.join(", ")
        )));
    }
    if let Some(one) = meant.pop() {
        return Choice::Made(Box::new(one));
    }
    let wanted = plan.map_or_else(
        || format!("no plan of incident {} is waiting for approval", incident.id),
        |plan| format!("no plan {} of incident {} was submitted for approval", plan.as_str(), incident.id),
    );
    let status = incident.status.as_str().replace('_', " ");
    let said = format!("{wanted}: the incident is {status}{known}");
    let failure = if plan.is_some() { Failure::Input(said) } else { Failure::Operation(said) };
    if incident.status.is_end() { Choice::Wrong(failure) } else { Choice::NotYet(failure) }
}

fn known(approvals: &[Approval]) -> String {
    let known: Vec<_> = approvals
        .iter()
        .map(|approval| {
            let was = match &approval.decision {
                ApprovalDecision::Approved { by, .. } => format!("was approved by {by}"),
                ApprovalDecision::Denied { by, .. } => format!("was denied by {by}"),
                ApprovalDecision::Pending | ApprovalDecision::Expired { .. } => {
                    format!("can be answered until {}", plain::date_time(approval.expires_at))
                }
            };
            format!("; plan {} {was}", approval.plan_hash.short())
        })
        .collect();
    known.concat()
}

#[cfg(test)]
mod tests {
    use common::{IncidentId, PlanHash, Status};
    use fakes::sample;
    use jiff::SignedDuration;

    use super::*;

    fn approval(digit: &str, decision: ApprovalDecision) -> Approval {
        let plan_hash: PlanHash = format!("{}{}", "a".repeat(8), digit.repeat(56)).parse().unwrap();
        let incident_id: IncidentId = sample::incident().id;
        let expires_at = sample::at().checked_add(SignedDuration::from_hours(1)).unwrap();
        let task_token = "t".to_owned();
        Approval { incident_id, plan_hash, requested_at: sample::at(), expires_at, task_token, decision }
    }

    fn pending(digit: &str) -> Approval {
        approval(digit, ApprovalDecision::Pending)
    }

    fn approved(digit: &str) -> Approval {
        approval(digit, ApprovalDecision::Approved { by: "arn:ada".to_owned(), at: sample::at() })
    }

    fn made(approvals: &[Approval], plan: Option<&str>, status: Status) -> Result<Approval, (bool, Failure)> {
        let incident = Incident { status, ..sample::incident() };
        let plan = plan.map(|plan| plan.parse().unwrap());
        match choose(&incident, approvals.to_vec(), plan.as_ref(), sample::at()) {
            Choice::Made(approval) => Ok(*approval),
            Choice::NotYet(failure) => Err((true, failure)),
            Choice::Wrong(failure) => Err((false, failure)),
        }
    }

    #[test]
    fn choose_without_a_hash_the_only_open_one() {
        let found = made(&[approved("1"), pending("2")], None, Status::AwaitingApproval).unwrap();
        assert_eq!(found, pending("2"));
    }

    #[test]
    fn choose_several_open_ones_lists_them() {
        let (waits, failure) =
            made(&[pending("1"), pending("2")], None, Status::AwaitingApproval).unwrap_err();
        assert!(!waits);
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.to_string().contains(pending("2").plan_hash.as_str()));
        assert!(made(&[pending("1"), pending("2")], Some("aaaaaaaa"), Status::AwaitingApproval).is_err());
    }

    #[test]
    fn choose_by_a_hash_finds_decided_ones_too() {
        let found = made(&[approved("1"), pending("2")], Some("aaaaaaaa1"), Status::Remediating).unwrap();
        assert_eq!(found, approved("1"));
    }

    #[test]
    fn choose_none_yet_is_worth_waiting_for_until_the_incident_has_ended() {
        let (waits, _) = made(&[], None, Status::Diagnosing).unwrap_err();
        assert!(waits);
        let (waits, failure) = made(&[approved("1")], None, Status::Resolved).unwrap_err();
        assert!(!waits);
        assert_eq!(failure.exit_code(), 1);
        assert!(failure.to_string().contains("resolved; plan aaaaaaaa1111 was approved by arn:ada"));
    }

    #[test]
    fn choose_unknown_hash_is_bad_input() {
        let (waits, failure) = made(&[pending("1")], Some("bbbbbbbb"), Status::Escalated).unwrap_err();
        assert!(!waits);
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.to_string().contains("no plan bbbbbbbb"));
    }
}
