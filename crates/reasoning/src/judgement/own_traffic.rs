//! Judges an alias by its own metrics: those of its function count other aliases and `$LATEST` too.

use common::{
    Arn, EvidenceId, Gap, ResourceKind, Signal,
    alias_traffic::{AliasTraffic, RequestCounts},
    evidence::ReadSource,
    findings::ComponentCourse,
};
use jiff::Timestamp;

use crate::{
    evidence::call_graph::symptom_component,
    evidence::evidence_index::EvidenceIndex,
    judgement::version_contrast::{FEWEST_REQUESTS, VersionComparison, compare_versions, fails_more},
};

/// The traffic of an alias around one of its changes.
#[derive(Debug, Clone, Copy)]
pub struct OwnTraffic<'a> {
    traffic: &'a AliasTraffic,
    pub evidence: &'a EvidenceId,
    /// The comparison of its versions, where two served at the same time.
    pub comparison: Option<VersionComparison>,
    changed_at: Timestamp,
}

impl<'a> OwnTraffic<'a> {
    /// Returns the traffic around the change of `resource` at `changed_at`; `None` of what is no alias, or has no metrics.
    pub fn new(index: &EvidenceIndex<'a>, resource: &Arn, changed_at: Timestamp) -> Option<Self> {
        let seen = index.traffic.get(resource)?;
        let comparison = compare_versions(seen.fact, changed_at);
        Some(Self { traffic: seen.fact, evidence: seen.id, comparison, changed_at })
    }

    /// Returns the alias' own course where it can be held against a change.
    ///
    /// An alias that served as usual is no cause of what fails. That takes metrics which would show the fault, and that its
    /// requests fail no more often than before. Of a few requests, none may have failed.
    pub fn course(&self, signal: &Signal) -> Option<&'a ComponentCourse> {
        let course = &self.traffic.course;
        let says_something = course.abnormal_since.is_some()
            || (self.would_show_fault(signal) && !self.has_worsened() && self.served_well());
        (course.shows_failures && says_something).then_some(course)
    }

    fn served_well(&self) -> bool {
        let since = self.counts(true);
        self.served_enough() || (since.requests > 0 && since.failures == 0)
    }

    /// Returns true if it took enough requests since the change for their success to say something.
    pub fn served_enough(&self) -> bool {
        self.counts(true).requests >= FEWEST_REQUESTS
    }

    /// Failures of the function itself show in the errors of the alias that has them; anything else may be slowness.
    fn would_show_fault(&self, signal: &Signal) -> bool {
        let measures = |name: &str| self.traffic.measured.iter().any(|metric| metric == name);
        let counts_own_failures =
            signal.metric.as_ref().is_some_and(|metric| rca::counts_failures(&metric.name))
                && symptom_component(signal) == self.traffic.alias.function();
        measures("Errors") && (measures("Duration") || counts_own_failures)
    }

    fn has_worsened(&self) -> bool {
        fails_more(self.counts(true), self.counts(false))
    }

    /// Counts what it took in whole periods since the change, or before it.
    fn counts(&self, since: bool) -> RequestCounts {
        let changed_at = self.changed_at.as_second();
        let period = i64::from(self.traffic.course.period_seconds);
        let is_counted =
            |at: i64| if since { at >= changed_at } else { at.saturating_add(period) <= changed_at };
        let sum = |of: &[(i64, u64)]| {
            of.iter()
                .filter(|(at, _)| is_counted(*at))
                .fold(0u64, |sum, (_, count)| sum.saturating_add(*count))
        };
        RequestCounts { requests: sum(&self.traffic.course.requests), failures: sum(&self.traffic.failures) }
    }
}

/// Returns true if the metrics of `resource` itself could not be read: they might have cleared it, so that nothing is done
/// about it that would not be done then.
pub fn is_unread(gaps: &[Gap], resource: &Arn) -> bool {
    matches!(resource.kind(), ResourceKind::FunctionAlias { .. })
        && gaps.iter().any(|gap| gap.source == ReadSource::AliasMetrics)
}
