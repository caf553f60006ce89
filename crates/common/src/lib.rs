//! Defines the terms that every part of Nightshift shares: what came in ([`Signal`]), the problem it
//! belongs to ([`Incident`]), what was looked at ([`Evidence`]), what is believed
//! ([`Diagnosis`]), what is meant to be done ([`Plan`]), whether it may be ([`Verdict`]), and the
//! [`audit`] trail of it all. The [`ports`] are what the functions need of the outside, in the same words.
//!
//! Nothing here does I/O, reads a clock or knows AWS's SDK.

mod conclusion;
mod decision;
mod identity;
mod intake;
mod language_model;
mod lifecycle;
mod observed;
mod untrusted;

pub mod autonomy;
pub mod clock;
pub mod error_name;
pub mod port_error;
pub mod ports;
pub mod schedule;

pub use conclusion::{causality, diagnosis, model_opinion, preliminary};
pub use decision::{approval, change_calendar, mode, plan, verdict};
pub use identity::{actor, arn, arn_scope, endpoint, id, own_roles, partition};
pub use intake::{alarm_tier, signal, symptom, webhook_alert};
pub use language_model::{model, money, reasoning};
pub use lifecycle::{
    alarm_evaluation, as_recorded, audit, chain, file_digest, incident, notification, opening, verification,
};
pub use observed::{
    alias_traffic, context_source, evidence, findings, habit, intent, precedent, telemetry, topology,
};
pub use untrusted::{secrets, shell, untrusted_text};

pub use actor::ActorKind;
pub use approval::{Approval, ApprovalDecision};
pub use arn::{Arn, ResourceKind};
pub use audit::AuditEntry;
pub use chain::AuditRecord;
pub use change_calendar::ChangeCalendar;
pub use clock::Clock;
pub use context_source::ContextSource;
pub use diagnosis::{Conclusion, Diagnosis, FailureMode, Hypothesis};
pub use error_name::ErrorName;
pub use evidence::{Evidence, Gap, Observed};
pub use id::{ActionId, EventId, EvidenceId, Fingerprint, IncidentId, PlanHash};
pub use incident::{Incident, Outcome, Purge, Resolution, Status};
pub use mode::Mode;
pub use model_opinion::{ModelHypothesis, ModelOpinion};
pub use money::MicroUsd;
pub use own_roles::OwnRoles;
pub use plan::Plan;
pub use port_error::PortError;
pub use signal::{Severity, Signal, SignalKind, SignalState};
pub use symptom::{Observation, Symptom, SymptomState};
pub use verdict::{Decision, UnmetCondition, Verdict};
pub use webhook_alert::{Vendor, WebhookAlert};

/// SHA-256 of `bytes`, as 64 lower-case hexadecimal digits.
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(bytes))
}
