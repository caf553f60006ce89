//! Fakes the ledger: the chains, and the log over all of them.

use common::{AuditEntry, AuditRecord, IncidentId, PortError, audit::AuditBody, ports::Ledger};
use jiff::{SignedDuration, Timestamp};
use transparency::{Batch, GrownChain, ports::LogStore};

use super::{MemoryStore, Tables};

impl Ledger for MemoryStore {
    async fn append(
        &self,
        incident: IncidentId,
        at: Timestamp,
        entry: &AuditEntry,
    ) -> Result<AuditRecord, PortError> {
        self.faults.call("Ledger::append", || self.tables().append(incident, at, entry))
    }

    async fn timeline(&self, incident: IncidentId) -> Result<Vec<AuditRecord>, PortError> {
        self.faults.call("Ledger::timeline", || {
            let tables = self.tables();
            let of_incident = tables.ledger.iter().filter(|(of, _)| *of == incident);
            of_incident.map(|(_, record)| record.clone()).collect()
        })
    }

    async fn checkpoint(&self) -> Result<Option<String>, PortError> {
        self.faults.call("Ledger::checkpoint", || {
            self.tables().log.values().next_back().map(|batch| batch.frontier.head())
        })
    }
}

impl Tables {
    /// Appends a record to the incident's chain, and marks the chain as grown.
    pub(super) fn append(&mut self, incident: IncidentId, at: Timestamp, entry: &AuditEntry) -> AuditRecord {
        let body = AuditBody {
            at,
            incident_id: incident,
            entry: entry.clone(),
            kept_until: self.records_kept_for.map(|time| at + time),
        };
        let last = self.ledger.iter().rfind(|(of, _)| *of == incident).map(|(_, record)| record);
        let record = AuditRecord::following(last, &body);
        let mark = self.grown.entry(incident).or_insert(record.sequence);
        *mark = record.sequence.max(*mark);
        self.ledger.push((incident, record.clone()));
        record
    }
}

impl MemoryStore {
    /// Has records say that they are kept for this time, and no longer for ever.
    #[must_use]
    pub fn with_records_kept_for(self, time: SignedDuration) -> Self {
        self.tables().records_kept_for = Some(time);
        self
    }

    /// Edits the incident's first record, as somebody with access to the table could.
    pub fn edit_record(&self, incident: IncidentId, edit: impl FnOnce(&mut AuditRecord)) {
        if let Some((_, record)) = self.tables().ledger.iter_mut().find(|(of, _)| *of == incident) {
            edit(record);
        }
    }

    /// Becomes as `other` is: the records, the log and the marks.
    pub fn become_like(&self, other: &Self) {
        let (ledger, grown, log) = {
            let other = other.tables();
            (other.ledger.clone(), other.grown.clone(), other.log.clone())
        };
        let mut tables = self.tables();
        (tables.ledger, tables.grown, tables.log) = (ledger, grown, log);
    }

    /// Writes a batch, whatever was there.
    pub fn write_batch(&self, batch: Batch) {
        self.tables().log.insert(batch.first, batch);
    }
}

impl LogStore for MemoryStore {
    async fn grown(&self) -> Result<Vec<GrownChain>, PortError> {
        self.faults.call("LogStore::grown", || {
            let tables = self.tables();
            let grown = tables.grown.iter();
            grown.map(|(id, sequence)| GrownChain { incident_id: *id, sequence: *sequence }).collect()
        })
    }

    async fn mark_grown(&self, chain: &GrownChain) -> Result<(), PortError> {
        self.faults.call("LogStore::mark_grown", || {
            self.tables().grown.insert(chain.incident_id, chain.sequence);
        })
    }

    async fn mark_joined(&self, chain: &GrownChain) -> Result<(), PortError> {
        self.faults.call("LogStore::mark_joined", || {
            let mut tables = self.tables();
            if tables.grown.get(&chain.incident_id).is_some_and(|sequence| *sequence <= chain.sequence) {
                tables.grown.remove(&chain.incident_id);
            }
        })
    }

    async fn last_batch(&self) -> Result<Option<Batch>, PortError> {
        self.faults.call("LogStore::last_batch", || self.tables().log.values().next_back().cloned())
    }

    async fn batches(&self) -> Result<Vec<Batch>, PortError> {
        self.faults.call("LogStore::batches", || self.tables().log.values().cloned().collect())
    }

    async fn put_batch(&self, batch: &Batch) -> Result<bool, PortError> {
        self.faults.call("LogStore::put_batch", || {
            let mut tables = self.tables();
            let is_new = !tables.log.contains_key(&batch.first);
            tables.log.entry(batch.first).or_insert_with(|| batch.clone());
            is_new
        })
    }
}
