//! Tracks the budget of an investigation: requests, tokens, seconds and money, estimated before each request
//! and counted after it.

mod allowance;
mod timeouts;
mod token_estimate;
mod usage_ledger;

pub(crate) use self::{
    allowance::Allowance,
    timeouts::{time_left, within},
    token_estimate::{TokenEstimate, plausible_usage},
    usage_ledger::{UsageLedger, UsageTotals},
};
