//! Defines the ledger: every verdict, action, approval and notification, recorded before the effect that it announces. The
//! records of an incident are a [`chain`](super::chain); this reads what they say.

pub(super) mod entry;

use super::chain::{self, AuditRecord};
use crate::{IncidentId, PortError, ports::PortErrorKind};

pub use self::entry::{AuditBody, AuditEntry};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Returns the entries of the incident's `records`, in their order.
///
/// # Errors
/// As [`bodies`].
pub fn entries(incident: IncidentId, records: &[AuditRecord]) -> Result<Vec<AuditEntry>, PortError> {
    Ok(bodies(incident, records)?.into_iter().map(|body| body.entry).collect())
}

/// Returns the bodies of the incident's `records`, in their order.
///
/// # Errors
/// A broken chain, or a record that this version cannot read: what it says may be what a decision rests on.
pub fn bodies(incident: IncidentId, records: &[AuditRecord]) -> Result<Vec<AuditBody>, PortError> {
    let invalid = |of: String, why: BoxError| PortError::new(of, PortErrorKind::Invalid, why);
    chain::verify(incident, records)
        .map_err(|broken| invalid(format!("verifying the ledger of incident {incident}"), broken.into()))?;
    let body = |record: &AuditRecord| {
        let of = || format!("reading record {} of incident {incident} in the ledger", record.sequence);
        record.parse_body().map_err(|error| invalid(of(), error.into()))
    };
    records.iter().map(body).collect()
}

/// Returns the bodies of those `records` that this version can read, in their order: for what only tells, and decides
/// nothing.
pub fn readable_bodies(records: &[AuditRecord]) -> impl Iterator<Item = AuditBody> + '_ {
    records.iter().filter_map(|record| record.parse_body().ok())
}
