//! API calls and deployments: which component each one changed, and which could have triggered the incident.

pub(crate) mod change_targets;
pub(crate) mod triggers;
