//! Tests the engine's verdicts on systems whose fault is known.

#[path = "support/systems.rs"]
mod support;

use common::FailureMode;
use jiff::{SignedDuration, Timestamp};
use rca::{EvidenceItem, IncidentData, LogWindow, Verdict, analyze};
use support::{INCIDENT, Noise, PERIOD, call, first, healthy, series, slow_store};

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(INCIDENT + seconds)
}

#[test]
fn analyze_slow_callee_two_hops_away_is_first_and_its_callers_are_explained() {
    let findings = analyze(&slow_store(1));
    assert_eq!(findings.verdict, Verdict::RootCause);
    let best = &findings.hypotheses[0];
    assert_eq!((best.component.as_str(), best.failure_mode), ("store", FailureMode::Slow));
    assert!(best.confidence > 0.5, "{}", best.confidence);
    let path = ["web", "api", "store"].map(str::to_owned).to_vec();
    assert!(best.supports.contains(&EvidenceItem::Path(path)));
    for explained in ["web", "api"] {
        assert!(findings.ruled_out.iter().any(|out| out.component == explained), "{explained}");
    }
    let began = at(4 * PERIOD);
    assert!(findings.onset.unwrap().duration_since(began).abs() <= SignedDuration::from_secs(PERIOD));
}

#[test]
fn analyze_noise_alone_is_healthy() {
    let wrong = (0..300).filter(|seed| analyze(&healthy(*seed)).verdict == Verdict::RootCause).count();
    assert_eq!(wrong, 0);
}

#[test]
fn analyze_the_symptoms_own_component_alone_is_the_cause() {
    let mut case = slow_store(2);
    for one in &mut case.series {
        if one.component != "web" {
            one.incident = healthy(2).series.iter().find(|calm| calm.id == one.id).unwrap().incident.clone();
            one.baseline = healthy(2).series.iter().find(|calm| calm.id == one.id).unwrap().baseline.clone();
        }
    }
    assert_eq!(first(&case).as_deref(), Some("web"));
}

#[test]
fn analyze_cpu_behind_the_slowness_is_the_failure_mode() {
    let mut case = slow_store(3);
    let mut noise = Noise::new(33);
    let cpu = case.series.iter_mut().find(|one| one.id == "store cpu Average").unwrap();
    *cpu = series("store", "cpu", "Average", 30.0, 3.0, &mut noise);
    assert_eq!(analyze(&case).hypotheses[0].failure_mode, FailureMode::Cpu);
}

#[test]
fn analyze_a_callee_without_metrics_passes_the_blame_on() {
    let mut case = slow_store(5);
    case.series.retain(|one| one.component != "api");
    assert_eq!(first(&case).as_deref(), Some("store"));
}

#[test]
fn analyze_without_a_graph_says_so_and_is_less_sure() {
    let with = analyze(&slow_store(6));
    let without = analyze(&IncidentData { calls: None, ..slow_store(6) });
    assert!(without.gaps.iter().any(|gap| gap.contains("call graph")));
    assert!(without.hypotheses[0].confidence < with.hypotheses[0].confidence);
}

#[test]
fn analyze_no_samples_or_no_baseline_abstains() {
    let verdict = analyze(&IncidentData::default()).verdict;
    assert!(matches!(verdict, Verdict::Abstain { .. }));
    let mut case = slow_store(10);
    case.series.iter_mut().for_each(|one| one.baseline = rca::Samples::default());
    assert!(matches!(analyze(&case).verdict, Verdict::Abstain { .. }));
}

#[test]
fn analyze_new_errors_in_a_log_speak_for_a_component_without_metrics() {
    let mut case = slow_store(12);
    case.series.retain(|one| one.component != "store");
    let calm: Vec<String> =
        (0..200).map(|count| format!("served request {count} in {} ms", count % 40)).collect();
    let mut incident = calm.clone();
    incident.extend((0..50).map(|count| format!("ERROR lock {count} timed out: KeyError in storage.py")));
    case.logs = vec![LogWindow {
        component: "store".to_owned(),
        baseline_seconds: 3_600,
        incident_seconds: 3_600,
        baseline: calm,
        incident,
    }];
    let findings = analyze(&case);
    let best = &findings.hypotheses[0];
    assert_eq!(best.component, "store");
    assert!(best.supports.iter().any(|seen| matches!(seen, EvidenceItem::Log { incident: 50, .. })));
}

#[test]
fn analyze_circle_of_calls_names_the_worst_in_it() {
    let mut case = slow_store(13);
    case.calls.as_mut().unwrap().extend([call("store", "web"), call("store", "store")]);
    assert_eq!(first(&case).as_deref(), Some("store"));
}

#[test]
fn analyze_one_new_log_line_is_no_incident_where_the_symptom_is_calm() {
    let mut case = healthy(27);
    case.series.retain(|one| one.component != "store");
    case.logs = vec![LogWindow {
        component: "store".to_owned(),
        baseline_seconds: 3_600,
        incident_seconds: 3_600,
        baseline: vec!["served".to_owned(); 50],
        incident: vec!["error closing idle socket".to_owned()],
    }];
    assert!(matches!(analyze(&case).verdict, Verdict::Healthy { .. }));
}

#[test]
fn analyze_a_log_without_a_baseline_is_a_gap_and_says_nothing() {
    let mut case = slow_store(28);
    case.logs = vec![LogWindow {
        component: "mail".to_owned(),
        incident: vec!["ERROR: disk is full".to_owned(); 9],
        ..LogWindow::default()
    }];
    let findings = analyze(&case);
    assert_eq!(findings.hypotheses[0].component, "store");
    assert!(findings.gaps.iter().any(|gap| gap.contains("mail")), "{:?}", findings.gaps);
}

#[test]
fn analyze_a_count_that_is_not_of_requests_does_not_weigh() {
    let mut noise = Noise::new(31);
    let mut case = slow_store(31);
    case.series.push(series("web", "requests", "Sum", 1_000.0, 1.0, &mut noise));
    case.series.push(series("store", "TaskCount", "Average", 2.0, 1.0, &mut noise));
    assert_eq!(first(&case).as_deref(), Some("store"));
}

#[test]
fn analyze_a_graph_without_the_symptom_is_no_graph() {
    for calls in [vec![], vec![call("web", "web")], vec![call("x", "y")]] {
        let findings = analyze(&IncidentData { calls: Some(calls), ..slow_store(33) });
        assert_eq!(findings.hypotheses[0].component, "store");
        assert!(findings.gaps.iter().any(|gap| gap.contains("call graph")), "{:?}", findings.gaps);
    }
}
