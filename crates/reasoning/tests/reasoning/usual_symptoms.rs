//! Tests that an alarm on what is as usual reports no fault, and that no change is blamed for it.

use common::{
    Arn, Conclusion, Evidence, FailureMode, Gap, Observed, OwnRoles, SymptomState,
    evidence::{AlarmTransition, ReadSource},
    findings::{ComponentCourse, EngineFindings, EngineSuspect, EngineVerdict, MetricDigest},
};
use fakes::{
    sample,
    sample_evidence::{alias, alias_state, before, change, evidence, firing, function, root_cause},
};
use jiff::Timestamp;
use proptest::prelude::*;
use reasoning::{
    judgement::{
        conclude::{Assessment, conclude},
        incident_evidence::IncidentEvidence,
    },
    playbooks::playbook::Playbooks,
};

fn concluded(observed: Vec<Observed>, gaps: &[Gap]) -> Assessment {
    let all: Vec<Evidence> =
        [Observed::Symptom { observation: firing() }].into_iter().chain(observed).map(evidence).collect();
    let signal = sample::alarm_signal("event-1", "checkout-errors");
    let own_roles = OwnRoles::default();
    let case =
        IncidentEvidence { signal: &signal, evidence: &all, gaps, own_roles: &own_roles, attempted: &[] };
    conclude(&case, &Playbooks::shipped().unwrap())
}

fn metrics(series: &[(Option<Arn>, &str, f64, f64, bool)]) -> Observed {
    let digest =
        |(resource, metric, baseline, incident, within_usual): &(Option<Arn>, &str, f64, f64, bool)| {
            MetricDigest {
                resource: resource.clone(),
                metric: (*metric).to_owned(),
                statistic: "Sum".to_owned(),
                baseline_samples: 180,
                incident_samples: 15,
                baseline: Some(*baseline),
                incident: Some(*incident),
                last: Some(*incident),
                deviations: None,
                sparkline: String::new(),
                within_usual: *within_usual,
            }
        };
    let (from, to) = (before(180), before(-2));
    let series = series.iter().map(digest).collect();
    Observed::Metrics { from, incident_from: before(10), to, period_seconds: 60, series }
}

/// It served requests every minute until now.
fn course(abnormal_since: Option<Timestamp>) -> ComponentCourse {
    ComponentCourse {
        resource: function(),
        shows_failures: true,
        abnormal_since,
        normal_again_since: None,
        period_seconds: 60,
        requests: (0..180).map(|minutes| (before(minutes).as_second(), 400)).collect(),
    }
}

fn usual(abnormal_since: Option<Timestamp>) -> EngineFindings {
    let why = "Errors of checkout stayed in its usual range".to_owned();
    EngineFindings {
        verdict: EngineVerdict::Healthy { why },
        symptom_judged: true,
        suspects: Vec::new(),
        courses: vec![course(abnormal_since)],
        ..root_cause(&[], 0.0)
    }
}

fn moved(minutes: i64) -> [Observed; 2] {
    [
        alias_state("3", Some("2")),
        Observed::Change { change: change(&alias(), "UpdateAlias", before(minutes)) },
    ]
}

/// A deployment `minutes` before an alarm on errors that are where they were.
fn without_effect(minutes: i64, within_usual: bool, abnormal_since: Option<Timestamp>) -> Vec<Observed> {
    let engine = Observed::Engine { findings: usual(abnormal_since) };
    moved(minutes).into_iter().chain([engine, metrics(&[(None, "Errors", 0.0, 0.0, within_usual)])]).collect()
}

#[test]
fn conclude_errors_that_were_there_before_the_change_are_no_fault_of_it() {
    let found = concluded(without_effect(34, true, None), &[]);
    // They are failures all the same, and somebody looks at them.
    let Conclusion::Abstained { reason } = &found.conclusion else { panic!("{found:?}") };
    assert!(reason.starts_with("Errors of checkout stayed in its usual range"), "{reason}");
    assert!(reason.ends_with("It did not begin with this alarm"), "{reason}");
    assert!(found.hypotheses.is_empty(), "{found:?}");
    let out = found.ruled_out.iter().find(|out| out.component == alias()).unwrap();
    assert!(out.why.contains("it has served as usual for 35 min since its change"), "{}", out.why);
}

#[test]
fn conclude_a_change_is_blamed_where_the_symptom_or_its_own_course_is_not_as_usual() {
    let unread = [Gap::new(ReadSource::Logs, "a call", "denied")];
    for (observed, gaps) in [
        // An alarm may fire on one sample, which the engine takes for chance.
        (without_effect(34, false, None), &[][..]),
        // Too little time to show.
        (without_effect(1, true, None), &[]),
        // Its own latency rose.
        (without_effect(5, true, Some(before(5))), &[]),
        (without_effect(1, true, None), &unread),
    ] {
        let found = concluded(observed, gaps);
        assert_eq!(found.hypotheses.first().map(|one| &one.component), Some(&alias()), "{found:?}");
    }
    // What could not all be read is not said to be well.
    let found = concluded(without_effect(34, true, None), &unread);
    assert!(matches!(found.conclusion, Conclusion::Abstained { .. }), "{found:?}");
}

proptest! {
    /// Moving a change without effect further back never raises the confidence in it.
    #[test]
    fn conclude_an_earlier_change_without_effect_is_never_blamed_more(minutes in 1i64..58, more in 0i64..58) {
        let blame = |minutes| {
            let found = concluded(without_effect(minutes, true, None), &[]);
            found.hypotheses.iter().map(|one| one.confidence).fold(0.0, f64::max)
        };
        let earlier = (minutes + more).min(58);
        prop_assert!(blame(earlier) <= blame(minutes) + 1e-12);
    }
}

fn transition(minutes: i64, to: SymptomState) -> AlarmTransition {
    AlarmTransition { at: before(minutes), to, summary: String::new() }
}

/// Load rose on the function, whose alarm fired `minutes` before too, for five.
fn load(minutes: i64, mode: FailureMode, errors: f64) -> Vec<Observed> {
    let mut engine = EngineFindings { symptom_judged: true, ..root_cause(&[function()], 0.9) };
    engine.suspects = engine
        .suspects
        .into_iter()
        .map(|one| EngineSuspect { failure_mode: mode, measured_mode: Some(mode), ..one })
        .collect();
    let fired = [transition(minutes, SymptomState::Firing), transition(minutes - 5, SymptomState::Recovered)];
    vec![
        Observed::Engine { findings: engine },
        Observed::AlarmHistory { transitions: fired.into() },
        metrics(&[
            (Some(function()), "Invocations", 10.0, 300.0, false),
            (Some(function()), "Errors", 0.0, errors, false),
        ]),
    ]
}

const DAY: i64 = 24 * 60;

#[test]
fn conclude_the_load_of_this_time_of_the_day_is_no_fault() {
    let found = concluded(load(DAY + 3, FailureMode::Overload, 0.0), &[]);
    let Conclusion::NoFault { reason } = &found.conclusion else { panic!("{found:?}") };
    assert!(reason.contains("recovered after 5 min"), "{reason}");
}

#[test]
fn conclude_a_load_at_another_time_or_with_failures_or_a_change_is_told() {
    let beside_a_change = load(DAY, FailureMode::Overload, 0.0).into_iter().chain(moved(2)).collect();
    for observed in [
        load(DAY / 2, FailureMode::Overload, 0.0),
        load(DAY, FailureMode::Failing, 0.0),
        load(DAY, FailureMode::Overload, 7.0),
        beside_a_change,
    ] {
        let found = concluded(observed.clone(), &[]);
        assert_eq!(found.conclusion, Conclusion::Explained, "{observed:?}");
    }
    let found =
        concluded(load(DAY, FailureMode::Overload, 0.0), &[Gap::new(ReadSource::Logs, "a call", "denied")]);
    assert_eq!(found.conclusion, Conclusion::Explained);
}
