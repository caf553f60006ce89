//! Looks at one incident that has not ended, and rescues one that does not move.

use std::time::Duration;

use common::{
    Approval, ApprovalDecision, AuditEntry, Clock, Incident, PortError, Status,
    notification::Occasion,
    ports::{Approvals, CaseFile, Channel, Deliveries, Executions, Incidents, Intake, Leases, Ledger},
};

use super::{
    movement::{self, Movement, Request},
    step::{Step, step},
};
use crate::{Deps, Error, Input, handle, time_limits::with_timeout};

/// An execution that cannot be read in this time is unknown.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// The ports of the sweep, beside those of the messages.
#[derive(Debug, Clone)]
pub struct SweepDeps<S, H, C, X, Q> {
    pub notify: Deps<S, H, C>,
    pub executions: X,
    pub dead_letters: Q,
}

/// The result of a sweep for one incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    Left,
    Started,
    HandedOver,
    Told,
}

/// The findings about an incident that has not ended.
pub(super) struct Found {
    pub(super) step: Step,
    /// When approval was requested, where it is waited for.
    pub(super) requested_at: Option<jiff::Timestamp>,
}

pub(super) async fn look<S, H, C, X, Q>(
    deps: &SweepDeps<S, H, C, X, Q>,
    incident: &Incident,
) -> Result<Found, PortError>
where
    S: Ledger + Approvals + Intake,
    C: Clock,
    X: Executions,
{
    let (store, now) = (&deps.notify.store, deps.notify.clock.now());
    let recorded = store.recorded(&incident.signal.event_id).await?.map(|record| record.recorded_at);
    let moved_at = movement::last_moved(incident, recorded, &store.timeline(incident.id).await?);
    let latest = if incident.status == Status::AwaitingApproval {
        let approvals = store.approvals(incident.id).await?;
        approvals.into_iter().max_by_key(|approval| approval.requested_at)
    } else {
        None
    };
    let request = match &latest {
        Some(Approval { decision: ApprovalDecision::Pending, expires_at, .. }) => {
            Request::Waits { expires_at: *expires_at }
        }
        Some(Approval { decision: ApprovalDecision::Approved { .. }, .. }) => Request::Approved,
        Some(_) | None => Request::None,
    };
    let movement = movement::movement(incident.status, moved_at, request, now);
    let execution = if movement == Movement::Moving {
        None
    } else {
        let read = deps.executions.execution(incident.id);
        with_timeout(READ_TIMEOUT, "DescribeExecution", read)
            .await
            .inspect_err(|error| {
                tracing::warn!(incident.id = %incident.id, %error, "its execution could not be read");
            })
            .ok()
    };
    Ok(Found {
        step: step(incident.status, movement, execution.as_ref()),
        requested_at: latest
            .filter(|approval| approval.decision == ApprovalDecision::Pending)
            .map(|approval| approval.requested_at),
    })
}

pub(super) async fn act<S, H, C, X, Q>(
    deps: &SweepDeps<S, H, C, X, Q>,
    incident: &Incident,
    step: Step,
) -> Result<Done, Error>
where
    S: Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases,
    H: Channel,
    C: Clock,
    X: Executions,
{
    let id = incident.id;
    match step {
        Step::Leave => Ok(Done::Left),
        Step::Start { reason } => {
            let entry = AuditEntry::StartIntended { reason };
            deps.notify.store.append(id, deps.notify.clock.now(), &entry).await?;
            deps.executions.start(id).await?;
            Ok(Done::Started)
        }
        Step::HandOver { reason, status } => {
            let input = Input { status, ..Input::new(Occasion::ExecutionBroken, id).because(reason) };
            handle(&deps.notify, input).await?;
            Ok(Done::HandedOver)
        }
        Step::TellNotMoving { reason } => {
            handle(&deps.notify, Input::new(Occasion::NotMoving, id).because(reason)).await?;
            Ok(Done::Told)
        }
    }
}
