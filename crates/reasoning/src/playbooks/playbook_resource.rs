//! Names the kinds of resources that playbooks are about.

use common::{Arn, ResourceKind};
use serde::Deserialize;

/// A kind of resource whose state is read, so that a playbook can be about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaybookResource {
    Parameter,
    FunctionAlias,
    Instance,
    Service,
}

impl PlaybookResource {
    pub const ALL: [Self; 4] = [Self::Parameter, Self::FunctionAlias, Self::Instance, Self::Service];

    /// Returns the kind of a resource; `None` for what no playbook can be about, because its state is not read.
    pub fn from_resource(resource: &Arn) -> Option<Self> {
        match resource.kind() {
            ResourceKind::Parameter { .. } => Some(Self::Parameter),
            ResourceKind::FunctionAlias { .. } => Some(Self::FunctionAlias),
            ResourceKind::Instance { .. } => Some(Self::Instance),
            ResourceKind::Service { .. } => Some(Self::Service),
            ResourceKind::Alarm { .. } | ResourceKind::Function { .. } | ResourceKind::Other => None,
        }
    }
}
