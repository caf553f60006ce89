//! Computes the price of tokens.

use common::{MicroUsd, model::Usage};
use serde::Deserialize;

use super::usd;

/// The price of a million tokens each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    pub input: MicroUsd,
    pub output: MicroUsd,
    pub cache_read: MicroUsd,
    pub cache_write: MicroUsd,
}

/// The price of a million tokens each in US dollars, as files have it.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsdPrice {
    pub input: f64,
    pub output: f64,
    pub cache_read: f64,
    pub cache_write: f64,
}

impl UsdPrice {
    /// Converts the price; fails with the reason where it is free or no amount.
    pub(crate) fn into_price(self) -> Result<Price, String> {
        let price = Price {
            input: usd(self.input)?,
            output: usd(self.output)?,
            cache_read: usd(self.cache_read)?,
            cache_write: usd(self.cache_write)?,
        };
        // A cap on money means nothing to a model that is free.
        if price.input == MicroUsd::ZERO || price.output == MicroUsd::ZERO {
            return Err("invalid price 0: expected more than 0 for input and output".to_owned());
        }
        Ok(price)
    }
}

impl Price {
    /// The cost of `usage`, each part rounded up to a millionth of a dollar.
    pub fn cost(&self, usage: Usage) -> MicroUsd {
        let parts = [
            (self.input, usage.input),
            (self.output, usage.output),
            (self.cache_read, usage.cache_read),
            (self.cache_write, usage.cache_write),
        ];
        parts.into_iter().map(|(price, tokens)| cost_of(price, tokens)).sum()
    }

    /// The most that so many tokens can cost, whatever the cache does.
    pub fn worst_case(&self, input: u64, output: u64) -> MicroUsd {
        cost_of(self.input.max(self.cache_write).max(self.cache_read), input) + cost_of(self.output, output)
    }
}

/// The cost of `tokens`, rounded up to a millionth of a dollar.
fn cost_of(of_a_million: MicroUsd, tokens: u64) -> MicroUsd {
    let cost = u128::from(of_a_million.0).saturating_mul(u128::from(tokens)).div_ceil(1_000_000);
    MicroUsd(u64::try_from(cost).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn price() -> Price {
        UsdPrice { input: 3.0, output: 15.0, cache_read: 0.3, cache_write: 3.75 }.into_price().unwrap()
    }

    #[test]
    fn cost_table() {
        for (usage, expected) in [
            (Usage::default(), 0),
            (Usage { input: 1, ..Usage::default() }, 3),
            (Usage { cache_read: 1, ..Usage::default() }, 1),
            (Usage { input: 10_000, output: 1_000, cache_read: 5_000, cache_write: 4_000 }, 61_500),
            (
                Usage { input: u64::MAX, output: u64::MAX, cache_read: u64::MAX, cache_write: u64::MAX },
                u64::MAX,
            ),
        ] {
            assert_eq!(price().cost(usage), MicroUsd(expected));
        }
    }

    #[test]
    fn into_price_free_or_odd_prices_are_refused() {
        for input in [0.0, -1.0, f64::NAN, f64::INFINITY, 0.000_000_1] {
            assert!(UsdPrice { input, output: 1.0, cache_read: 0.0, cache_write: 0.0 }.into_price().is_err());
        }
    }

    proptest! {
        #[test]
        fn worst_case_is_never_less_than_what_so_many_tokens_cost(
            input in 0u64..1_000_000, read in 0u64..1_000_000, write in 0u64..1_000_000, output in 0u64..100_000,
        ) {
            let usage = Usage { input, output, cache_read: read, cache_write: write };
            // Each part is rounded up by itself.
            prop_assert!(price().cost(usage) <= price().worst_case(input + read + write, output) + MicroUsd(3));
        }
    }
}
