//! Defines the budget of one diagnosis: time, calls, bytes scanned, money.

use std::time::Duration;

use common::{ContextSource, MicroUsd, context_source::Cost};

use super::cost::affordable;

/// The most that the sources of context may take together. The looks that conclusions rest on have limits
/// of their own and come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    pub(crate) most: Cost,
}

/// Returns the time limit of a source: a hanging one costs this and a gap. They run at the same time. A query
/// over logs is slower by nature, and is made only where it was asked for.
pub(crate) const fn time(provider: ContextSource) -> Duration {
    match provider {
        ContextSource::LogInsights => Duration::from_secs(8),
        _ => Duration::from_secs(3),
    }
}

impl Default for Budget {
    /// The money is what the alarm that opened the incident costs in a week.
    fn default() -> Self {
        Self { most: Cost { calls: 120, bytes: 2_000_000_000, money: MicroUsd(20_000) } }
    }
}

/// The rest of the budget of one diagnosis, for collecting and for a model's own reads together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    left: Cost,
    /// `true` where what costs money may be asked at all.
    pub(crate) paid: bool,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { left: Budget::default().most, paid: true }
    }
}

impl Allowance {
    #[cfg(test)]
    pub(crate) const fn new(most: Cost) -> Self {
        Self { left: most, paid: true }
    }

    /// Bytes that may still be scanned, as far as there is money for it.
    pub(crate) fn bytes(&self) -> u64 {
        self.left.bytes.min(affordable(self.left.money))
    }

    /// Grants and takes `cost`, or returns `false`.
    pub(crate) fn take(&mut self, cost: Cost) -> bool {
        if !self.paid && cost.money > MicroUsd::ZERO {
            return false;
        }
        let left = self.left.calls.checked_sub(cost.calls).zip(self.left.bytes.checked_sub(cost.bytes));
        let Some((calls, bytes)) = left.filter(|_| cost.money <= self.left.money) else { return false };
        self.left = Cost { calls, bytes, money: self.left.money.saturating_sub(cost.money) };
        true
    }
}

/// Takes the wants in their order as long as they fit. What does not fit is left out, and what comes
/// after it and fits is not.
pub(crate) fn admitted<T>(
    allowance: &mut Allowance,
    wants: impl IntoIterator<Item = (T, Cost)>,
) -> (Vec<T>, Vec<T>) {
    let (mut admitted, mut left_out) = (Vec::new(), Vec::new());
    for (want, cost) in wants {
        if allowance.take(cost) { admitted.push(want) } else { left_out.push(want) }
    }
    (admitted, left_out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn cost(calls: u32, bytes: u64, money: u64) -> Cost {
        Cost { calls, bytes, money: MicroUsd(money) }
    }

    #[test]
    fn admitted_what_does_not_fit_makes_room_for_what_does() {
        let wants =
            [("a", cost(5, 0, 0)), ("b", cost(1, 900, 0)), ("c", cost(1, 0, 11)), ("d", cost(5, 100, 10))];
        let (in_time, left_out) = admitted(&mut Allowance::new(cost(11, 1_000, 10)), wants);
        assert_eq!(in_time, ["a", "b", "d"]);
        assert_eq!(left_out, ["c"]);
    }

    proptest! {
        #[test]
        fn admitted_any_wants_never_pass_the_budget_and_none_is_lost(
            most in (0u32..50, 0u64..50, 0u64..50),
            wants in prop::collection::vec((any::<u32>(), any::<u64>(), any::<u64>()).prop_map(
                |(calls, bytes, money)| cost(calls % 40, bytes % 40, money % 40)), 0..12),
        ) {
            let most = cost(most.0, most.1, most.2);
            let (taken, left_out) = admitted(&mut Allowance::new(most), wants.iter().enumerate().map(|(place, cost)| (place, *cost)));
            prop_assert_eq!(taken.len() + left_out.len(), wants.len());
            let all: Vec<Cost> = taken.iter().map(|place| wants[*place]).collect();
            prop_assert!(all.iter().map(|one| one.calls).sum::<u32>() <= most.calls);
            prop_assert!(all.iter().map(|one| one.bytes).sum::<u64>() <= most.bytes);
            prop_assert!(all.iter().map(|one| one.money).sum::<MicroUsd>() <= most.money);
        }
    }
}
