//! Commands that need no deployment, no account and no network.

pub(crate) mod analyze;
pub(crate) mod ingest_events;
pub(crate) mod logs;
pub(crate) mod policy;
pub(crate) mod runbooks;
pub(crate) mod simulate;
