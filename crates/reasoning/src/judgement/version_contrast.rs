//! Compares what two versions of an alias did at the same time: a fault of the newer one spares the older one.

use common::{
    alias_traffic::{AliasTraffic, PeriodCounts, RequestCounts, VersionTraffic},
    causality::{VersionContrast, VersionCounts},
};
use jiff::Timestamp;

/// The outcome of a comparison that the counts allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionComparison {
    /// The newer version fails significantly more.
    NewerFails(VersionContrast),
    /// The older one fails too, and the newer one no more than it: what fails is something else.
    NewerIsNoWorse(VersionContrast),
}

/// The fewest failures that are judged: fewer are what happens every day.
const FEWEST_FAILURES: u64 = 5;
/// The fewest requests of a version that are judged where it served well.
pub const FEWEST_REQUESTS: u64 = 20;
/// The fewest periods in which both served: in the one of the change itself they may have served one after the other.
const FEWEST_PERIODS: usize = 2;
/// The chance below which a difference is significant, as its natural logarithm: one in a thousand.
const SIGNIFICANT: f64 = -6.907_755;
/// The share that fails is that many times the other, so that many requests do not make a trifle significant.
const TIMES_AS_MANY: f64 = 2.0;

/// Compares the newest version that the alias ran since a change at `changed_at` with the one that took most requests in
/// the same periods; `None` where no two versions served at the same time, or too little to tell.
pub fn compare_versions(traffic: &AliasTraffic, changed_at: Timestamp) -> Option<VersionComparison> {
    let is_since = |one: &&PeriodCounts| one.at >= changed_at.as_second();
    // Lambda numbers versions upwards; `$LATEST` is no number.
    let numbered = traffic.versions.iter().filter_map(|one| Some((one.version.parse::<u64>().ok()?, one)));
    let served = numbered.filter(|(_, one)| one.periods.iter().any(|period| is_since(&period)));
    let served: Vec<(u64, &VersionTraffic)> = served.collect();
    let (newest, newer) = served.iter().max_by_key(|(number, _)| *number)?;
    let (since, newer_counts, number, older, older_counts) = served
        .iter()
        .filter(|(number, _)| number != newest)
        .filter_map(|(number, older)| {
            let both = |one: &&PeriodCounts, other: &VersionTraffic| {
                is_since(one) && other.periods.iter().any(|period| period.at == one.at)
            };
            let in_both = |of: &VersionTraffic, other: &VersionTraffic| {
                RequestCounts::of(of.periods.iter().filter(|one| both(one, other)))
            };
            let together: Vec<i64> =
                newer.periods.iter().filter(|one| both(one, older)).map(|one| one.at).collect();
            let since = together.iter().copied().min().filter(|_| together.len() >= FEWEST_PERIODS)?;
            Some((since, in_both(newer, older), *number, older, in_both(older, newer)))
        })
        .max_by_key(|(.., counts)| counts.requests)?;
    let contrast = VersionContrast {
        since: Timestamp::from_second(since).ok()?,
        newer: VersionCounts { version: *newest, counts: newer_counts },
        older: VersionCounts { version: number, counts: older_counts },
    };
    if older_counts.requests < FEWEST_REQUESTS {
        return None;
    }
    if fails_more(newer_counts, older_counts) {
        return Some(VersionComparison::NewerFails(contrast));
    }
    let older_worsened = older.before.requests >= FEWEST_REQUESTS && fails_more(older_counts, older.before);
    let is_alike = newer_counts.requests >= FEWEST_REQUESTS
        && newer_counts.share_failed() <= older_counts.share_failed();
    (older_worsened && is_alike).then_some(VersionComparison::NewerIsNoWorse(contrast))
}

/// Returns true if `these` fail more than `others`: by far, in numbers that count, and hardly by chance.
pub fn fails_more(these: RequestCounts, others: RequestCounts) -> bool {
    these.failures >= FEWEST_FAILURES
        && these.share_failed() >= others.share_failed() * TIMES_AS_MANY
        && ln_chance(these, others) < SIGNIFICANT
}

/// Returns an upper bound, as its natural logarithm, of the chance that `these` have so many of all failures though both fail
/// equally often: that is the one-sided probability of Fisher's exact test, bounded by the tail of the hypergeometric
/// distribution (Chvátal, "The tail of the hypergeometric distribution", Discrete Mathematics 25, 1979; the bound is
/// Hoeffding's). It is never below the exact one, so that nothing counts as significant that is not.
fn ln_chance(these: RequestCounts, others: RequestCounts) -> f64 {
    if these.requests == 0 || others.requests == 0 || these.share_failed() <= others.share_failed() {
        return 0.0;
    }
    let all = RequestCounts {
        requests: these.requests.saturating_add(others.requests),
        failures: these.failures.saturating_add(others.failures),
    };
    // The sample may be either side: both bounds hold.
    let bound = |side: RequestCounts| {
        #[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
        let requests = side.requests as f64;
        -requests * divergence(side.share_failed(), all.share_failed())
    };
    bound(these).min(bound(others))
}

/// Returns the relative entropy of a coin with the chance `a` to one with the chance `b`, both from 0 to 1, in nats.
fn divergence(a: f64, b: f64) -> f64 {
    let part = |a: f64, b: f64| if a <= 0.0 { 0.0 } else { a * (a / b).ln() };
    part(a, b) + part(1.0 - a, 1.0 - b)
}

#[cfg(test)]
mod tests {
    use common::findings::ComponentCourse;
    use fakes::{sample, sample_evidence};
    use proptest::prelude::*;

    use super::*;

    fn counts(failures: u64, requests: u64) -> RequestCounts {
        RequestCounts { requests, failures }
    }

    /// A version that took all of `since` in each of three minutes after the change.
    fn version(number: &str, before: (u64, u64), since: (u64, u64)) -> VersionTraffic {
        let at = |minute: i64| sample_evidence::before(minute).as_second();
        let period = |minute| PeriodCounts { at: at(minute), requests: since.1, failures: since.0 };
        VersionTraffic {
            version: number.to_owned(),
            before: counts(before.0, before.1),
            periods: if since.1 == 0 { Vec::new() } else { vec![period(5), period(4), period(3)] },
        }
    }

    fn traffic(versions: Vec<VersionTraffic>) -> AliasTraffic {
        AliasTraffic {
            alias: sample_evidence::alias(),
            course: ComponentCourse {
                resource: sample_evidence::alias(),
                shows_failures: true,
                abnormal_since: None,
                normal_again_since: None,
                period_seconds: 60,
                requests: Vec::new(),
            },
            measured: Vec::new(),
            failures: Vec::new(),
            counted_from: sample_evidence::before(6),
            versions,
        }
    }

    fn compared(versions: Vec<VersionTraffic>) -> Option<&'static str> {
        compare_versions(&traffic(versions), sample_evidence::before(5)).map(|found| match found {
            VersionComparison::NewerFails(_) => "newer fails",
            VersionComparison::NewerIsNoWorse(_) => "alike",
        })
    }

    #[test]
    fn compare_versions_table() {
        let (none, calm) = ((0, 0), (1, 5_000));
        for (newer, older, expected) in [
            ((none, (69, 70)), (calm, (0, 65)), Some("newer fails")),
            // A canary of a tenth.
            ((none, (4, 5)), (calm, (0, 60)), Some("newer fails")),
            ((none, (28, 60)), (calm, (28, 60)), Some("alike")),
            // The older fails more.
            ((none, (0, 60)), (calm, (28, 60)), Some("alike")),
            // It failed as much before the change: nothing is new.
            ((none, (5, 60)), ((600, 6_000), (6, 60)), None),
            ((none, (1, 60)), (calm, (0, 60)), None),
            ((none, (69, 70)), (calm, (0, 2)), None),
            ((none, (69, 70)), (calm, (0, 0)), None),
            ((none, (29, 60)), (calm, (28, 60)), None),
            ((none, (0, 0)), (calm, (0, 60)), None),
        ] {
            let versions = vec![version("13", newer.0, newer.1), version("12", older.0, older.1)];
            assert_eq!(compared(versions), expected, "{newer:?} {older:?}");
        }
        let latest = version("$LATEST", none, (69, 70));
        assert_eq!(compared(vec![latest, version("12", calm, (0, 65))]), None);
        assert_eq!(compared(Vec::new()), None);
    }

    #[test]
    fn compare_versions_counts_only_periods_in_which_both_served() {
        let mut newer = version("13", (0, 0), (60, 60));
        newer.periods.retain(|one| one.at != sample_evidence::before(5).as_second());
        let one_only = VersionTraffic { periods: newer.periods[1..].to_vec(), ..newer.clone() };
        let of = |newer| traffic(vec![newer, version("12", (0, 900), (0, 50))]);
        let Some(VersionComparison::NewerFails(contrast)) =
            compare_versions(&of(newer.clone()), sample_evidence::before(5))
        else {
            panic!("the newer one fails")
        };
        assert_eq!(contrast.since, sample_evidence::before(4));
        assert_eq!((contrast.newer.counts, contrast.older.counts), (counts(120, 120), counts(0, 100)));
        // In a single period they may have served one after the other.
        assert_eq!(compare_versions(&of(one_only), sample_evidence::before(5)), None);
        assert_eq!(compare_versions(&of(newer), sample::at() + jiff::SignedDuration::from_hours(1)), None);
    }

    /// The exact one-sided probability, by its definition.
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    fn exact(these: RequestCounts, others: RequestCounts) -> f64 {
        let choose = |n: u64, k: u64| -> f64 {
            if k > n {
                return 0.0;
            }
            (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product()
        };
        let failures = these.failures + others.failures;
        let all = choose(these.requests + others.requests, failures);
        let ways = |k: u64| choose(these.requests, k) * choose(others.requests, failures - k);
        (these.failures..=failures.min(these.requests)).map(|k| ways(k) / all).sum()
    }

    fn served() -> impl Strategy<Value = RequestCounts> {
        (0u64..40, 0u64..40).prop_map(|(a, b)| counts(a.min(b), a.max(b)))
    }

    proptest! {
        #[test]
        fn ln_chance_is_never_below_the_exact_test(these in served(), others in served()) {
            prop_assert!(ln_chance(these, others) >= exact(these, others).ln() - 1e-9);
        }

        #[test]
        fn fails_more_never_holds_both_ways(these in served(), others in served()) {
            prop_assert!(!(fails_more(these, others) && fails_more(others, these)));
        }

        #[test]
        fn fails_more_another_failure_of_the_others_never_makes_it_hold(these in served(), others in served()) {
            let more = counts((others.failures + 1).min(others.requests), others.requests);
            prop_assert!(!fails_more(these, more) || fails_more(these, others));
        }

        #[test]
        fn compare_versions_takes_any_counts(
            newer in (any::<u64>(), any::<u64>()), older in (any::<u64>(), any::<u64>()), before in (any::<u64>(), any::<u64>()),
        ) {
            compared(vec![version("2", (0, 0), newer), version("1", before, older)]);
        }
    }
}
