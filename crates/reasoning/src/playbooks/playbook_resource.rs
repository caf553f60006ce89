//! Names the kinds of resources that playbooks are about.

use common::{Arn, ResourceKind};
use serde::Deserialize;

/// A kind of resource that a playbook can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaybookResource {
    Parameter,
    FunctionAlias,
    Instance,
    Service,
    /// Any whose state is not read: what was changed of it can be told, and never put back.
    Other,
}

impl PlaybookResource {
    pub const ALL: [Self; 5] =
        [Self::Parameter, Self::FunctionAlias, Self::Instance, Self::Service, Self::Other];

    /// Returns the kind of a resource whose state is read; `None` for any other. Which of these a playbook can be about
    /// depends on what was changed: [`crate::candidates::candidate::Candidate::kind`].
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
