//! What an investigation may use and has used.

pub(crate) mod token_estimate;
pub(crate) mod usage_ledger;
