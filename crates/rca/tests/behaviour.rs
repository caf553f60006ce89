//! What the engine says of systems whose fault is known.

#[path = "support/systems.rs"]
mod support;

use common::FailureMode;
use jiff::{SignedDuration, Timestamp};
use rca::{Case, Verdict, case::Change, case::LogWindow, findings::Observation, investigate};
use support::{INCIDENT, Noise, PERIOD, call, first, healthy, series, slow_store};

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(INCIDENT + seconds)
}

fn change(id: &str, name: &str, touches: &str, seconds: i64) -> Change {
    Change {
        id: id.to_owned(),
        at: at(seconds),
        name: name.to_owned(),
        source: "lambda.amazonaws.com".to_owned(),
        actor: "arn:aws:iam::111122223333:user/alice".to_owned(),
        read_only: Some(false),
        failed: false,
        touches: vec![touches.to_owned()],
    }
}

#[test]
fn investigate_slow_callee_two_hops_away_is_first_and_its_callers_are_explained() {
    let findings = investigate(&slow_store(1));
    assert_eq!(findings.verdict, Verdict::RootCause);
    let best = &findings.hypotheses[0];
    assert_eq!((best.component.as_str(), best.failure_mode), ("store", FailureMode::Slow));
    assert!(best.confidence > 0.8, "{}", best.confidence);
    let path = ["web", "api", "store"].map(str::to_owned).to_vec();
    assert!(best.supports.contains(&Observation::Path(path)));
    for explained in ["web", "api"] {
        assert!(findings.ruled_out.iter().any(|out| out.component == explained), "{explained}");
    }
    let began = at(4 * PERIOD);
    assert!(findings.onset.unwrap().duration_since(began).abs() <= SignedDuration::from_secs(PERIOD));
}

#[test]
fn investigate_noise_alone_is_healthy() {
    let wrong = (0..300).filter(|seed| investigate(&healthy(*seed)).verdict == Verdict::RootCause).count();
    assert_eq!(wrong, 0);
}

#[test]
fn investigate_the_symptoms_own_component_alone_is_the_cause() {
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
fn investigate_cpu_behind_the_slowness_is_the_failure_mode() {
    let mut case = slow_store(3);
    let mut noise = Noise::new(33);
    let cpu = case.series.iter_mut().find(|one| one.id == "store cpu Average").unwrap();
    *cpu = series("store", "cpu", "Average", 30.0, 3.0, &mut noise);
    assert_eq!(investigate(&case).hypotheses[0].failure_mode, FailureMode::Cpu);
}

#[test]
fn investigate_errors_of_a_metric_never_published_before_count() {
    let mut noise = Noise::new(4);
    let mut case = slow_store(4);
    case.symptom.metric = "Errors".to_owned();
    case.symptom.statistic = "Sum".to_owned();
    case.series = ["web", "api", "store"]
        .map(|component| {
            let mut one = series(component, "Errors", "Sum", 0.0, 1.0, &mut noise);
            // CloudWatch publishes no zeros: the times were asked for, and there was nothing.
            one.baseline.values.iter_mut().for_each(|value| *value = f64::NAN);
            one.incident.values = (0..20).map(|step| if step >= 4 { 12.0 } else { f64::NAN }).collect();
            one
        })
        .to_vec();
    let findings = investigate(&case);
    let best = &findings.hypotheses[0];
    assert_eq!((best.component.as_str(), best.failure_mode), ("store", FailureMode::Failing));
}

#[test]
fn investigate_a_callee_without_metrics_passes_the_blame_on() {
    let mut case = slow_store(5);
    case.series.retain(|one| one.component != "api");
    assert_eq!(first(&case).as_deref(), Some("store"));
}

#[test]
fn investigate_without_a_graph_says_so_and_is_less_sure() {
    let with = investigate(&slow_store(6));
    let without = investigate(&Case { calls: None, ..slow_store(6) });
    assert!(without.gaps.iter().any(|gap| gap.contains("call graph")));
    assert!(without.hypotheses[0].confidence < with.hypotheses[0].confidence);
}

#[test]
fn investigate_what_began_long_after_the_alarm_is_not_its_cause() {
    let mut case = slow_store(7);
    case.symptom.detected_at = Some(at(-3_600));
    assert!(matches!(investigate(&case).verdict, Verdict::Healthy { .. }));
}

#[test]
fn investigate_a_late_alarm_still_finds_onset_and_cause() {
    // Eight minutes of the incident lie in what is called the baseline.
    let mut case = slow_store(8);
    for one in &mut case.series {
        let all_times: Vec<i64> =
            one.baseline.times.iter().chain(one.incident.times.iter()).copied().collect();
        let all: Vec<f64> = one.baseline.values.iter().chain(&one.incident.values).copied().collect();
        let cut = all_times.iter().position(|at| *at >= INCIDENT + 12 * PERIOD).unwrap();
        one.baseline.times = all_times[..cut].into();
        one.baseline.values = all[..cut].to_vec();
        one.incident.times = all_times[cut..].into();
        one.incident.values = all[cut..].to_vec();
    }
    case.symptom.detected_at = Some(at(13 * PERIOD));
    let findings = investigate(&case);
    assert_eq!(findings.hypotheses[0].component, "store");
    assert!(
        findings.onset.unwrap().duration_since(at(4 * PERIOD)).abs() <= SignedDuration::from_secs(2 * PERIOD)
    );
}

#[test]
fn investigate_a_level_that_rises_every_day_at_this_hour_is_healthy() {
    let mut case = healthy(9);
    let wave = |time: i64| {
        let second_of_day = i32::try_from(time % 86_400).unwrap();
        1.0 + 0.8 * (std::f64::consts::TAU * f64::from(second_of_day) / 86_400.0).sin()
    };
    for one in &mut case.series {
        let mut noise = Noise::new(9);
        // Three days, a sample every five minutes, up to the incident.
        let times: Vec<i64> = (1..=864).rev().map(|back| INCIDENT - back * 300).collect();
        one.baseline.values = times.iter().map(|time| wave(*time) * (1.0 + 0.03 * noise.next())).collect();
        one.baseline.times = times.into();
        one.incident.values =
            one.incident.times.iter().map(|time| wave(*time) * (1.0 + 0.03 * noise.next())).collect();
    }
    assert!(matches!(investigate(&case).verdict, Verdict::Healthy { .. }));
}

#[test]
fn investigate_no_samples_or_no_baseline_abstains() {
    let verdict = investigate(&Case::default()).verdict;
    assert!(matches!(verdict, Verdict::Abstain { .. }));
    let mut case = slow_store(10);
    case.series.iter_mut().for_each(|one| one.baseline = rca::Samples::default());
    assert!(matches!(investigate(&case).verdict, Verdict::Abstain { .. }));
}

#[test]
fn investigate_change_on_the_cause_beats_the_newer_one_elsewhere() {
    let mut case = slow_store(11);
    case.changes = vec![
        change("deploy", "UpdateAlias", "arn:aws:lambda:r:1:function:store:live", 120),
        change("newer", "PutParameter", "/mail/page-size", 220),
        change("after", "UpdateAlias", "arn:aws:lambda:r:1:function:store:live", 900),
        Change { read_only: Some(true), ..change("read", "GetFunction", "store", 230) },
        Change { failed: true, ..change("refused", "UpdateAlias", "store", 235) },
    ];
    let findings = investigate(&case);
    let ids: Vec<&str> =
        findings.triggers.iter().map(|trigger| case.changes[trigger.change].id.as_str()).collect();
    assert_eq!(ids[0], "deploy", "{ids:?}");
    assert!(!ids.contains(&"read") && !ids.contains(&"after"));
    let best = &findings.hypotheses[0];
    assert_eq!(best.failure_mode, FailureMode::BadDeployment);
    assert!(best.supports.contains(&Observation::Change { id: "deploy".to_owned() }));
}

#[test]
fn investigate_new_errors_in_a_log_speak_for_a_component_without_metrics() {
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
    let findings = investigate(&case);
    let best = &findings.hypotheses[0];
    assert_eq!(best.component, "store");
    assert!(best.supports.iter().any(|seen| matches!(seen, Observation::Log { incident: 50, .. })));
}

#[test]
fn investigate_circle_of_calls_names_the_worst_in_it() {
    let mut case = slow_store(13);
    case.calls.as_mut().unwrap().extend([call("store", "web"), call("store", "store")]);
    assert_eq!(first(&case).as_deref(), Some("store"));
}
