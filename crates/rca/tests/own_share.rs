//! How sure it is that a fault is the first suspect's own: what it works with, and what was measured of those it calls.

#[path = "support/systems.rs"]
mod support;

use proptest::prelude::*;
use rca::{Change, IncidentData, Series, analyze};
use support::{INCIDENT, Noise, PERIOD, call, series, symptom};

/// `web` is slow; its CPU is `cpu` times the usual, where it is measured. It calls `callees`, which are calm.
fn slow_web(cpu: Option<f64>, callees: &[&str], seed: u64) -> IncidentData {
    let noise = &mut Noise::new(seed);
    let mut all = vec![series("web", "latency", "Average", 0.2, 4.0, noise)];
    all.extend(cpu.map(|times| series("web", "cpu", "Average", 30.0, times, noise)));
    for callee in callees {
        all.push(series(callee, "latency", "Average", 0.01, 1.0, noise));
    }
    let calls = callees.iter().map(|callee| call("web", callee)).collect();
    IncidentData { symptom: symptom("web"), series: all, calls: Some(calls), ..IncidentData::default() }
}

/// How sure it is of `web`.
fn sure(data: &IncidentData) -> f64 {
    let findings = analyze(data);
    let first = findings.hypotheses.first().filter(|first| first.component == "web");
    first.map_or(f64::NAN, |first| first.confidence)
}

fn of_call(callee: &str) -> Series {
    let measured = series(callee, "latency", "Average", 0.01, 1.0, &mut Noise::new(9));
    Series { id: format!("web calls {callee}"), caller: Some("web".to_owned()), ..measured }
}

#[test]
fn analyze_a_slow_component_with_a_calm_cpu_is_less_sure_than_a_busy_one() {
    let [busy, calm, unmeasured] = [Some(3.0), Some(1.0), None].map(|cpu| sure(&slow_web(cpu, &["cart"], 1)));
    assert!(calm < 0.7 && busy > 0.9 && unmeasured > 0.9, "{busy} {calm} {unmeasured}");
}

#[test]
fn analyze_calls_that_are_measured_and_calm_speak_against_waiting() {
    let mut data = slow_web(Some(1.0), &["cart"], 1);
    data.series.push(of_call("cart"));
    assert!(sure(&data) > 0.9);
}

#[test]
fn analyze_a_component_that_was_just_changed_has_a_reason_of_its_own() {
    let mut data = slow_web(Some(1.0), &["cart"], 1);
    data.changes = vec![Change {
        id: "deploy".to_owned(),
        at: jiff::Timestamp::from_second(INCIDENT + 3 * PERIOD).unwrap_or_default(),
        name: "UpdateService".to_owned(),
        source: "ecs.amazonaws.com".to_owned(),
        actor: "arn:aws:iam::111122223333:user/alice".to_owned(),
        read_only: Some(false),
        failed: false,
        touches: vec!["web".to_owned()],
    }];
    assert!(sure(&data) > 0.9);
}

proptest! {
    #[test]
    fn analyze_the_more_it_may_wait_for_the_less_sure_is_it(seed in 0..200_u64) {
        let sure = |callees: &[&str]| sure(&slow_web(Some(1.0), callees, seed));
        let all = [sure(&["cart"]), sure(&["cart", "mail"]), sure(&["cart", "mail", "ads"])];
        prop_assert!(all[0] > all[1] && all[1] > all[2] && all[2] > 0.0, "{all:?}");
    }

    #[test]
    fn analyze_not_knowing_who_calls_whom_never_makes_surer(seed in 0..200_u64) {
        let known = slow_web(Some(1.0), &["cart", "mail"], seed);
        let unknown = IncidentData { calls: None, ..known.clone() };
        prop_assert!(sure(&unknown) < sure(&known));
    }
}
