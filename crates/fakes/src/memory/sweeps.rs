//! Fakes the listings of what must not fall silent.

use common::{
    IncidentId, PortError,
    ports::{Digest, RejectedEvent, Sweeps},
};
use jiff::Timestamp;

use super::MemoryStore;

impl Sweeps for MemoryStore {
    async fn unsettled(&self) -> Result<Vec<IncidentId>, PortError> {
        self.faults.call("Sweeps::unsettled", || {
            let tables = self.tables();
            let mut found: Vec<_> =
                tables.unsettled.iter().filter_map(|id| tables.incidents.get(id)).collect();
            found.sort_by_key(|incident| incident.opened_at);
            found.into_iter().map(|incident| incident.id).collect()
        })
    }

    async fn rejected_since(
        &self,
        after: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<RejectedEvent>, PortError> {
        self.faults.call("Sweeps::rejected_since", || {
            let tables = self.tables();
            let is_within = |event: &&RejectedEvent| event.at > after && event.at <= now;
            let mut found: Vec<_> = tables.rejected.iter().filter(is_within).cloned().collect();
            found.sort_by_key(|event| event.at);
            found
        })
    }

    async fn last_digest(&self) -> Result<Option<Digest>, PortError> {
        self.faults.call("Sweeps::last_digest", || self.tables().digest.clone())
    }

    async fn put_digest(&self, digest: &Digest) -> Result<(), PortError> {
        self.faults.call("Sweeps::put_digest", || self.tables().digest = Some(digest.clone()))
    }
}
