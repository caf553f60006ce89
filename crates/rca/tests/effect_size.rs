//! How much a metric moved counts, not only how surprising the move is.

#[path = "support/systems.rs"]
mod support;

use rca::{EvidenceItem, IncidentData, Series, analyze};
use support::{Noise, call, first, series, symptom};

/// A metric that stays within a share of its level, and moves to `times` of it from the incident's step 4 on.
fn steady(component: &str, metric: &str, level: f64, within: f64, times: f64, noise: &mut Noise) -> Series {
    let mut made = series(component, metric, "Average", level, 1.0, noise);
    for value in made.baseline.values.iter_mut().chain(&mut made.incident.values) {
        *value = level + (*value - level) * within * 10.0;
    }
    made.incident.values.iter_mut().skip(4).for_each(|value| *value *= times);
    made
}

fn web_calls_cart(all: Vec<Series>) -> IncidentData {
    IncidentData {
        symptom: symptom("web"),
        series: all,
        calls: Some(vec![call("web", "cart")]),
        ..IncidentData::default()
    }
}

#[test]
fn analyze_memory_that_moves_by_less_than_a_hundredth_tells_nothing() {
    for seed in 0..10 {
        let noise = &mut Noise::new(seed);
        let web = steady("web", "latency", 150.0, 0.01, 1.2, noise);
        let cart = steady("cart", "memory", 3_000.0, 0.0001, 1.007, noise);
        assert_eq!(first(&web_calls_cart(vec![web, cart])).as_deref(), Some("web"), "{seed}");
    }
}

#[test]
fn analyze_a_deep_fall_from_a_constant_is_worse_than_a_shallow_one() {
    let deviations = |times: f64| {
        let mut web = steady("web", "availability", 100.0, 0.0, times, &mut Noise::new(1));
        web.id.clear();
        let mut data = web_calls_cart(vec![web]);
        "availability".clone_into(&mut data.symptom.metric);
        let findings = analyze(&data);
        let shift = findings.hypotheses.first().and_then(|first| {
            first.supports.iter().find_map(|item| match item {
                EvidenceItem::Metric(shift) => Some(shift.deviations),
                _ => None,
            })
        });
        shift.unwrap_or(0.0)
    };
    assert!(deviations(0.03) < 2.0 * deviations(0.97), "{} {}", deviations(0.03), deviations(0.97));
    assert!(deviations(0.97) < -4.0, "{}", deviations(0.97));
}

#[test]
fn analyze_a_fall_from_a_constant_is_the_worse_the_deeper_it_is() {
    let deviations = |times: f64| {
        let mut data =
            web_calls_cart(vec![steady("web", "availability", 100.0, 0.0, times, &mut Noise::new(1))]);
        "availability".clone_into(&mut data.symptom.metric);
        let findings = analyze(&data);
        let shown = findings.hypotheses.first().and_then(|first| first.supports.first());
        let Some(EvidenceItem::Metric(shift)) = shown else { panic!("{times} {findings:?}") };
        -shift.deviations
    };
    let falls = [0.99, 0.97, 0.9, 0.7, 0.5, 0.2, 0.0].map(deviations);
    assert!(falls.is_sorted_by(|shallow, deep| shallow < deep) && falls[0] > 4.0, "{falls:?}");
}

#[test]
fn analyze_what_never_moved_and_moves_by_less_than_a_hundredth_tells_nothing() {
    for (metric, level) in [("memory", 3_000.0), ("latency", 0.003)] {
        let noise = &mut Noise::new(2);
        let web = steady("web", "latency", 150.0, 0.01, 1.2, noise);
        let cart = steady("cart", metric, level, 0.0, 1.007, noise);
        assert_eq!(first(&web_calls_cart(vec![web, cart])).as_deref(), Some("web"), "{metric}");
    }
}

#[test]
fn analyze_a_callee_that_is_hardly_slower_is_not_what_makes_its_caller_slow() {
    // 0.04 ms of 3, however steady they were, against 30 ms of 150.
    for seed in 0..10 {
        let noise = &mut Noise::new(seed);
        let web = steady("web", "latency", 150.0, 0.02, 1.2, noise);
        let cart = steady("cart", "latency", 3.0, 0.0001, 1.0 + 0.04 / 3.0, noise);
        assert_eq!(first(&web_calls_cart(vec![web, cart])).as_deref(), Some("web"), "{seed}");
        // In whatever unit: a callee as much slower by share as its caller explains it.
        let web = steady("web", "latency", 150.0, 0.02, 1.2, noise);
        let cart = steady("cart", "latency", 0.003, 0.002, 1.3, noise);
        assert_eq!(first(&web_calls_cart(vec![web, cart])).as_deref(), Some("cart"), "{seed}");
    }
}
