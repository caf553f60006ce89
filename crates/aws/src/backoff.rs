//! Computes the waits between tries, for what the SDK does not try again by itself.

use std::time::Duration;

use backon::ExponentialBuilder;

/// Exponential and jittered: from `first` to `longest`, between `tries` tries in all.
pub(crate) fn waits(first: Duration, longest: Duration, tries: usize) -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(first)
        .with_max_delay(longest)
        .with_jitter()
        .with_max_times(tries.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use backon::BackoffBuilder as _;

    use super::*;

    #[test]
    fn waits_are_one_less_than_tries_and_within_their_bounds() {
        let (first, longest) = (Duration::from_millis(20), Duration::from_secs(1));
        for tries in [0, 1, 2, 9] {
            let all: Vec<Duration> = waits(first, longest, tries).build().collect();
            assert_eq!(all.len(), tries.saturating_sub(1));
            // Jitter adds up to the wait without it.
            assert!(all.iter().all(|wait| (first..=longest * 2).contains(wait)), "{all:?}");
        }
    }
}
