//! Defines what an alias of a function served by metrics of its own, and what each of its versions did of that.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Arn, findings::ComponentCourse};

/// The traffic of one alias: the metrics of its function also count other aliases and `$LATEST`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliasTraffic {
    pub alias: Arn,
    /// The time course of the alias by its own metrics.
    pub course: ComponentCourse,
    /// The names of the metrics of its own that had data, sorted.
    pub measured: Vec<String>,
    /// Its failed requests, by the beginning of the period in Unix seconds; periods without any are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<(i64, u64)>,
    /// The first change of the alias that was found: from its period on, versions are counted period by period.
    pub counted_from: Timestamp,
    /// Empty where Lambda publishes no metrics by version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<VersionTraffic>,
}

/// The requests that an alias gave to one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionTraffic {
    pub version: String,
    /// All periods before the first change.
    pub before: RequestCounts,
    /// The periods since with a request, the earliest first.
    pub periods: Vec<PeriodCounts>,
}

/// Counts requests, and those of them that failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestCounts {
    pub requests: u64,
    pub failures: u64,
}

/// The counts of one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodCounts {
    /// The beginning of the period in Unix seconds.
    pub at: i64,
    pub requests: u64,
    pub failures: u64,
}

impl AliasTraffic {
    /// Says in one line what the alias took since its change, and each version of it: `26 of 410 requests failed since
    /// 12:06Z; version 13: 26 of 41; version 12: none of 369`.
    pub fn in_words(&self) -> String {
        let since = self.counted_from.as_second();
        let sum = |counts: &[(i64, u64)]| {
            let counted = counts.iter().filter(|(at, _)| *at >= since);
            counted.fold(0u64, |sum, (_, count)| sum.saturating_add(*count))
        };
        let own = RequestCounts { requests: sum(&self.course.requests), failures: sum(&self.failures) };
        let all =
            format!("{} requests failed since {}", own.in_words(), self.counted_from.strftime("%H:%MZ"));
        let by_version = self.versions.iter().map(|VersionTraffic { version, periods, .. }| {
            format!("version {version}: {}", RequestCounts::of(periods).in_words())
        });
        std::iter::once(all).chain(by_version).collect::<Vec<_>>().join("; ")
    }
}

impl RequestCounts {
    /// `203 of 207`, `none of 190`
    pub fn in_words(&self) -> String {
        match self.failures {
            0 => format!("none of {}", self.requests),
            failures => format!("{failures} of {}", self.requests),
        }
    }

    /// Adds up the counts of periods.
    pub fn of<'p>(periods: impl IntoIterator<Item = &'p PeriodCounts>) -> Self {
        periods.into_iter().fold(Self::default(), |sum, one| Self {
            requests: sum.requests.saturating_add(one.requests),
            failures: sum.failures.saturating_add(one.failures),
        })
    }

    /// Returns the share of the requests that failed, from 0 to 1; 0 where there were none.
    pub fn share_failed(&self) -> f64 {
        if self.requests == 0 {
            return 0.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
        let share = self.failures as f64 / self.requests as f64;
        share.min(1.0)
    }
}
