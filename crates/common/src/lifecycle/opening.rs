//! Ties what opened an incident to the first record of its chain, by hashes.

use serde::{Deserialize, Serialize};

use crate::{AuditEntry, EventId, Incident, Purge, Signal, sha256_hex};

/// The content of the record that an incident was opened.
///
/// It holds hashes and not the event's own words: a purge can take those away, and the ledger keeps its records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    pub event_id: EventId,
    pub episode: u32,
    /// The hash of the signal that opened it.
    pub signal_digest: String,
    /// The hash of that signal as a purge leaves it.
    pub purged_digest: String,
}

/// Returns the first record of the incident that was opened just now.
pub fn opening_entry(incident: &Incident) -> AuditEntry {
    AuditEntry::Opened(Opened {
        event_id: incident.signal.event_id.clone(),
        episode: incident.episode,
        signal_digest: signal_digest(&incident.signal),
        purged_digest: signal_digest(&purged(incident).signal),
    })
}

/// Returns true if what is stored of the incident's opening is what was recorded of it.
pub fn is_as_opened(opened: &Opened, incident: &Incident) -> bool {
    let expected = if incident.purged.is_some() { &opened.purged_digest } else { &opened.signal_digest };
    let of_signal = Incident::opened_by(incident.signal.clone(), opened.episode);
    signal_digest(&incident.signal) == *expected
        && (incident.id, &incident.fingerprint, incident.episode)
            == (of_signal.id, &of_signal.fingerprint, of_signal.episode)
        && (incident.severity, incident.opened_at) == (of_signal.severity, of_signal.opened_at)
}

/// The same incident as any purge leaves it.
fn purged(incident: &Incident) -> Incident {
    incident.purged(Purge { at: incident.opened_at, by: String::new() })
}

/// Returns the SHA-256 of a signal's JSON.
///
/// A field that a later version adds must not be written where it says nothing: what was stored before it keeps its hash.
fn signal_digest(signal: &Signal) -> String {
    // Plain data always has a JSON form.
    sha256_hex(serde_json::to_vec(signal).unwrap_or_default())
}
