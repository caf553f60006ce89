//! Reads the whole ledger as it is stored.

use std::collections::{BTreeMap, BTreeSet};

use aws::store::DynamoStore;
use common::{AuditRecord, IncidentId, ports::Ledger as _};
use transparency::{Batch, GrownChain, ports::LogStore as _};

use crate::failure::Failure;

/// The ledger as it is stored, unverified.
#[derive(Debug, Clone, Default)]
pub(super) struct StoredLedger {
    /// The records of each incident that anything in the table speaks of.
    pub(super) chains: BTreeMap<IncidentId, Vec<AuditRecord>>,
    pub(super) batches: Vec<Batch>,
    pub(super) grown: Vec<GrownChain>,
}

impl StoredLedger {
    /// Reads the marks of grown chains first and the chains last: what is appended meanwhile is in a chain, and neither
    /// missing from it nor taken for unmarked.
    pub(super) async fn read(store: &DynamoStore) -> Result<Self, Failure> {
        let batches = store.batches().await?;
        let incidents = store.recent_incidents(u32::MAX).await?;
        let mut ids: BTreeSet<IncidentId> = incidents.into_iter().map(|incident| incident.id).collect();
        ids.extend(batches.iter().flat_map(|batch| &batch.leaves).map(|leaf| leaf.incident_id));
        ids.extend(store.grown().await?.into_iter().map(|grown| grown.incident_id));
        let mut chains = BTreeMap::new();
        for id in ids {
            chains.insert(id, store.timeline(id).await?);
        }
        // Read after the chains, so that a record which was appended meanwhile has its mark.
        let grown = store.grown().await?;
        Ok(Self { chains, batches, grown })
    }
}
