//! Read-only looks at what is configured to belong together, and the map that they end in.

use super::{PortError, Reading};
use crate::{
    Arn,
    topology::{Connected, TopologyMap},
};

/// What else tells of connections, beside traces, tags and event sources. A closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConnectionSource {
    /// Which `CloudFormation` stacks made what. About the resources that are asked for.
    Stacks,
    /// Load balancers, their target groups and targets. All of the account and region.
    LoadBalancers,
    /// `EventBridge`'s rules and what they start. All of the account and region.
    Rules,
    /// What the roles of functions and services name in their permissions. About the resources that are
    /// asked for.
    Permissions,
}

impl ConnectionSource {
    pub const ALL: [Self; 4] = [Self::Stacks, Self::LoadBalancers, Self::Rules, Self::Permissions];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stacks => "stacks",
            Self::LoadBalancers => "load_balancers",
            Self::Rules => "rules",
            Self::Permissions => "permissions",
        }
    }
}

pub trait Connections {
    /// What `source` knows of connections. `resources`, the nearest first, is what it is asked about where
    /// it cannot be asked for all; each implementation bounds how many.
    async fn connections(
        &self,
        source: ConnectionSource,
        resources: &[Arn],
    ) -> Result<Reading<Connected>, PortError>;
}

/// Maps that were drawn before.
pub trait TopologyCache {
    /// Keeps the map in place of the application's earlier one; of a map that is too large as much as fits,
    /// which then says so.
    async fn put_topology(&self, application: &str, map: &TopologyMap) -> Result<(), PortError>;

    /// However old it is.
    async fn topology(&self, application: &str) -> Result<Option<TopologyMap>, PortError>;
}
