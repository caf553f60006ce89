//! Failures that come and go: none of them lasts, and there are more of them than ever.

#[path = "support/systems.rs"]
mod support;

use proptest::prelude::*;
use rca::{EvidenceItem, IncidentData, Verdict, analyze};
use support::{INCIDENT_STEPS, healthy};

/// `store`, and who waits for it, are slow in the incident's minutes that are marked, and in those of the baseline that are.
fn slow_in(seed: u64, during: impl Fn(usize) -> bool, before: impl Fn(usize) -> bool) -> IncidentData {
    let mut data = healthy(seed);
    for one in data.series.iter_mut().filter(|one| one.metric == "latency") {
        let times = match one.component.as_str() {
            "web" => 4.0,
            "api" => 6.0,
            "store" => 10.0,
            _ => 1.0,
        };
        let minutes = one.baseline.values.iter_mut().enumerate().map(|(at, value)| (before(at), value));
        let minutes = minutes.chain(
            one.incident.values.iter_mut().enumerate().map(|(at, value)| (at >= 4 && during(at), value)),
        );
        minutes.filter(|(is_slow, _)| *is_slow).for_each(|(_, value)| *value *= times);
    }
    data
}

fn root_cause(data: &IncidentData) -> Option<String> {
    let findings = analyze(data);
    let is_named = findings.verdict == Verdict::RootCause;
    findings.hypotheses.into_iter().next().filter(|_| is_named).map(|first| first.component)
}

#[test]
fn analyze_one_slow_minute_of_two_three_or_four_is_found() {
    for seed in 0..10 {
        for every in 2..=4 {
            let found = root_cause(&slow_in(seed, |minute| minute % every == 0, |_| false));
            assert_eq!(found.as_deref(), Some("store"), "1 of {every}, {seed}");
        }
    }
}

#[test]
fn analyze_evidence_of_what_comes_and_goes_tells_how_bad_it_is_when_it_is_there() {
    let findings = analyze(&slow_in(1, |minute| minute % 3 == 0, |_| false));
    let shown = findings.hypotheses.first().and_then(|first| first.supports.first());
    let Some(EvidenceItem::Metric(shift)) = shown else { panic!("{shown:?}") };
    assert!(shift.incident > 8.0 * shift.baseline, "{shift:?}");
}

#[test]
fn analyze_a_single_slow_minute_or_two_apart_are_outliers() {
    for seed in 0..10 {
        assert_eq!(root_cause(&slow_in(seed, |minute| minute == 9, |_| false)), None, "{seed}");
        assert_eq!(
            root_cause(&slow_in(seed, |minute| minute == 8 || minute == 14, |_| false)),
            None,
            "{seed}"
        );
    }
}

proptest! {
    #[test]
    fn analyze_what_came_and_went_as_often_before_is_as_ever(seed in 0..500_u64, every in 3..9_usize) {
        let comes = |minute: usize| minute.is_multiple_of(every);
        prop_assert_eq!(root_cause(&slow_in(seed, comes, comes)), None);
    }

    #[test]
    fn analyze_any_half_of_the_minutes_is_found(
        seed in 0..500_u64, mut minutes in prop::collection::vec(any::<bool>(), 20),
    ) {
        // Half of them, wherever they lie.
        for (at, minute) in minutes.iter_mut().enumerate() {
            *minute |= at % 4 == 0;
        }
        let is_slow = |minute: usize| minutes.get(minute).copied().unwrap_or(false);
        let found = root_cause(&slow_in(seed, is_slow, |_| false));
        prop_assert_eq!(minutes.len(), usize::try_from(INCIDENT_STEPS).unwrap_or(0));
        prop_assert_eq!(found.as_deref(), Some("store"));
    }
}
