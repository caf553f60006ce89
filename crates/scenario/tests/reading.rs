//! Tests reading a whole recorded incident of our own (`tests/data`).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

use rca::{Call, Samples, Series};
use scenario::{Scenario, SharedFiles};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/shop/slow-checkout")
}

fn series(scenario: &Scenario, id: &str) -> Series {
    scenario.incident.series.iter().find(|series| series.id == id).unwrap().clone()
}

/// With NaN as `None`, so that it can be compared.
fn pairs(samples: &Samples) -> Vec<(i64, Option<f64>)> {
    let values = samples.values.iter().map(|value| (!value.is_nan()).then_some(*value));
    samples.times.iter().copied().zip(values).collect()
}

#[test]
fn symptom_series_and_calls_are_what_the_files_say() {
    let scenario = Scenario::read(&folder()).unwrap();
    assert_eq!(scenario.name, "shop/slow-checkout");
    let symptom = &scenario.incident.symptom;
    assert_eq!((symptom.component.as_str(), symptom.metric.as_str()), ("web", "latency"));
    assert_eq!(symptom.detected_at, Some("2026-11-20T03:42:30Z".parse().unwrap()));
    assert_eq!(
        scenario.incident.calls,
        Some(vec![Call { caller: "web".to_owned(), callee: "checkout".to_owned() }])
    );
    let ids: Vec<_> = scenario.incident.series.iter().map(|series| series.id.as_str()).collect();
    assert_eq!(ids, ["web-latency", "checkout-latency", "checkout-errors", "never-recorded"]);
    assert_eq!(series(&scenario, "checkout-errors").statistic, "");
}

#[test]
fn windows_cut_the_files_with_both_ends_included() {
    let scenario = Scenario::read(&folder()).unwrap();
    let latency = series(&scenario, "checkout-latency");
    assert_eq!(
        pairs(&latency.baseline),
        [(1_795_140_000, Some(0.10)), (1_795_140_060, None), (1_795_140_120, Some(0.11))]
    );
    // Out of order and twice, as it stands in the file: the engine copes.
    assert_eq!(
        pairs(&latency.incident),
        [
            (1_795_146_000, Some(0.10)),
            (1_795_146_120, Some(0.81)),
            (1_795_146_060, Some(0.80)),
            (1_795_146_060, None)
        ]
    );
}

#[test]
fn series_on_one_side_or_on_none_stay_empty_where_they_are_not() {
    let scenario = Scenario::read(&folder()).unwrap();
    let errors = series(&scenario, "checkout-errors");
    assert_eq!((errors.baseline.values.len(), errors.incident.values.len()), (0, 4));
    let never = series(&scenario, "never-recorded");
    assert_eq!((never.baseline.values.len(), never.incident.values.len()), (0, 0));
}

#[test]
fn log_lines_are_sorted_by_component_and_window() {
    let scenario = Scenario::read(&folder()).unwrap();
    let [checkout, web] = scenario.incident.logs.as_slice() else { panic!("two components") };
    assert_eq!(checkout.component, "checkout");
    assert_eq!(checkout.baseline, ["order 17 taken", "order 18 taken"]);
    assert_eq!(checkout.incident, ["connection to 10.0.0.7 timed out"]);
    assert_eq!((web.baseline.len(), web.incident.len()), (0, 1));
    // The log begins a minute after the baseline does.
    assert_eq!((checkout.baseline_seconds, checkout.incident_seconds), (60, 120));
}

#[test]
fn changes_say_what_was_called_by_whom_and_what_it_names() {
    let scenario = Scenario::read(&folder()).unwrap();
    let [update, delete] = scenario.incident.changes.as_slice() else { panic!("two changes") };
    assert_eq!((update.id.as_str(), update.name.as_str()), ("e-1", "UpdateFunctionConfiguration"));
    assert_eq!(update.source, "lambda.amazonaws.com");
    assert_eq!(update.actor, "arn:aws:sts::123456789012:assumed-role/deployer/ci");
    assert_eq!((update.read_only, update.failed), (Some(false), false));
    assert_eq!(
        update.touches,
        [
            "arn:aws:lambda:eu-west-1:123456789012:function:checkout",
            "checkout",
            "arn:aws:lambda:eu-west-1:123456789012:layer:metrics:3"
        ]
    );
    assert_eq!(delete.actor, "cloudformation.amazonaws.com");
    assert_eq!((delete.read_only, delete.failed, delete.touches.len()), (Some(false), true, 0));
}

#[test]
fn shared_files_are_read_once_and_give_the_same() {
    let mut shared = SharedFiles::default();
    let first = Scenario::read_sharing(&folder(), &mut shared).unwrap();
    let again = Scenario::read_sharing(&folder(), &mut shared).unwrap();
    for (one, other) in first.incident.series.iter().zip(&again.incident.series) {
        assert_eq!(pairs(&one.baseline), pairs(&other.baseline), "{}", one.id);
        assert_eq!(pairs(&one.incident), pairs(&other.incident), "{}", one.id);
    }
}

#[test]
fn series_of_a_call_is_read_with_both_ends() {
    let list = br#"[{"id": "a", "component": "web", "metric": "latency"},
                    {"id": "b", "caller": "web", "callee": "db", "metric": "latency", "statistic": "p50"}]"#;
    let read = scenario::parse::series(list).unwrap();
    let ends = |place: usize| read.get(place).map(|one| (one.component.as_str(), one.caller.as_deref()));
    assert_eq!((ends(0), ends(1)), (Some(("web", None)), Some(("db", Some("web")))));
}
