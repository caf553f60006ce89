//! What lies behind a suspect without showing: `web` calls `cart`, `mail` and `ads`; `shop` calls `cart` and `mail` too.

#[path = "support/systems.rs"]
mod support;

use rca::{Findings, IncidentData, Series, analyze};
use support::{Noise, call, series, symptom};

const CALLEES: [&str; 3] = ["cart", "mail", "ads"];

/// `web` is slow by `times`; its callees measure what `measured` says, and are calm.
fn slow_web(times: f64, measured: &str) -> IncidentData {
    let noise = &mut Noise::new(3);
    let mut all = vec![
        series("web", "latency", "Average", 0.2, times, noise),
        series("shop", "latency", "Average", 0.2, 1.0, noise),
    ];
    all.extend(CALLEES.map(|callee| series(callee, measured, "Average", 30.0, 1.0, noise)));
    IncidentData {
        symptom: symptom("web"),
        series: all,
        calls: Some(vec![
            call("web", "cart"),
            call("web", "mail"),
            call("web", "ads"),
            call("shop", "cart"),
            call("shop", "mail"),
        ]),
        ..IncidentData::default()
    }
}

fn of_call(callee: &str) -> Series {
    let measured = series(callee, "latency", "Average", 0.1, 1.0, &mut Noise::new(9));
    Series { id: format!("web calls {callee}"), caller: Some("web".to_owned()), ..measured }
}

fn behind(data: &IncidentData) -> Vec<String> {
    analyze(data).unobserved.into_iter().map(|one| one.component).collect()
}

#[test]
fn analyze_callees_of_a_slow_component_that_measure_no_time_may_lie_behind_it() {
    let findings = analyze(&slow_web(3.0, "cpu"));
    let first = findings.hypotheses.first().unwrap();
    assert_eq!(first.component, "web");
    assert_eq!(findings.unobserved.len(), 3);
    for one in &findings.unobserved {
        assert!(one.caller == "web" && one.score > 0.0 && one.score < first.score, "{one:?}");
        assert!(findings.excluded().all(|out| out.component != one.component), "{one:?}");
    }
}

#[test]
fn analyze_a_callee_whose_other_callers_are_well_is_less_likely() {
    // `shop` calls the other two, and is as fast as ever.
    assert_eq!(behind(&slow_web(3.0, "cpu")).first().map(String::as_str), Some("ads"));
}

#[test]
fn analyze_what_a_caller_measures_of_its_calls_leaves_nothing_unobserved() {
    let mut data = slow_web(3.0, "cpu");
    data.series.extend(["cart", "mail"].map(of_call));
    assert_eq!(behind(&data), ["ads"]);
    data.series.push(of_call("ads"));
    assert!(behind(&data).is_empty());
}

#[test]
fn analyze_the_way_to_a_callee_that_measures_itself_weighs_less() {
    let weigh = |findings: &Findings, name: &str| {
        findings.unobserved.iter().find(|one| one.component == name).map_or(0.0, |one| one.score)
    };
    let mut data = slow_web(3.0, "cpu");
    let unmeasured = weigh(&analyze(&data), "ads");
    data.series.push(series("ads", "latency", "Average", 0.1, 1.0, &mut Noise::new(5)));
    let measured = weigh(&analyze(&data), "ads");
    assert!(measured > 0.0 && measured < unmeasured, "{measured} {unmeasured}");
}

#[test]
fn analyze_nothing_lies_behind_what_is_well_or_short_of_its_own_resources() {
    assert!(behind(&slow_web(1.0, "cpu")).is_empty());
    let mut busy = slow_web(1.0, "cpu");
    busy.series.push(series("web", "cpu", "Average", 30.0, 3.0, &mut Noise::new(4)));
    assert!(behind(&busy).is_empty());
}
