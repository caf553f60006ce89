//! The words that every part of Nightshift shares: what came in ([`Signal`]), the problem it
//! belongs to ([`Incident`]), what was looked at ([`Evidence`]), what is believed
//! ([`Diagnosis`]), what is meant to be done ([`Plan`]), whether it may be ([`Verdict`]), and the
//! [`audit`] trail of it all. The [`ports`] are what the functions need of the outside, in the same words.
//!
//! Nothing here does I/O, reads a clock or knows AWS's SDK.

pub mod approval;
pub mod arn;
pub mod audit;
pub mod autonomy;
pub mod clock;
pub mod diagnosis;
pub mod error_name;
pub mod evidence;
pub mod findings;
pub mod id;
pub mod incident;
pub mod mode;
pub mod model;
pub mod model_opinion;
pub mod money;
pub mod notification;
pub mod own_roles;
pub mod plan;
pub mod ports;
pub mod precedent;
pub mod provider;
pub mod reasoning;
pub mod secrets;
pub mod signal;
pub mod symptom;
pub mod telemetry;
pub mod topology;
pub mod untrusted_text;
pub mod verdict;
pub mod verification;

pub use approval::{Approval, ApprovalDecision};
pub use arn::{Arn, ResourceKind};
pub use audit::{AuditEntry, AuditRecord};
pub use clock::Clock;
pub use diagnosis::{Conclusion, Diagnosis, FailureMode, Hypothesis};
pub use error_name::ErrorName;
pub use evidence::{Evidence, Gap, Observed};
pub use id::{ActionId, EventId, EvidenceId, Fingerprint, IncidentId, PlanHash};
pub use incident::{Incident, Outcome, Resolution, Status};
pub use mode::Mode;
pub use model_opinion::{ModelHypothesis, ModelOpinion};
pub use money::MicroUsd;
pub use own_roles::OwnRoles;
pub use plan::Plan;
pub use ports::PortError;
pub use provider::Provider;
pub use signal::{Severity, Signal, SignalKind, SignalState};
pub use symptom::{Observation, Symptom, SymptomState};
pub use verdict::{Decision, Verdict};

/// SHA-256 of `bytes`, as 64 lower-case hexadecimal digits.
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(bytes))
}
