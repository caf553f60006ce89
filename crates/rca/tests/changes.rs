//! Tests which change is found to be the trigger, and its effect on the verdict.

#[path = "support/systems.rs"]
mod support;

use common::FailureMode;
use jiff::{SignedDuration, Timestamp};
use rca::{Change, EvidenceItem, IncidentData, analyze};
use support::{INCIDENT, Noise, PERIOD, resampled, slow_store};

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
fn analyze_change_on_the_cause_beats_the_newer_one_elsewhere() {
    let mut case = slow_store(11);
    case.changes = vec![
        change("deploy", "UpdateAlias", "arn:aws:lambda:r:1:function:store:live", 120),
        change("newer", "PutParameter", "/mail/page-size", 220),
        change("after", "UpdateAlias", "arn:aws:lambda:r:1:function:store:live", 900),
        Change { read_only: Some(true), ..change("read", "GetFunction", "store", 230) },
        Change { failed: true, ..change("refused", "UpdateAlias", "store", 235) },
    ];
    let findings = analyze(&case);
    let ids: Vec<&str> =
        findings.triggers.iter().map(|trigger| case.changes[trigger.change].id.as_str()).collect();
    assert_eq!(ids[0], "deploy", "{ids:?}");
    assert!(!ids.contains(&"read") && !ids.contains(&"after"));
    let best = &findings.hypotheses[0];
    assert_eq!(best.failure_mode, FailureMode::BadDeployment);
    assert!(best.supports.contains(&EvidenceItem::Change { id: "deploy".to_owned() }));
}

#[test]
fn analyze_a_change_to_what_may_be_behind_the_cause_comes_before_one_to_who_is_well_and_calls_it() {
    let mut case = slow_store(12);
    case.series.push(support::series("cron", "latency", "Average", 0.2, 1.0, &mut Noise::new(4)));
    if let Some(calls) = &mut case.calls {
        calls.push(support::call("cron", "store"));
    }
    // `store` calls `disk`, and nothing measures the way there.
    case.changes =
        vec![change("behind", "UpdateService", "disk", 120), change("before", "UpdateService", "cron", 200)];
    let triggers = analyze(&case).triggers;
    let ids: Vec<&str> = triggers.iter().map(|trigger| case.changes[trigger.change].id.as_str()).collect();
    assert_eq!(ids, ["behind", "before"]);
}

#[test]
fn analyze_change_within_the_sample_that_rose_is_a_trigger() {
    let mut case = IncidentData { ..slow_store(29) };
    for component in ["web", "api", "store", "disk", "mail"] {
        case = resampled(&case, component, 300);
    }
    let rose = case.series[0].incident.times.iter().position(|at| *at >= INCIDENT + 4 * PERIOD).unwrap();
    let within = case.series[0].incident.times[rose] - INCIDENT + 100;
    case.changes = vec![change("deploy", "UpdateAlias", "arn:aws:lambda:r:1:function:store:live", within)];
    let findings = analyze(&case);
    assert_eq!(findings.hypotheses[0].failure_mode, FailureMode::BadDeployment);
}

#[test]
fn analyze_an_old_change_does_not_tell_how_it_is_broken() {
    let mut case = slow_store(30);
    case.changes = vec![change("old", "UpdateAlias", "store", -3 * 3_600)];
    assert_eq!(analyze(&case).hypotheses[0].failure_mode, FailureMode::Slow);
}

fn index(number: i32) -> usize {
    usize::try_from(number).unwrap_or(0)
}

/// Of made-up releases: one on the component that fails, up to an hour before it does, beside three on
/// others, as concurrent as those that were recorded for `ChangeRCA` (3.8 changes a failure).
#[test]
fn analyze_names_the_culprit_among_concurrent_changes_far_more_often_than_recency() {
    let (mut first, mut newest) = (0, 0);
    let cases = 200;
    for seed in 0..cases {
        let mut noise = Noise::new(seed + 1_000);
        let mut below = |most: i32| {
            let share = f64::midpoint(noise.next(), 1.0);
            (0..most).rfind(|number| f64::from(*number) <= share * f64::from(most)).unwrap_or(0)
        };
        let mut case = slow_store(seed);
        for place in 0..4 {
            let component =
                ["store", "web", "api", "disk", "mail"][if place == 0 { 0 } else { index(below(5)) }];
            let name = ["UpdateAlias", "UpdateService", "PutParameter"][index(below(3))];
            let seconds = 4 * PERIOD - i64::from(below(3_600));
            case.changes.push(change(&place.to_string(), name, component, seconds));
        }
        let touches_cause =
            |id: &str| case.changes.iter().any(|one| one.id == id && one.touches == ["store"]);
        let latest =
            case.changes.iter().filter(|one| one.at <= at(4 * PERIOD)).max_by_key(|one| one.at).unwrap();
        newest += i32::from(touches_cause(&latest.id));
        let findings = analyze(&case);
        let likeliest = &case.changes[findings.triggers[0].change];
        first += i32::from(touches_cause(&likeliest.id));
    }
    assert!(first >= 180, "{first} of {cases}");
    assert!(newest <= 120, "{newest} of {cases}");
}
