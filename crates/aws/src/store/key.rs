//! The table's design: where each thing is kept.
//!
//! | partition `pk` | sort `sk` | what |
//! | --- | --- | --- |
//! | `EVENT#<event id>` | `EVENT` | what an event ended as |
//! | `FINGERPRINT#<fingerprint>` | `CURRENT` | the latest incident with it |
//! | `INCIDENT#<id>` | `INCIDENT` | the incident |
//! | | `EVIDENCE#<id>`, `DIAGNOSIS#<attempt>`, `PLAN#<hash>`, `VERIFICATION#<attempt>` | its file |
//! | | `LEASE#<hash>`, `APPROVAL#<hash>`, `DELIVERY#<occasion>` | its effects |
//! | | `TIMELINE#<sequence>` | its records of the ledger |
//! | `TARGET#<arn>` | `<time>#<hash>` | a lease taken on it, for two days |
//! | `TOPOLOGY#<application>` | `MAP` | who depends on whom in it, for a week |
//! | `AUDIT` | `<sequence>`, `HEAD` | the ledger |
//!
//! The index [`BY_OPENED_AT`] lists incidents: partition `listing`, sort `opened_at`.

use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use common::{Arn, EventId, EvidenceId, Fingerprint, IncidentId, PlanHash, notification::Occasion};
use jiff::Timestamp;

use super::item::Item;
use crate::time::sortable;

pub(super) const BY_OPENED_AT: &str = "by-opened-at";
/// The value of `listing` on every incident.
pub(super) const LISTING: &str = "incident";
pub(super) const AUDIT: &str = "AUDIT";

/// Where one item is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pk: String,
    sk: String,
}

impl Key {
    fn of_incident(id: IncidentId, sk: String) -> Self {
        Self { pk: incident_partition(id), sk }
    }

    pub(super) fn event(id: &EventId) -> Self {
        Self { pk: format!("EVENT#{id}"), sk: "EVENT".to_owned() }
    }

    pub(super) fn fingerprint(fingerprint: &Fingerprint) -> Self {
        Self { pk: format!("FINGERPRINT#{fingerprint}"), sk: "CURRENT".to_owned() }
    }

    pub(super) fn incident(id: IncidentId) -> Self {
        Self::of_incident(id, "INCIDENT".to_owned())
    }

    pub(super) fn evidence(id: IncidentId, evidence: &EvidenceId) -> Self {
        Self::of_incident(id, format!("{EVIDENCE}{evidence}"))
    }

    pub(super) fn diagnosis(id: IncidentId, attempt: u32) -> Self {
        Self::of_incident(id, format!("DIAGNOSIS#{attempt:02}"))
    }

    pub(super) fn plan(id: IncidentId, hash: &PlanHash) -> Self {
        Self::of_incident(id, format!("PLAN#{hash}"))
    }

    pub(super) fn verification(id: IncidentId, attempt: u32) -> Self {
        Self::of_incident(id, format!("VERIFICATION#{attempt:02}"))
    }

    pub(super) fn lease(id: IncidentId, hash: &PlanHash) -> Self {
        Self::of_incident(id, format!("{LEASE}{hash}"))
    }

    pub(super) fn approval(id: IncidentId, hash: &PlanHash) -> Self {
        Self::of_incident(id, format!("{APPROVAL}{hash}"))
    }

    pub(super) fn delivery(id: IncidentId, occasion: Occasion) -> Self {
        Self::of_incident(id, format!("DELIVERY#{}", occasion.as_str()))
    }

    pub(super) fn timeline(id: IncidentId, sequence: u64) -> Self {
        Self::of_incident(id, format!("{TIMELINE}{}", sequence_text(sequence)))
    }

    pub(super) fn taken(target: &Arn, at: Timestamp, hash: &PlanHash) -> Self {
        Self { pk: target_partition(target), sk: format!("{}#{hash}", sortable(at)) }
    }

    pub(super) fn topology(application: &str) -> Self {
        Self { pk: format!("TOPOLOGY#{application}"), sk: "MAP".to_owned() }
    }

    pub(super) fn audit(sequence: u64) -> Self {
        Self { pk: AUDIT.to_owned(), sk: sequence_text(sequence) }
    }

    pub(super) fn audit_head() -> Self {
        Self { pk: AUDIT.to_owned(), sk: "HEAD".to_owned() }
    }

    pub(super) fn to_attributes(&self) -> Item {
        Item::from([
            ("pk".to_owned(), AttributeValue::S(self.pk.clone())),
            ("sk".to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.pk, self.sk)
    }
}

pub(super) const EVIDENCE: &str = "EVIDENCE#";
pub(super) const LEASE: &str = "LEASE#";
pub(super) const APPROVAL: &str = "APPROVAL#";
pub(super) const TIMELINE: &str = "TIMELINE#";

pub(super) fn incident_partition(id: IncidentId) -> String {
    format!("INCIDENT#{id}")
}

pub(super) fn target_partition(target: &Arn) -> String {
    format!("TARGET#{target}")
}

/// Twelve digits, so that the order of texts is the order of numbers; `HEAD` comes after them.
pub(super) fn sequence_text(sequence: u64) -> String {
    format!("{sequence:012}")
}
