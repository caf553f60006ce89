//! Fakes the table, in memory: events, incidents, deliveries.

mod action_history;
mod case_file;
mod intake_entries;
mod ledger;
mod purge;
mod reasoning;
mod remediation;
mod returns;
mod sweeps;
mod target_leases;
mod topology;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

use transparency::Batch;

use crate::faults::Faults;
use common::{
    ActionId, Approval, Arn, AuditEntry, AuditRecord, Diagnosis, EventId, Evidence, EvidenceId, Fingerprint,
    Incident, IncidentId, MicroUsd, Outcome, Plan, PlanHash, PortError, Signal, Status,
    audit::readable_bodies,
    notification::{Delivery, Occasion},
    opening::opening_entry,
    ports::{
        ActionRun, Advance, BreakerClosure, CurrentIncident, Deliveries, Digest, EventRecord, Events,
        Incidents, Intake, IntakeWrite, Lease, RejectedEvent, Return, TargetLease,
    },
    precedent::Precedent,
    preliminary::PreliminaryFindings,
    reasoning::ReasoningStep,
    topology::TopologyMap,
    verification::Verification,
};

/// The table, in memory. Clones share it.
#[derive(Debug, Clone)]
pub struct MemoryStore {
    pub(crate) faults: Faults,
    state: Arc<Mutex<Tables>>,
}

#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) events: BTreeMap<EventId, EventRecord>,
    /// The times of further deliveries.
    pub(crate) repeats: BTreeSet<(EventId, Timestamp)>,
    pub(crate) fingerprints: BTreeMap<Fingerprint, IncidentId>,
    pub(crate) incidents: BTreeMap<IncidentId, Incident>,
    pub(crate) evidence: BTreeMap<(IncidentId, EvidenceId), Evidence>,
    pub(crate) diagnoses: BTreeMap<(IncidentId, u32), Diagnosis>,
    pub(crate) preliminary: BTreeMap<IncidentId, PreliminaryFindings>,
    pub(crate) plans: BTreeMap<(IncidentId, PlanHash), Plan>,
    pub(crate) verifications: BTreeMap<(IncidentId, u32), Verification>,
    pub(crate) leases: BTreeMap<(IncidentId, PlanHash), Lease>,
    pub(crate) target_leases: BTreeMap<Arn, TargetLease>,
    pub(crate) rates: Vec<(Arn, Timestamp)>,
    pub(crate) budget_places: BTreeMap<PlanHash, Timestamp>,
    pub(crate) runs: Vec<ActionRun>,
    pub(crate) breaker_closures: BTreeMap<(ActionId, Option<String>), BreakerClosure>,
    pub(crate) approvals: BTreeMap<(IncidentId, PlanHash), Approval>,
    pub(crate) deliveries: BTreeMap<(IncidentId, &'static str), Delivery>,
    /// The records of all incidents in the order in which they were appended.
    pub(crate) ledger: Vec<(IncidentId, AuditRecord)>,
    pub(crate) grown: BTreeMap<IncidentId, u64>,
    /// `None`: for ever.
    pub(crate) records_kept_for: Option<SignedDuration>,
    pub(crate) log: BTreeMap<u64, Batch>,
    /// By incident and by day.
    pub(crate) spent: BTreeMap<String, MicroUsd>,
    /// By application and hour.
    pub(crate) investigated: BTreeMap<String, BTreeSet<IncidentId>>,
    pub(crate) reasoning: Vec<ReasoningStep>,
    pub(crate) precedents: Vec<Precedent>,
    pub(crate) topologies: BTreeMap<String, TopologyMap>,
    pub(crate) unsettled: BTreeSet<IncidentId>,
    pub(crate) recovered: BTreeSet<IncidentId>,
    pub(crate) returns: BTreeMap<Fingerprint, Return>,
    pub(crate) rejected: Vec<RejectedEvent>,
    pub(crate) digest: Option<Digest>,
}

impl MemoryStore {
    pub fn new(faults: &Faults) -> Self {
        Self { faults: faults.clone(), state: Arc::default() }
    }

    pub(crate) fn tables(&self) -> MutexGuard<'_, Tables> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a diagnosis in the place of one, as somebody with access to the table could.
    pub fn replace_diagnosis(&self, diagnosis: &Diagnosis) {
        let key = (diagnosis.incident_id, diagnosis.attempt);
        self.tables().diagnoses.insert(key, diagnosis.clone());
    }

    /// Puts an incident there as it is.
    pub fn insert(&self, incident: Incident) {
        let mut tables = self.tables();
        tables.fingerprints.insert(incident.fingerprint.clone(), incident.id);
        tables.unsettled.insert(incident.id);
        tables.incidents.insert(incident.id, incident);
    }

    /// Puts a plan in the place of another one, as somebody with access to the table could.
    pub fn put_plan_as(&self, hash: &PlanHash, plan: &Plan) {
        self.tables().plans.insert((plan.incident_id, hash.clone()), plan.clone());
    }

    /// Puts evidence there, whatever was there.
    pub fn write_evidence(&self, incident: IncidentId, evidence: &Evidence) {
        self.tables().evidence.insert((incident, evidence.id.clone()), evidence.clone());
    }

    pub fn events(&self) -> Vec<EventRecord> {
        self.tables().events.values().cloned().collect()
    }

    pub fn incidents(&self) -> Vec<Incident> {
        self.tables().incidents.values().cloned().collect()
    }

    pub fn leases(&self) -> Vec<Lease> {
        self.tables().leases.values().cloned().collect()
    }

    /// The entries of the audit trail, oldest first.
    pub fn entries(&self) -> Vec<AuditEntry> {
        let records: Vec<_> = self.tables().ledger.iter().map(|(_, record)| record.clone()).collect();
        readable_bodies(&records).map(|body| body.entry).collect()
    }
}

impl Events for MemoryStore {
    async fn keep(&self, record: &EventRecord) -> Result<(), PortError> {
        self.faults.call("Events::keep", || {
            let mut tables = self.tables();
            if !tables.is_repeat(record) {
                tables.events.insert(record.event_id.clone(), record.clone());
            }
        })
    }

    async fn list_rejected(&self, event: &RejectedEvent) -> Result<(), PortError> {
        self.faults.call("Events::list_rejected", || self.tables().rejected.push(event.clone()))
    }
}

impl Intake for MemoryStore {
    async fn recorded(&self, event: &EventId) -> Result<Option<EventRecord>, PortError> {
        self.faults.call("Intake::recorded", || self.tables().events.get(event).cloned())
    }

    async fn current(&self, fingerprint: &Fingerprint) -> Result<Option<CurrentIncident>, PortError> {
        self.faults.call("Intake::current", || {
            let tables = self.tables();
            let incident = tables.fingerprints.get(fingerprint).and_then(|id| tables.incidents.get(id))?;
            Some(CurrentIncident::from_incident(incident, tables.recovered.contains(&incident.id)))
        })
    }

    async fn open(
        &self,
        incident: &Incident,
        previous: Option<IncidentId>,
        record: &EventRecord,
    ) -> Result<IntakeWrite, PortError> {
        self.faults.call("Intake::open", || {
            let mut tables = self.tables();
            if tables.is_repeat(record) {
                return IntakeWrite::EventKnown;
            }
            if tables.fingerprints.get(&incident.fingerprint).copied() != previous {
                return IntakeWrite::Raced;
            }
            tables.events.insert(record.event_id.clone(), record.clone());
            tables.fingerprints.insert(incident.fingerprint.clone(), incident.id);
            tables.unsettled.insert(incident.id);
            tables.incidents.insert(incident.id, incident.clone());
            tables.append(incident.id, record.recorded_at, &opening_entry(incident));
            IntakeWrite::Done
        })
    }

    async fn attach(
        &self,
        id: IncidentId,
        signal: &Signal,
        record: &EventRecord,
    ) -> Result<IntakeWrite, PortError> {
        self.faults.call("Intake::attach", || {
            let mut tables = self.tables();
            if tables.is_repeat(record) {
                return IntakeWrite::EventKnown;
            }
            let Some(incident) = tables.incidents.get_mut(&id).filter(|incident| !incident.status.is_end())
            else {
                return IntakeWrite::Raced;
            };
            incident.signal_count = incident.signal_count.saturating_add(1);
            incident.attached_severities.insert(signal.severity);
            incident.last_signal_at = incident.last_signal_at.max(signal.occurred_at);
            tables.events.insert(record.event_id.clone(), record.clone());
            IntakeWrite::Done
        })
    }

    async fn remember_recovery(
        &self,
        fingerprint: &Fingerprint,
        incident: CurrentIncident,
    ) -> Result<(), PortError> {
        self.faults.call("Intake::remember_recovery", || {
            let mut tables = self.tables();
            if tables.fingerprints.get(fingerprint) == Some(&incident.id) {
                tables.recovered.insert(incident.id);
            }
        })
    }
}

impl Incidents for MemoryStore {
    async fn incident(&self, id: IncidentId) -> Result<Option<Incident>, PortError> {
        self.faults.call("Incidents::incident", || self.tables().incidents.get(&id).cloned())
    }

    async fn advance(&self, id: IncidentId, to: Status) -> Result<Advance, PortError> {
        self.faults.call("Incidents::advance", || {
            let mut tables = self.tables();
            match tables.incidents.get_mut(&id) {
                Some(incident) if incident.status.may_become(to) => {
                    incident.status = to;
                    Advance::Done
                }
                _ => Advance::Refused,
            }
        })
    }

    async fn end(
        &self,
        id: IncidentId,
        to: Status,
        outcome: &Outcome,
        signals_seen: Option<u32>,
    ) -> Result<Advance, PortError> {
        self.faults.call("Incidents::end", || {
            let mut tables = self.tables();
            let Some(incident) = tables.incidents.get_mut(&id) else { return Advance::Refused };
            let unseen = signals_seen.is_some_and(|seen| seen != incident.signal_count);
            if unseen || !to.sources_of_end(outcome.resolution).contains(&incident.status) {
                return Advance::Refused;
            }
            incident.status = to;
            incident.outcome = Some(outcome.clone());
            Advance::Done
        })
    }

    async fn set_application(&self, id: IncidentId, application: &str) -> Result<(), PortError> {
        self.faults.call("Incidents::set_application", || {
            if let Some(incident) = self.tables().incidents.get_mut(&id) {
                incident.application = Some(application.to_owned());
            }
        })
    }
}

impl Deliveries for MemoryStore {
    async fn delivery(
        &self,
        incident: IncidentId,
        occasion: Occasion,
    ) -> Result<Option<Delivery>, PortError> {
        self.faults.call("Deliveries::delivery", || {
            self.tables().deliveries.get(&(incident, occasion.as_str())).cloned()
        })
    }

    async fn put_delivery(&self, delivery: &Delivery) -> Result<(), PortError> {
        self.faults.call("Deliveries::put_delivery", || {
            let key = (delivery.incident_id, delivery.occasion.as_str());
            self.tables().deliveries.insert(key, delivery.clone());
        })
    }

    async fn settle(&self, incident: IncidentId) -> Result<(), PortError> {
        self.faults.call("Deliveries::settle", || {
            let mut tables = self.tables();
            if tables.incidents.get(&incident).is_some_and(|incident| incident.status.is_end()) {
                tables.unsettled.remove(&incident);
            }
        })
    }
}
