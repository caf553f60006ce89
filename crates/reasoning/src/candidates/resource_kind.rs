//! The kinds of resources that playbooks are about.

use common::{Arn, ResourceKind};
use serde::Deserialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Parameter,
    FunctionAlias,
    Instance,
    Service,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Parameter, Self::FunctionAlias, Self::Instance, Self::Service];

    /// `None` for what no playbook can be about, because its state is not read.
    pub fn of(resource: &Arn) -> Option<Self> {
        match resource.kind() {
            ResourceKind::Parameter { .. } => Some(Self::Parameter),
            ResourceKind::FunctionAlias { .. } => Some(Self::FunctionAlias),
            ResourceKind::Instance { .. } => Some(Self::Instance),
            ResourceKind::Service { .. } => Some(Self::Service),
            ResourceKind::Alarm { .. } | ResourceKind::Function { .. } | ResourceKind::Other => None,
        }
    }
}

/// The function that an alias belongs to, or the function itself.
pub fn function_of(resource: &Arn) -> Option<Arn> {
    resource.function()
}
