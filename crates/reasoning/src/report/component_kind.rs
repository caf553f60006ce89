//! Names the kinds of components that permanent fixes tell apart.

use common::{Arn, ResourceKind};
use serde::Deserialize;

/// The kind of a component, as people and the file of permanent fixes call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ComponentKind {
    Alarm,
    Database,
    Function,
    Instance,
    LoadBalancer,
    Parameter,
    Queue,
    Service,
    StateMachine,
    Stream,
    Table,
}

impl ComponentKind {
    /// Returns the kind of a resource; `None` for any that no fix is about.
    pub(crate) fn from_resource(resource: &Arn) -> Option<Self> {
        match resource.kind() {
            ResourceKind::Alarm { .. } => Some(Self::Alarm),
            ResourceKind::Parameter { .. } => Some(Self::Parameter),
            ResourceKind::Function { .. } | ResourceKind::FunctionAlias { .. } => Some(Self::Function),
            ResourceKind::Instance { .. } => Some(Self::Instance),
            ResourceKind::Service { .. } => Some(Self::Service),
            ResourceKind::Other => match resource.service() {
                "rds" => Some(Self::Database),
                "elasticloadbalancing" => Some(Self::LoadBalancer),
                "sqs" => Some(Self::Queue),
                "states" => Some(Self::StateMachine),
                "kinesis" => Some(Self::Stream),
                "dynamodb" => Some(Self::Table),
                _ => None,
            },
        }
    }

    /// Returns the kind in words.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Alarm => "alarm",
            Self::Database => "database",
            Self::Function => "function",
            Self::Instance => "instance",
            Self::LoadBalancer => "load balancer",
            Self::Parameter => "parameter",
            Self::Queue => "queue",
            Self::Service => "service",
            Self::StateMachine => "state machine",
            Self::Stream => "stream",
            Self::Table => "table",
        }
    }
}
