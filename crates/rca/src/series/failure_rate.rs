//! Rates of counted failures, and how surprising a number of failures is.

use crate::series::{earlier_incidents::stretches, samples::ratio, statistics::Sorted};

/// Failures, of so many requests where that is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FailureCount {
    pub(crate) failures: f64,
    /// The expected number is proportional to this: requests, or 1 a step.
    pub(crate) exposure: f64,
}

/// Holds the baseline rate of failures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FailureRate {
    per_exposure: f64,
    /// Variance by mean: 1 of independent failures, more where they come in bursts.
    dispersion: f64,
}

/// The worst twentieth of the baseline is not learnt from: an earlier incident would hide the next.
const TRIMMED: f64 = 0.95;
/// Failures this many standard deviations beyond the usual are an incident, where they last.
const FAR: f64 = 4.0;
/// Half a failure is added to what was seen, so that a rate is never zero (Jeffreys' prior of a rate).
const PRIOR_FAILURES: f64 = 0.5;

impl FailureRate {
    /// Learns the rate from a baseline in the order of time, without the earlier incidents in it.
    pub(crate) fn from_times(baseline: &[(i64, FailureCount)]) -> Option<Self> {
        let usual = Self::usual(baseline)?;
        let off: Vec<_> = baseline.iter().map(|(at, count)| (*at, usual.deviations(*count))).collect();
        let cut = stretches(&off, FAR).unwrap_or_else(|| vec![false; baseline.len()]);
        let kept = baseline.iter().zip(cut).filter(|(_, cut)| !cut).map(|((_, count), _)| *count);
        Self::new(&kept.collect::<Vec<_>>())
    }

    /// Estimates the rate from the half of the steps with the fewest failures, and from how many have none.
    fn usual(baseline: &[(i64, FailureCount)]) -> Option<Self> {
        let valid = || baseline.iter().map(|(_, count)| count).filter(|count| count.exposure > 0.0);
        let share = Sorted::new(valid().map(|count| count.failures / count.exposure)).median();
        let exposure: f64 = valid().map(|count| count.exposure).sum();
        let (none, all) = valid().fold((0_usize, 0_usize), |(none, all), count| {
            (none + usize::from(count.failures <= 0.0), all + 1)
        });
        // Of independent failures, `exp(-expected)` of the steps have none.
        let expected = -ratio(none.max(1), all).ln();
        #[expect(clippy::cast_precision_loss, reason = "counts of samples fit")]
        let by_none = if share > 0.0 { 0.0 } else { expected * all as f64 / exposure };
        let per_exposure = share.max(by_none) + PRIOR_FAILURES / exposure;
        (per_exposure.is_finite() && per_exposure > 0.0).then_some(Self { per_exposure, dispersion: 1.0 })
    }

    pub(crate) fn new(baseline: &[FailureCount]) -> Option<Self> {
        let valid = |count: &&FailureCount| count.exposure > 0.0 && count.failures.is_finite();
        let shares = Sorted::new(baseline.iter().filter(valid).map(|count| count.failures / count.exposure));
        if shares.len() < crate::series::baseline::FEWEST {
            return None;
        }
        let most = shares.quantile(TRIMMED);
        let kept: Vec<&FailureCount> =
            baseline.iter().filter(valid).filter(|count| count.failures / count.exposure <= most).collect();
        let failures: f64 = kept.iter().map(|count| count.failures).sum();
        let exposure: f64 = kept.iter().map(|count| count.exposure).sum();
        let per_exposure = (failures + PRIOR_FAILURES) / exposure;
        let (mut chi, mut steps) = (0.0, 0.0);
        for count in kept {
            let expected = per_exposure * count.exposure;
            chi += (count.failures - expected).powi(2) / expected;
            steps += 1.0;
        }
        let dispersion = (chi / steps).max(1.0);
        (per_exposure.is_finite() && dispersion.is_finite()).then_some(Self { per_exposure, dispersion })
    }

    /// `None` unless both are numbers above zero. A dispersion below that of independent events counts as theirs.
    pub(crate) fn known(per_exposure: f64, dispersion: f64) -> Option<Self> {
        let dispersion = dispersion.max(1.0);
        (per_exposure.is_finite() && per_exposure > 0.0 && dispersion.is_finite())
            .then_some(Self { per_exposure, dispersion })
    }

    /// Signed root of the Poisson deviance (Nelder and Wedderburn, 1972): what a normal distribution
    /// calls standard deviations, right for small numbers too.
    pub(crate) fn deviations(self, count: FailureCount) -> f64 {
        let expected = self.per_exposure * count.exposure;
        let seen = count.failures.max(0.0);
        if !(expected > 0.0 && seen.is_finite()) {
            return f64::NAN;
        }
        let log = if seen > 0.0 { seen * (seen / expected).ln() } else { 0.0 };
        let deviance = (2.0 * (log - (seen - expected))).max(0.0);
        (deviance / self.dispersion).sqrt().copysign(seen - expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calm(steps: usize, failures: f64) -> Vec<FailureCount> {
        vec![FailureCount { failures, exposure: 100.0 }; steps]
    }

    #[test]
    fn deviations_three_failures_where_there_never_was_one_are_many() {
        let rate = FailureRate::new(&calm(500, 0.0)).unwrap();
        assert!(rate.deviations(FailureCount { failures: 3.0, exposure: 100.0 }) > 5.0);
        assert!(rate.deviations(FailureCount { failures: 0.0, exposure: 100.0 }).abs() < 0.1);
    }

    #[test]
    fn deviations_three_failures_where_there_are_always_three_are_none() {
        let rate = FailureRate::new(&calm(500, 3.0)).unwrap();
        assert!(rate.deviations(FailureCount { failures: 3.0, exposure: 100.0 }).abs() < 0.1);
    }

    #[test]
    fn deviations_an_earlier_incident_in_the_baseline_does_not_hide_the_next() {
        let mut baseline = calm(490, 0.0);
        baseline.extend(calm(10, 5.0));
        let rate = FailureRate::new(&baseline).unwrap();
        assert!(rate.deviations(FailureCount { failures: 5.0, exposure: 100.0 }) > 5.0);
    }

    #[test]
    fn rate_of_nothing_is_none() {
        assert!(FailureRate::new(&[]).is_none());
        assert!(FailureRate::new(&[FailureCount { failures: 1.0, exposure: 0.0 }; 9]).is_none());
    }
}
