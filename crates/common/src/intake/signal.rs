//! Defines signals: events in one uniform form.

use std::{borrow::Cow, collections::BTreeMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Arn, EventId, Fingerprint, Symptom};

/// One operational event, in the same words whatever service it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    pub event_id: EventId,
    /// EventBridge's `source`, for example `aws.cloudwatch`; a drill keeps that of the event inside.
    pub source: String,
    pub kind: SignalKind,
    pub state: SignalState,
    pub severity: Severity,
    /// One line for people, made of the event's own words and so not to be trusted.
    pub title: String,
    /// Lists the resources that the event concerns: the alarm, instance, service or deployment group first,
    /// then those that its metrics describe.
    pub resources: Vec<Arn>,
    pub account: String,
    pub region: String,
    /// The application that the event itself names, where it does.
    pub application: Option<String>,
    pub occurred_at: Timestamp,
    /// Facts of the event worth keeping, for example a deployment's id.
    pub labels: BTreeMap<String, String>,
    pub metric: Option<Metric>,
    /// The symptom to observe to know whether the problem is still there.
    pub symptom: Symptom,
    pub fingerprint: Fingerprint,
    /// Sent by `nightshift drill` and not by the service itself, or about an experiment that breaks something on purpose.
    pub drill: bool,
    /// Fields that hold text somebody outside could have written.
    pub untrusted: Vec<String>,
}

/// Names the kind of problem that a signal tells of, for example `ecs_deployment`. The kinds are data of `ingest`; the
/// name is part of the fingerprint, so that changing one makes every open problem a new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignalKind(Cow<'static, str>);

impl SignalKind {
    pub const ALARM_STATE_CHANGE: Self = Self(Cow::Borrowed("alarm_state_change"));
    pub const INSTANCE_STATE_CHANGE: Self = Self(Cow::Borrowed("instance_state_change"));
    pub const ECS_DEPLOYMENT: Self = Self(Cow::Borrowed("ecs_deployment"));
    /// An alert of another monitoring tool.
    pub const WEBHOOK_ALERT: Self = Self(Cow::Borrowed("webhook_alert"));

    pub fn from_name(name: &str) -> Self {
        Self(Cow::Owned(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalState {
    Firing,
    Recovered,
    /// Worth attaching to an open incident, never worth opening one.
    Info,
}

/// `sev1` is the worst. Ordered so that the worst is the smallest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Sev1,
    Sev2,
    Sev3,
    Sev4,
}

impl Severity {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sev1 => "sev1",
            Self::Sev2 => "sev2",
            Self::Sev3 => "sev3",
            Self::Sev4 => "sev4",
        }
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The metric behind an alarm, where it is a single one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    pub namespace: String,
    pub name: String,
    pub dimensions: BTreeMap<String, String>,
    pub statistic: String,
    pub period_seconds: u32,
}
