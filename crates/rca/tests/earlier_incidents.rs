//! An incident that happened before, within the baseline, does not hide the same happening again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/systems.rs"]
mod support;

use proptest::prelude::*;
use rca::{IncidentData, Verdict, analyze};
use support::{BASELINE_STEPS, first, slow_store};

/// The slow store's incident, also for `length` minutes of the baseline's three hours, from minute `from` on.
fn recurring(seed: u64, from: usize, length: usize) -> IncidentData {
    let mut data = slow_store(seed);
    for one in &mut data.series {
        let usual = one.baseline.values.clone();
        let values = one.baseline.values.iter_mut().enumerate();
        let times = if one.metric == "latency" { fault(&one.component) } else { 1.0 };
        values
            .filter(|(minute, _)| (from..from + length).contains(minute))
            .for_each(|(_, value)| *value *= times);
        assert_eq!(usual.len(), one.baseline.values.len());
    }
    data
}

/// The slow store without its fault, with latency three times as high in some minutes of the baseline and the incident alike.
fn bursts(seed: u64, is_burst: impl Fn(usize) -> bool) -> IncidentData {
    let mut data = slow_store(seed);
    for one in data.series.iter_mut().filter(|one| one.metric == "latency") {
        let times = fault(&one.component);
        let (baseline, incident) = (&mut one.baseline.values, &mut one.incident.values);
        incident.iter_mut().skip(4).for_each(|value| *value /= times);
        let all = baseline.iter_mut().chain(incident).enumerate();
        all.filter(|(minute, _)| is_burst(*minute)).for_each(|(_, value)| *value *= 3.0);
    }
    data
}

/// The component that is named as the root cause, if any is.
fn root_cause(data: &IncidentData) -> Option<String> {
    let findings = analyze(data);
    let is_named = matches!(findings.verdict, Verdict::RootCause);
    findings.hypotheses.into_iter().next().filter(|_| is_named).map(|first| first.component)
}

fn fault(component: &str) -> f64 {
    match component {
        "web" => 2.0,
        "api" => 3.0,
        "store" => 5.0,
        _ => 1.0,
    }
}

#[test]
fn analyze_a_recurring_incident_of_any_length_up_to_an_hour_is_found() {
    let mut missed = Vec::new();
    for length in 1..=60 {
        for seed in 0..10 {
            // Wherever in the three hours it was.
            let from =
                usize::try_from(seed).unwrap() * (usize::try_from(BASELINE_STEPS).unwrap() - length) / 9;
            let data = recurring(seed, from, length);
            if first(&data).as_deref() != Some("store") {
                missed.push((length, seed, first(&data)));
            }
        }
    }
    assert_eq!(missed, []);
}

proptest! {
    #[test]
    fn analyze_an_incident_that_recurred_twice_is_found(
        seed in 0..500_u64, length in 3..30_usize, first_at in 5..60_usize, gap in 5..50_usize,
    ) {
        let once = recurring(seed, first_at, length);
        let again = recurring(seed, first_at + length + gap, length);
        let mut twice = once.clone();
        for (one, other) in twice.series.iter_mut().zip(&again.series) {
            for (value, other) in one.baseline.values.iter_mut().zip(&other.baseline.values) {
                *value = value.max(*other);
            }
        }
        let found = first(&twice);
        prop_assert_eq!(found.as_deref(), Some("store"));
    }

    #[test]
    fn analyze_bursts_of_an_hourly_job_are_healthy(seed in 0..500_u64, lasts in 4..16_usize) {
        prop_assert_eq!(root_cause(&bursts(seed, |minute| minute % 60 < lasts)), None);
    }

    #[test]
    fn analyze_bursts_like_those_of_the_baseline_are_healthy(seed in 0..500_u64, every in 4..9_usize) {
        prop_assert_eq!(root_cause(&bursts(seed, |minute| minute % every == 0)), None);
    }
}
