//! Reads of what is configured to belong together, and the cache of the maps that they end in.

use super::{PortError, Reading};
use crate::{
    Arn,
    evidence::ConnectionSource,
    topology::{Connected, TopologyMap},
};

/// Reads connections that are configured.
pub trait Connections {
    /// Returns what `source` knows of connections. `resources`, the nearest first, is what it is asked about where
    /// it cannot be asked for all; each implementation bounds how many.
    async fn connections(
        &self,
        source: ConnectionSource,
        resources: &[Arn],
    ) -> Result<Reading<Connected>, PortError>;
}

/// Caches the maps of applications.
pub trait TopologyCache {
    /// Stores the map in place of the application's earlier one; of a map that is too large as much as fits,
    /// which then says so.
    async fn put_topology(&self, application: &str, map: &TopologyMap) -> Result<(), PortError>;

    /// Returns the application's map, however old it is.
    async fn topology(&self, application: &str) -> Result<Option<TopologyMap>, PortError>;
}
