//! Values that the contract's cases are made of.

use std::collections::BTreeMap;

use common::{
    Approval, ApprovalDecision, Arn, AuditEntry, EventId, Fingerprint, Incident, Outcome, PlanHash,
    Resolution, Severity, Signal, SignalKind, SignalState, Symptom,
    notification::{Delivery, Occasion},
    ports::{EventOutcome, EventRecord, Lease},
};
use jiff::{SignedDuration, Timestamp};

pub(crate) fn at(seconds: i64) -> Timestamp {
    "2026-11-20T03:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

/// A signal about the alarm `problem`, `seconds` after three o'clock.
pub(crate) fn signal(problem: &str, event: &str, seconds: i64) -> Signal {
    Signal {
        event_id: event.parse().unwrap(),
        source: "aws.cloudwatch".into(),
        kind: SignalKind::ALARM_STATE_CHANGE,
        state: SignalState::Firing,
        severity: Severity::Sev2,
        title: format!("Alarm {problem}"),
        resources: vec![
            format!("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{problem}").parse().unwrap(),
        ],
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        application: None,
        occurred_at: at(seconds),
        labels: BTreeMap::from([("reason".into(), String::new())]),
        metric: None,
        symptom: Symptom::Alarm { name: problem.into() },
        fingerprint: Fingerprint::from_parts(&["alarm", problem]),
        drill: false,
        untrusted: vec!["title".into()],
    }
}

pub(crate) fn incident(problem: &str, event: &str) -> Incident {
    Incident::opened_by(signal(problem, event, 0), 1)
}

pub(crate) fn record(event: &EventId, outcome: EventOutcome, incident: Option<&Incident>) -> EventRecord {
    EventRecord {
        event_id: event.clone(),
        outcome,
        incident_id: incident.map(|incident| incident.id),
        recorded_at: at(1),
        reason: None,
        raw: None,
    }
}

pub(crate) fn opened(incident: &Incident) -> EventRecord {
    record(&incident.signal.event_id, EventOutcome::Opened, Some(incident))
}

pub(crate) fn attached(signal: &Signal, incident: &Incident) -> EventRecord {
    record(&signal.event_id, EventOutcome::Attached, Some(incident))
}

pub(crate) fn outcome(reason: &str) -> Outcome {
    Outcome { resolution: Resolution::ByNightshift, reason: reason.into(), ended_at: at(600) }
}

pub(crate) fn plan_hash(text: &str) -> PlanHash {
    common::sha256_hex(text).parse().unwrap()
}

pub(crate) fn target(name: &str) -> Arn {
    format!("arn:aws:ssm:eu-west-1:123456789012:parameter/{name}").parse().unwrap()
}

pub(crate) fn lease(incident: &Incident, plan: &str, name: &str, seconds: i64) -> Lease {
    Lease {
        incident_id: incident.id,
        plan_hash: plan_hash(plan),
        target: target(name),
        acquired_at: at(seconds),
        execution_id: None,
        end: None,
    }
}

pub(crate) fn delivery(incident: &Incident, seconds: i64) -> Delivery {
    Delivery {
        incident_id: incident.id,
        occasion: Occasion::Escalated,
        channel: "sns:alerts".into(),
        message_id: "m-1".into(),
        at: at(seconds),
    }
}

pub(crate) fn approval(incident: &Incident, token: &str) -> Approval {
    Approval {
        incident_id: incident.id,
        plan_hash: plan_hash("plan"),
        requested_at: at(0),
        expires_at: at(3600),
        task_token: token.into(),
        decision: ApprovalDecision::Pending,
    }
}

pub(crate) fn entry(reason: &str) -> AuditEntry {
    AuditEntry::NotificationFailed {
        occasion: Occasion::Escalated,
        channel: "sns:alerts".into(),
        reason: reason.into(),
    }
}
