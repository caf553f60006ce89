//! Requests that end at a component: `web` calls `shop` and `ads`, `shop` calls `pay`; only `web` measures failures.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/systems.rs"]
mod support;

use common::FailureMode;
use proptest::prelude::*;
use rca::{EvidenceItem, Findings, IncidentData, analyze};
use support::{Noise, call, series, symptom};

/// `web` fails; `shop` takes `shop` times its requests, and makes `pay` times its calls.
fn failing_web(shop: f64, pay: f64, seed: u64) -> IncidentData {
    let noise = &mut Noise::new(seed);
    let mut web = series("web", "availability", "Average", 100.0, 0.9, noise);
    for value in web.baseline.values.iter_mut().chain(web.incident.values.iter_mut().take(4)) {
        *value = 100.0;
    }
    let mut all = vec![web];
    for (component, level, times) in
        [("web", 500.0, 1.0), ("ads", 300.0, 1.0), ("shop", 100.0, shop), ("pay", 100.0, pay)]
    {
        all.push(series(component, "requests", "Sum", level, times, noise));
        all.push(series(component, "latency", "p50", 0.1, 1.0, noise));
    }
    let mut symptom = symptom("web");
    "availability".clone_into(&mut symptom.metric);
    IncidentData {
        symptom,
        series: all,
        calls: Some(vec![call("web", "shop"), call("web", "ads"), call("shop", "pay")]),
        ..IncidentData::default()
    }
}

fn first(findings: &Findings) -> Option<&str> {
    findings.hypotheses.first().map(|first| first.component.as_str())
}

#[test]
fn analyze_a_failing_caller_is_explained_by_where_its_requests_end() {
    let findings = analyze(&failing_web(1.0, 0.0, 1));
    let shop = findings.hypotheses.first().unwrap();
    assert_eq!((shop.component.as_str(), shop.failure_mode), ("shop", FailureMode::Failing));
    let ends = shop.supports.iter().find(|item| matches!(item, EvidenceItem::EndsRequests { .. }));
    assert_eq!(ends.unwrap().to_string(), "requests end here: 100 % of the calls to pay are missing");
}

#[test]
fn analyze_calls_that_anybody_else_makes_tell_nothing() {
    let mut data = failing_web(1.0, 0.0, 1);
    data.calls.as_mut().unwrap().push(call("web", "pay"));
    assert_eq!(first(&analyze(&data)), Some("web"));
}

#[test]
fn analyze_a_component_that_measures_that_it_does_not_fail_is_not_blamed_for_calling_less() {
    let mut data = failing_web(1.0, 0.0, 1);
    data.series.push(series("shop", "Errors", "Average", 0.01, 1.0, &mut Noise::new(9)));
    assert_eq!(first(&analyze(&data)), Some("web"));
}

#[test]
fn analyze_what_is_cut_off_keeps_nobody_waiting() {
    let findings = analyze(&failing_web(1.0, 0.0, 1));
    assert!(findings.unobserved.iter().all(|one| one.component != "pay"), "{:?}", findings.unobserved);
}

proptest! {
    #[test]
    fn analyze_as_many_calls_for_each_request_as_ever_blame_nobody(seed in 0..500_u64, load in 0.2..3.0_f64) {
        let findings = analyze(&failing_web(load, load, seed));
        prop_assert_eq!(first(&findings), Some("web"));
    }

    #[test]
    fn analyze_most_calls_missing_are_found_whatever_the_load(
        seed in 0..500_u64, load in 0.7..1.5_f64, left in 0.0..0.4_f64,
    ) {
        let findings = analyze(&failing_web(load, load * left, seed));
        prop_assert_eq!(first(&findings), Some("shop"));
    }
}
