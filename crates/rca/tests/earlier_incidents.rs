//! An incident that happened before, within the baseline, does not hide the same happening again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/systems.rs"]
mod support;

use proptest::prelude::*;
use rca::{IncidentData, Series, Verdict, analyze};
use support::{BASELINE_STEPS, Noise, first, series, slow_store};

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

/// One component of `kind` that fails for `length` minutes in its baseline as it does now, and the caller that shows it.
fn recurring_kind(kind: &str, seed: u64, from: usize, length: usize) -> IncidentData {
    let noise = &mut Noise::new(seed);
    let made = |component: &str, noise: &mut Noise| match kind {
        "availability" => vec![
            series(component, "availability", "Average", 99.0, 0.7, noise),
            series(component, "requests", "Sum", 400.0, 1.0, noise),
        ],
        "errors" => vec![
            series(component, "Errors", "Sum", 2.0, 60.0, noise),
            series(component, "Invocations", "Sum", 400.0, 1.0, noise),
        ],
        "cpu" => vec![
            series(component, "cpu", "Average", 20.0, 4.0, noise),
            series(component, "latency", "Average", 0.2, 3.0, noise),
        ],
        _ => vec![series(component, "latency", "p90", 0.2, 2.0, noise)],
    };
    let mut all: Vec<Series> = ["web", "store"].into_iter().flat_map(|name| made(name, noise)).collect();
    for one in &mut all {
        if one.metric == "availability" {
            one.baseline.values.iter_mut().for_each(|value| *value = value.min(100.0));
            one.incident.values.iter_mut().for_each(|value| *value = value.min(100.0));
        }
        let times = match one.metric.as_str() {
            "availability" => 0.7,
            "Errors" => 60.0,
            "cpu" => 4.0,
            "latency" if kind == "cpu" => 3.0,
            "latency" => 2.0,
            _ => 1.0,
        };
        for value in one.baseline.values.iter_mut().skip(from).take(length) {
            *value *= times;
        }
    }
    let metric = match kind {
        "availability" => "availability",
        "errors" => "Errors",
        _ => "latency",
    };
    let mut symptom = support::symptom("web");
    metric.clone_into(&mut symptom.metric);
    IncidentData {
        symptom,
        series: all,
        calls: Some(vec![support::call("web", "store")]),
        ..IncidentData::default()
    }
}

#[test]
fn analyze_a_recurring_incident_of_any_kind_is_found() {
    let mut missed = Vec::new();
    for kind in ["availability", "errors", "cpu", "latency"] {
        for length in [1, 2, 3, 5, 8, 13, 20, 30, 40, 50, 60] {
            for seed in 0..10 {
                let from =
                    usize::try_from(seed).unwrap() * (usize::try_from(BASELINE_STEPS).unwrap() - length) / 9;
                if first(&recurring_kind(kind, seed, from, length)).as_deref() != Some("store") {
                    missed.push((kind, length, seed));
                }
            }
        }
    }
    assert_eq!(missed, []);
}
