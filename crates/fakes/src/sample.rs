//! Values for tests to start from.
#![allow(clippy::missing_panics_doc, reason = "constants that parse")]

use std::collections::BTreeMap;

use jiff::Timestamp;

use common::{
    Arn, EventId, Fingerprint, Incident, Severity, Signal, SignalKind, SignalState, Symptom, signal::Metric,
};

pub const ACCOUNT: &str = "123456789012";
pub const REGION: &str = "eu-west-1";
pub const APPLICATION: &str = "petshop";

/// When the samples happen.
#[allow(clippy::expect_used, reason = "a constant text")]
pub fn at() -> Timestamp {
    "2026-11-20T03:00:00Z".parse().expect("a timestamp")
}

#[allow(clippy::expect_used, reason = "tests give well-formed texts")]
pub fn event_id(text: &str) -> EventId {
    text.parse().expect("an event id")
}

pub fn arn(service: &str, resource: &str) -> Arn {
    Arn::new(service, REGION, ACCOUNT, resource)
}

/// An alarm `name` on the alias `live` of the function `checkout`, firing.
pub fn alarm_signal(event: &str, name: &str) -> Signal {
    let alarm = arn("cloudwatch", &format!("alarm:{name}"));
    Signal {
        event_id: event_id(event),
        source: "aws.cloudwatch".to_owned(),
        kind: SignalKind::ALARM_STATE_CHANGE,
        state: SignalState::Firing,
        severity: Severity::Sev3,
        title: format!("{name} is in ALARM"),
        resources: vec![alarm.clone(), arn("lambda", "function:checkout:live")],
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        application: None,
        occurred_at: at(),
        labels: BTreeMap::new(),
        metric: None,
        symptom: Symptom::Alarm { name: name.to_owned() },
        fingerprint: Fingerprint::from_parts(&["alarm", ACCOUNT, REGION, &alarm.to_string()]),
        drill: false,
        untrusted: vec!["title".to_owned()],
    }
}

/// The metric that an alarm of `namespace` is on.
pub fn metric(namespace: &str) -> Metric {
    Metric {
        namespace: namespace.to_owned(),
        name: "Errors".to_owned(),
        dimensions: BTreeMap::from([("FunctionName".to_owned(), "checkout".to_owned())]),
        statistic: "Sum".to_owned(),
        period_seconds: 60,
    }
}

pub fn recovered(event: &str, name: &str) -> Signal {
    Signal { state: SignalState::Recovered, ..alarm_signal(event, name) }
}

pub fn incident() -> Incident {
    Incident {
        application: Some(APPLICATION.to_owned()),
        ..Incident::opened_by(alarm_signal("event-1", "checkout-errors"), 1)
    }
}
