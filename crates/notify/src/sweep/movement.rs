//! Decides whether an incident moves. Pure.

use common::{AuditRecord, Incident, Status, audit::readable_bodies};
use jiff::{SignedDuration, Timestamp};

/// An incident that has not moved for this long has its execution looked at. The intake tries for at most five
/// minutes to start it.
const QUIET: SignedDuration = SignedDuration::from_mins(10);
/// Tries of the diagnosis (305 s each), and the longest wait for CloudTrail (900 s).
const DIAGNOSING: SignedDuration = SignedDuration::from_mins(45);
/// An automation's own time limit, twice: another incident may hold the target first.
const REMEDIATING: SignedDuration = SignedDuration::from_hours(2);
/// A verification waits for its alarm's window, eight hours at most, with checks in between.
const VERIFYING: SignedDuration = SignedDuration::from_hours(9);
/// The execution expires a request for approval by itself, within seconds.
const AFTER_EXPIRY: SignedDuration = SignedDuration::from_mins(10);

/// Whether an incident moves, by the time since its last step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Movement {
    Moving,
    /// Nothing happened for a while, which its status may take.
    Quiet,
    /// Nothing happened for longer than its status takes.
    Overdue {
        since: Timestamp,
    },
}

/// The latest request for approval of an incident that awaits one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    /// One is about to be recorded, or was refused.
    None,
    Waits {
        expires_at: Timestamp,
    },
    /// The action has its approval, and waits for its target or for what is under way on it.
    Approved,
}

/// Returns when the incident last moved: the latest record of a step of it. `recorded_at` is when
/// its opening event was recorded; the event itself may be older, for example when it was redriven.
pub(crate) fn last_moved(
    incident: &Incident,
    recorded_at: Option<Timestamp>,
    timeline: &[AuditRecord],
) -> Timestamp {
    let steps = readable_bodies(timeline).filter(|body| body.entry.is_step()).map(|body| body.at);
    steps.chain(recorded_at).max().unwrap_or(incident.opened_at)
}

/// Judges an incident that has not ended.
pub(crate) fn movement(status: Status, moved_at: Timestamp, request: Request, now: Timestamp) -> Movement {
    let quiet = |limit: SignedDuration| now.duration_since(moved_at) >= limit;
    let overdue = match status {
        Status::Open => quiet(QUIET),
        Status::Diagnosing => quiet(DIAGNOSING),
        Status::AwaitingApproval => match request {
            Request::None => quiet(QUIET),
            Request::Waits { expires_at } => now.duration_since(expires_at) >= AFTER_EXPIRY,
            Request::Approved => quiet(REMEDIATING),
        },
        Status::Remediating => quiet(REMEDIATING),
        Status::Verifying => quiet(VERIFYING),
        Status::Resolved | Status::Escalated => false,
    };
    match (overdue, quiet(QUIET)) {
        (true, _) => Movement::Overdue { since: moved_at },
        (false, true) => Movement::Quiet,
        (false, false) => Movement::Moving,
    }
}

#[cfg(test)]
mod tests {
    use common::{AuditEntry, audit::AuditBody, notification::Occasion};
    use fakes::sample;

    use super::*;

    fn after(minutes: i64) -> Timestamp {
        sample::at() + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn movement_table() {
        let overdue = Movement::Overdue { since: sample::at() };
        let waits = Request::Waits { expires_at: after(720) };
        for (status, request, minutes, expected) in [
            (Status::Open, Request::None, 9, Movement::Moving),
            (Status::Open, Request::None, 10, overdue),
            (Status::Diagnosing, Request::None, 44, Movement::Quiet),
            (Status::Diagnosing, Request::None, 45, overdue),
            (Status::AwaitingApproval, waits, 719, Movement::Quiet),
            (Status::AwaitingApproval, waits, 729, Movement::Quiet),
            (Status::AwaitingApproval, waits, 730, overdue),
            (Status::AwaitingApproval, Request::None, 9, Movement::Moving),
            (Status::AwaitingApproval, Request::None, 10, overdue),
            // It waits for another incident, or for a rollout, and that is not stuck.
            (Status::AwaitingApproval, Request::Approved, 119, Movement::Quiet),
            (Status::AwaitingApproval, Request::Approved, 120, overdue),
            (Status::Remediating, Request::None, 119, Movement::Quiet),
            (Status::Remediating, Request::None, 120, overdue),
            (Status::Verifying, Request::None, 539, Movement::Quiet),
            (Status::Verifying, Request::None, 540, overdue),
        ] {
            let found = movement(status, sample::at(), request, after(minutes));
            assert_eq!(found, expected, "{status:?} {request:?} after {minutes} min");
        }
    }

    #[test]
    fn movement_every_status_that_has_not_ended_is_overdue_some_day() {
        for status in Status::ALL.into_iter().filter(|status| !status.is_end()) {
            for request in [Request::None, Request::Waits { expires_at: after(720) }, Request::Approved] {
                let found = movement(status, sample::at(), request, after(24 * 60));
                assert_eq!(found, Movement::Overdue { since: sample::at() }, "{status:?}");
            }
        }
    }

    fn record(minutes: i64, entry: AuditEntry) -> AuditRecord {
        let body =
            AuditBody { at: after(minutes), incident_id: sample::incident().id, entry, kept_until: None };
        AuditRecord::following(None, &body)
    }

    #[test]
    fn last_moved_is_the_latest_step_and_no_message_or_breaker() {
        let incident = sample::incident();
        let step = AuditEntry::StartIntended { reason: "never started".into() };
        let message = AuditEntry::NotificationDelivered {
            occasion: Occasion::NotMoving,
            channel: "sns".into(),
            message_id: "1".into(),
        };
        assert_eq!(last_moved(&incident, None, &[]), incident.opened_at);
        assert_eq!(last_moved(&incident, Some(after(90)), &[]), after(90));
        let breaker = AuditEntry::BreakerCloseIntended {
            action: "start-instance".parse().unwrap(),
            application: None,
            by: "arn:aws:iam::123456789012:user/ada".into(),
            reason: "the image is repaired".into(),
        };
        let timeline = [record(5, step), record(50, message), record(55, breaker)];
        assert_eq!(last_moved(&incident, Some(after(1)), &timeline), after(5));
    }
}
