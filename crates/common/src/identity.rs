//! Defines the names of things: ARNs, ids, and the roles that are our own.

pub mod actor;
pub mod arn;
pub mod arn_scope;
pub mod endpoint;
pub mod id;
pub mod own_roles;
pub mod partition;
