//! Defines the ports of the table: events, incidents, their files, and the ledger.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::PortError;
use crate::{
    AuditEntry, AuditRecord, Diagnosis, EventId, Evidence, Fingerprint, Incident, IncidentId, Outcome, Plan,
    PlanHash, Purge, Resolution, Severity, Signal, Status,
    notification::{Delivery, Occasion},
    preliminary::PreliminaryFindings,
    verification::Verification,
};

/// The outcome of an event: exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventOutcome {
    Opened,
    Attached,
    Recovered,
    Suppressed,
    Ignored,
    Rejected,
}

/// The record of one event, by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventRecord {
    pub event_id: EventId,
    pub outcome: EventOutcome,
    pub incident_id: Option<IncidentId>,
    pub recorded_at: Timestamp,
    /// Why it was ignored or rejected.
    pub reason: Option<String>,
    /// The whole event as it came, where it became no signal.
    pub raw: Option<String>,
}

/// A rejected event of a family that Nightshift should have understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RejectedEvent {
    pub event_id: EventId,
    /// The source and detail type, for example `aws.ecs, ECS Deployment State Change`.
    pub family: String,
    pub reason: String,
    pub at: Timestamp,
}

/// Stores events that became no signal.
pub trait Events {
    /// Stores the record unless the event has one already.
    async fn keep(&self, record: &EventRecord) -> Result<(), PortError>;

    /// Lists a rejected event, so that a person is told.
    async fn list_rejected(&self, event: &RejectedEvent) -> Result<(), PortError>;
}

/// Decides which incident a signal belongs to, atomically with recording its event.
pub trait Intake {
    async fn recorded(&self, event: &EventId) -> Result<Option<EventRecord>, PortError>;

    /// Returns the latest incident with this fingerprint, read consistently.
    async fn current(&self, fingerprint: &Fingerprint) -> Result<Option<CurrentIncident>, PortError>;

    /// Opens `incident` as the one after `previous` (the latest known with its fingerprint), with the first record of its
    /// chain in the ledger.
    async fn open(
        &self,
        incident: &Incident,
        previous: Option<IncidentId>,
        record: &EventRecord,
    ) -> Result<IntakeWrite, PortError>;

    /// Attaches `signal` to an incident that has not ended.
    async fn attach(
        &self,
        incident: IncidentId,
        signal: &Signal,
        record: &EventRecord,
    ) -> Result<IntakeWrite, PortError>;

    /// Remembers that the problem of `incident`, the latest one with this fingerprint, has recovered since it was opened.
    /// Does nothing where another incident is the latest by now.
    async fn remember_recovery(
        &self,
        fingerprint: &Fingerprint,
        incident: CurrentIncident,
    ) -> Result<(), PortError>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrentIncident {
    pub id: IncidentId,
    pub episode: u32,
    /// `None` where it has ended, also where it has expired since.
    pub open: Option<OpenIncident>,
    /// `None` where it has not ended, or has expired since.
    pub ended: Option<EndedIncident>,
    /// True where a recovery was reported after it was opened.
    pub recovered: bool,
}

impl CurrentIncident {
    pub fn from_incident(incident: &Incident, recovered: bool) -> Self {
        Self {
            id: incident.id,
            episode: incident.episode,
            open: OpenIncident::from_incident(incident),
            ended: EndedIncident::from_incident(incident),
            recovered,
        }
    }
}

/// The part of an ended incident that intake decides by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndedIncident {
    pub at: Timestamp,
    pub severity: Severity,
    /// True where it was handed over to a person.
    pub handed_over: bool,
    /// True where a person closed it, for which nobody looks at the symptom.
    pub closed_by_person: bool,
}

impl EndedIncident {
    /// Returns `None` for an incident that is open.
    pub fn from_incident(incident: &Incident) -> Option<Self> {
        let outcome = incident.outcome.as_ref().filter(|_| incident.status.is_end())?;
        Some(Self {
            at: outcome.ended_at,
            severity: incident.worst_severity(),
            handed_over: incident.status == Status::Escalated,
            closed_by_person: outcome.resolution == Resolution::Closed,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenIncident {
    pub status: Status,
    pub opened_at: Timestamp,
}

impl OpenIncident {
    /// Returns `None` for an incident that has ended.
    pub fn from_incident(incident: &Incident) -> Option<Self> {
        let Incident { status, opened_at, .. } = *incident;
        (!status.is_end()).then_some(Self { status, opened_at })
    }
}

/// The result of opening an incident or attaching a signal to one, in one conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntakeWrite {
    Done,
    /// The event had been recorded before; nothing was written.
    EventKnown,
    /// Somebody else was faster with this fingerprint or incident; nothing was written.
    Raced,
}

pub trait Incidents {
    async fn incident(&self, id: IncidentId) -> Result<Option<Incident>, PortError>;

    /// Moves the status along a written transition, conditionally.
    async fn advance(&self, id: IncidentId, to: Status) -> Result<Advance, PortError>;

    /// Ends the incident, provided that it has not more signals than `signals_seen` (where given).
    async fn end(
        &self,
        id: IncidentId,
        to: Status,
        outcome: &Outcome,
        signals_seen: Option<u32>,
    ) -> Result<Advance, PortError>;

    async fn set_application(&self, id: IncidentId, application: &str) -> Result<(), PortError>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advance {
    Done,
    /// The transition is not a written one from where the incident is, or a signal came in between.
    Refused,
}

/// An incident's file: evidence, diagnoses, plans and verifications.
pub trait CaseFile {
    /// Stores the evidence unless there is some with its id: the same command that showed the same.
    async fn put_evidence(&self, incident: IncidentId, evidence: &Evidence) -> Result<(), PortError>;
    async fn evidence(&self, incident: IncidentId) -> Result<Vec<Evidence>, PortError>;
    /// Stores the diagnosis unless there is one of this attempt, which a record in the ledger may name by its hash: what is
    /// there afterwards is the one that counts.
    async fn put_diagnosis(&self, diagnosis: &Diagnosis) -> Result<(), PortError>;
    async fn diagnosis(&self, incident: IncidentId, attempt: u32) -> Result<Option<Diagnosis>, PortError>;
    /// Stores what is known before the diagnosis is made, in place of what was known before.
    async fn put_preliminary(&self, findings: &PreliminaryFindings) -> Result<(), PortError>;
    async fn preliminary(&self, incident: IncidentId) -> Result<Option<PreliminaryFindings>, PortError>;
    async fn put_plan(&self, plan: &Plan) -> Result<(), PortError>;
    async fn plan(&self, incident: IncidentId, hash: &PlanHash) -> Result<Option<Plan>, PortError>;
    async fn put_verification(&self, incident: IncidentId, state: &Verification) -> Result<(), PortError>;
    async fn verification(
        &self,
        incident: IncidentId,
        attempt: u32,
    ) -> Result<Option<Verification>, PortError>;
}

/// Deletes what is personal or large of incidents that have ended. The ledger stays.
pub trait Purges {
    /// Returns the number of items that [`purge`](Self::purge) would delete.
    async fn purgeable(&self, incident: &Incident) -> Result<usize, PortError>;

    /// Deletes evidence, diagnoses, the dialogue with models, verifications and what later incidents would learn from
    /// it, then marks the incident, which loses the event's own words, and returns it. Repeating it deletes what is
    /// left; the first mark stays. An incident that has not ended is refused as not found.
    async fn purge(&self, incident: &Incident, purge: &Purge) -> Result<Incident, PortError>;
}

/// The audit trail: a chain of records an incident.
pub trait Ledger {
    /// Appends a record to the incident's chain. Until it returns, the effect that it announces must not happen.
    async fn append(
        &self,
        incident: IncidentId,
        at: Timestamp,
        entry: &AuditEntry,
    ) -> Result<AuditRecord, PortError>;

    /// Returns the incident's records in order, unverified: [`bodies`](crate::audit::bodies) verifies what a decision rests
    /// on.
    async fn timeline(&self, incident: IncidentId) -> Result<Vec<AuditRecord>, PortError>;

    /// Returns the head of the log over all chains as `<leaves>:<root>`, for people to keep; `None` while there is none.
    async fn checkpoint(&self) -> Result<Option<String>, PortError>;
}

/// Stores which messages were accepted by a channel.
pub trait Deliveries {
    async fn delivery(&self, incident: IncidentId, occasion: Occasion)
    -> Result<Option<Delivery>, PortError>;
    async fn put_delivery(&self, delivery: &Delivery) -> Result<(), PortError>;

    /// Marks an incident that has ended as told, after which a sweep no longer looks at it. One that has not
    /// ended stays as it is.
    async fn settle(&self, incident: IncidentId) -> Result<(), PortError>;
}

/// Lists what must not fall silent: incidents that have not ended or whose end nobody was told, and rejected events.
pub trait Sweeps {
    /// Returns the incidents that are not settled, oldest first, without reading them: one that cannot be read is listed
    /// too. One that was settled a moment ago may still be listed.
    async fn unsettled(&self) -> Result<Vec<IncidentId>, PortError>;

    /// Returns the rejected events of known families after `after` and up to `now`, oldest first.
    async fn rejected_since(&self, after: Timestamp, now: Timestamp)
    -> Result<Vec<RejectedEvent>, PortError>;

    async fn last_digest(&self) -> Result<Option<Digest>, PortError>;
    async fn put_digest(&self, digest: &Digest) -> Result<(), PortError>;
}

/// The record of what the last digest told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digest {
    /// The last message; `None` where nothing had to be told yet.
    pub told_at: Option<Timestamp>,
    /// Rejected events up to here were told.
    pub rejected_through: Timestamp,
    /// Since when dead letters have been waiting, as far as the sweeps saw them.
    pub dead_letters_since: Option<Timestamp>,
}
