//! Defines the facts that the policies decide on.

use common::{Mode, Severity, SymptomState};
use serde::Serialize;

/// The facts behind a verdict, as the schema in `infra/policies/nightshift.cedarschema` has them.
/// Each is read by the caller right before it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "facts that hold or not, each by itself")]
pub struct Facts {
    pub mode: Mode,
    pub confidence_percent: i64,
    pub severity: Severity,
    pub drill: bool,
    pub incident_open: bool,
    pub symptom: SymptomState,
    pub target_seen: bool,
    pub target_in_scope: bool,
    pub structured_evidence: bool,
    pub raised_by_model: bool,
    pub unattended_drills: bool,
    pub tried_before: bool,
    pub actions_on_target: u32,
    pub actions_in_incident: u32,
    /// True for an undo that returns to what was diagnosed as the fault, or that follows a cancellation.
    pub undo_asks: bool,
}

/// The facts in Cedar's types, with what the guard adds by itself.
#[derive(Debug, Serialize)]
#[allow(clippy::struct_excessive_bools, reason = "facts that hold or not, each by itself")]
pub(crate) struct Context {
    pub(crate) mode: &'static str,
    pub(crate) approved: bool,
    pub(crate) undo: bool,
    confidence_percent: i64,
    severity: i64,
    drill: bool,
    incident_open: bool,
    symptom: &'static str,
    target_seen: bool,
    target_in_scope: bool,
    structured_evidence: bool,
    raised_by_model: bool,
    unattended_drills: bool,
    tried_before: bool,
    actions_on_target: u32,
    actions_in_incident: u32,
    undo_asks: bool,
}

impl Facts {
    pub(crate) fn context(&self, approved: bool, undo: bool) -> Context {
        Context {
            mode: self.mode.as_str(),
            approved,
            undo,
            confidence_percent: self.confidence_percent,
            severity: match self.severity {
                Severity::Sev1 => 1,
                Severity::Sev2 => 2,
                Severity::Sev3 => 3,
                Severity::Sev4 => 4,
            },
            drill: self.drill,
            incident_open: self.incident_open,
            symptom: match self.symptom {
                SymptomState::Firing => "firing",
                SymptomState::Recovered => "recovered",
                SymptomState::Unknown => "unknown",
            },
            target_seen: self.target_seen,
            target_in_scope: self.target_in_scope,
            structured_evidence: self.structured_evidence,
            raised_by_model: self.raised_by_model,
            unattended_drills: self.unattended_drills,
            tried_before: self.tried_before,
            actions_on_target: self.actions_on_target,
            actions_in_incident: self.actions_in_incident,
            undo_asks: self.undo_asks,
        }
    }
}
