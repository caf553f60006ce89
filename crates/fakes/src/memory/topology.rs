//! Maps that were drawn before.

use crate::memory::MemoryStore;
use common::{
    PortError,
    ports::TopologyCache,
    topology::{STORED, TopologyMap},
};

impl TopologyCache for MemoryStore {
    async fn put_topology(&self, application: &str, map: &TopologyMap) -> Result<(), PortError> {
        self.faults.call("TopologyCache::put_topology", || {
            self.tables().topologies.insert(application.to_owned(), map.clone().capped(STORED));
        })
    }

    async fn topology(&self, application: &str) -> Result<Option<TopologyMap>, PortError> {
        self.faults.call("TopologyCache::topology", || self.tables().topologies.get(application).cloned())
    }
}
