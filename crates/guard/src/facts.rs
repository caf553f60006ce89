//! Defines the facts that the policies decide on.

pub mod actor;
pub mod blast_radius;
pub mod breaker;
pub mod cause;
pub mod environment;
pub mod evidence;
pub mod intent;
pub mod run_outcome;
pub mod symptom_measured;

use std::collections::BTreeMap;

use common::{ActorKind, ChangeCalendar, Mode, Severity, SymptomState};
use serde::{Deserialize, Serialize};

use breaker::Breaker;
use environment::Environment;

/// The facts behind a verdict, under the names that the schema in `infra/policies/nightshift.cedarschema` has.
/// Each is read by the caller right before it asks. A fact that is `None` is unknown, and an unknown fact never
/// lets an action run unattended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "facts that hold or not, each by itself")]
pub struct Facts {
    pub mode: Mode,
    pub confidence_percent: i64,
    #[serde(with = "severity_number")]
    pub severity: Severity,
    pub drill: bool,
    /// The time since the event that opened the incident, whenever it came.
    pub event_age_minutes: u32,
    pub unattended_drills: bool,
    pub incident_open: bool,
    pub symptom: SymptomState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symptom_measured: Option<bool>,
    pub target_seen: bool,
    pub target_in_scope: bool,
    pub structured_evidence: bool,
    pub raised_by_model: bool,
    pub raised_by_untrusted: bool,
    pub precedes_onset: bool,
    pub metrics_read: bool,
    pub reaches_symptom: bool,
    pub alibi: bool,
    pub discriminates: bool,
    pub rival_margin_percent: i64,
    pub tried_before: bool,
    pub actions_on_target: u32,
    pub actions_in_incident: u32,
    /// True for an undo that returns to what was diagnosed as the fault, or that follows a cancellation.
    pub undo_asks: bool,
    pub environment: Environment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources_touched: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_share_percent: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependants: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_open_incidents: Option<u32>,
    pub account_budget_percent: u32,
    pub breaker: Breaker,
    pub same_action_on_target_today: u32,
    pub change_calendar: ChangeCalendar,
    pub changed_by: ActorKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub habit: Option<bool>,
    pub scheduled: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_findings: Option<u32>,
    pub opted_out: bool,
    pub quarantined: bool,
    /// Says to people what is behind a fact, by the fact's name: the history, or why it is unknown. The policies
    /// do not see it.
    #[serde(skip)]
    pub details: BTreeMap<&'static str, String>,
}

impl Facts {
    /// Facts of which none speaks against acting unattended: what tests and policy tables start from.
    pub const fn nothing_against() -> Self {
        Self {
            mode: Mode::Autonomous,
            confidence_percent: 90,
            severity: Severity::Sev3,
            drill: false,
            event_age_minutes: 0,
            unattended_drills: false,
            incident_open: true,
            symptom: SymptomState::Firing,
            symptom_measured: Some(true),
            target_seen: true,
            target_in_scope: true,
            structured_evidence: true,
            raised_by_model: false,
            raised_by_untrusted: false,
            precedes_onset: true,
            metrics_read: true,
            reaches_symptom: true,
            alibi: false,
            discriminates: true,
            rival_margin_percent: 100,
            tried_before: false,
            actions_on_target: 0,
            actions_in_incident: 0,
            undo_asks: false,
            environment: Environment::Production,
            resources_touched: Some(1),
            capacity_share_percent: Some(0),
            dependants: Some(0),
            other_open_incidents: Some(0),
            account_budget_percent: 0,
            breaker: Breaker::Closed,
            same_action_on_target_today: 0,
            change_calendar: ChangeCalendar::Open,
            changed_by: ActorKind::Person,
            habit: Some(false),
            scheduled: false,
            open_findings: Some(0),
            opted_out: false,
            quarantined: false,
            details: BTreeMap::new(),
        }
    }
}

/// The facts in Cedar's types, with what the guard adds by itself.
#[derive(Debug, Serialize)]
struct Context<'a> {
    approved: bool,
    undo: bool,
    #[serde(flatten)]
    facts: &'a Facts,
}

impl Facts {
    /// Returns the context that the policies decide on, as JSON: the facts, and what the guard adds by itself. A fact
    /// that is `None` is absent.
    pub fn context(&self, approved: bool, undo: bool) -> serde_json::Value {
        // A struct of plain values always has a JSON form.
        serde_json::to_value(Context { approved, undo, facts: self }).unwrap_or_default()
    }
}

/// Severity as a number, 1 for the worst, so that policies can compare.
mod severity_number {
    use common::Severity;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    const ALL: [(u8, Severity); 4] =
        [(1, Severity::Sev1), (2, Severity::Sev2), (3, Severity::Sev3), (4, Severity::Sev4)];

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub(super) fn serialize<S: Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
        let number = ALL.iter().find(|(_, one)| one == severity).map_or(1, |(number, _)| *number);
        serializer.serialize_u8(number)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Severity, D::Error> {
        let number = i64::deserialize(deserializer)?;
        let found = ALL.iter().find(|(one, _)| i64::from(*one) == number);
        found.map(|(_, severity)| *severity).ok_or_else(|| D::Error::custom("expected 1, 2, 3 or 4"))
    }
}
