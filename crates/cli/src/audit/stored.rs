//! Reads the whole ledger as it is stored.

use std::collections::{BTreeMap, BTreeSet};

use aws::store::DynamoStore;
use common::{
    AuditRecord, IncidentId,
    ports::{Ledger, PortError},
};
use transparency::{Batch, GrownChain, ports::LogStore};

use crate::failure::Failure;

/// The ledger as it is stored, unverified. It is in use while it is read, so the log and the marks are read before the chains
/// and again after them: what was there before must be in the chains, and what came meanwhile need not be.
#[derive(Debug, Clone, Default)]
pub(super) struct StoredLedger {
    /// The records of each incident that anything in the table speaks of.
    pub(super) chains: BTreeMap<IncidentId, Vec<AuditRecord>>,
    /// The log, as it was after the chains were read.
    pub(super) batches: Vec<Batch>,
    /// The leaves that the log had before.
    pub(super) leaves_before: u64,
    /// The chains that were marked as grown before, and after.
    pub(super) grown_before: Vec<GrownChain>,
    pub(super) grown: Vec<GrownChain>,
}

impl StoredLedger {
    /// Reads the ledger of a table.
    pub(super) async fn of_table(store: &DynamoStore) -> Result<Self, Failure> {
        let listed = store.recent_incidents(u32::MAX).await?;
        Ok(Self::read(store, listed.into_iter().map(|incident| incident.id)).await?)
    }

    /// Reads the chains of the `listed` incidents, and of those that the log or a mark names: incidents expire.
    pub(super) async fn read(
        store: &(impl Ledger + LogStore),
        listed: impl IntoIterator<Item = IncidentId>,
    ) -> Result<Self, PortError> {
        let grown_before = store.grown().await?;
        let before = store.batches().await?;
        let leaves_before = before.last().map_or(0, |batch| batch.frontier.size());
        let mut ids: BTreeSet<IncidentId> = listed.into_iter().collect();
        ids.extend(before.iter().flat_map(|batch| &batch.leaves).map(|leaf| leaf.incident_id));
        ids.extend(grown_before.iter().map(|grown| grown.incident_id));
        let mut chains = BTreeMap::new();
        for id in ids {
            chains.insert(id, store.timeline(id).await?);
        }
        let grown = store.grown().await?;
        Ok(Self { chains, leaves_before, grown_before, grown, batches: store.batches().await? })
    }
}
