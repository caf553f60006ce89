//! Tracks the share of the investigation's requests and tokens that a conversation may use up to.

use super::{TokenEstimate, UsageTotals};
use crate::model_fault::ModelFault;

/// The totals of the whole investigation that no request of a conversation may exceed. Lines of inquiry have
/// lower ones than the weighing, so that something is left for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    pub(crate) requests: u32,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
}

impl Allowance {
    /// Checks that one more request to `model` stays within the allowance, if it uses all of `estimate` and
    /// `max_output_tokens`.
    pub(crate) fn check(
        self,
        totals: &UsageTotals,
        model: &str,
        estimate: TokenEstimate,
        max_output_tokens: u32,
    ) -> Result<(), ModelFault> {
        if totals.misunderstood.contains(model) {
            return Err(ModelFault::NotUnderstood);
        }
        if totals.requests >= self.requests {
            return Err(ModelFault::TooManyRequests);
        }
        let input = totals.input_tokens.saturating_add(estimate.tokens);
        let output = totals.output_tokens.saturating_add(u64::from(max_output_tokens));
        if input > self.input_tokens || output > self.output_tokens {
            return Err(ModelFault::TooManyTokens);
        }
        Ok(())
    }
}
