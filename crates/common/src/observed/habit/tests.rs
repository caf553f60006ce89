use proptest::prelude::*;

use super::*;
use crate::ActorKind;

const ROLE: &str = "arn:aws:sts::123456789012:assumed-role/ops";

fn stop(at: &str, session: &str) -> Change {
    Change {
        event_id: format!("e-{at}-{session}"),
        event_name: "StopInstances".to_owned(),
        at: at.parse().unwrap(),
        actor: format!("{ROLE}/{session}"),
        by_nightshift: false,
        actor_kind: ActorKind::Unknown,
        resource: "arn:aws:ec2:eu-west-1:123456789012:instance/i-0123456789abcdef0".parse().unwrap(),
        request: BTreeMap::new(),
    }
}

#[test]
fn habit_is_the_same_change_by_the_same_role_at_the_same_time_on_two_days() {
    let tonight = stop("2026-11-20T20:00:07Z", "run-9");
    for (earlier, expected) in [
        (vec![], false),
        (vec![stop("2026-11-19T20:00:03Z", "run-8")], false),
        (vec![stop("2026-11-19T20:00:03Z", "run-8"), stop("2026-11-18T19:41:00Z", "run-7")], true),
        // Weekly.
        (vec![stop("2026-11-13T20:00:03Z", "a"), stop("2026-11-06T20:00:03Z", "b")], true),
        // Twice on one day.
        (vec![stop("2026-11-19T20:00:03Z", "a"), stop("2026-11-19T20:10:03Z", "b")], false),
        // At other times of the day.
        (vec![stop("2026-11-19T14:00:03Z", "a"), stop("2026-11-18T11:00:03Z", "b")], false),
        // Earlier on the same day is no other day.
        (vec![stop("2026-11-20T19:59:00Z", "a"), stop("2026-11-20T19:40:00Z", "b")], false),
        // Too long ago.
        (vec![stop("2026-11-01T20:00:03Z", "a"), stop("2026-10-31T20:00:03Z", "b")], false),
    ] {
        assert_eq!(habit(&tonight, &earlier).is_some(), expected, "{earlier:?}");
    }
}

#[test]
fn habit_of_another_actor_event_or_resource_is_none() {
    let tonight = stop("2026-11-20T20:00:07Z", "run-9");
    let nights = ["2026-11-19T20:00:03Z", "2026-11-18T20:00:03Z"];
    let other = |edit: &dyn Fn(&mut Change)| {
        nights.map(|night| {
            let mut change = stop(night, "run");
            edit(&mut change);
            change
        })
    };
    assert!(habit(&tonight, &other(&|_| ())).is_some());
    assert!(habit(&tonight, &other(&|change| change.actor = format!("{ROLE}2/run"))).is_none());
    assert!(habit(&tonight, &other(&|change| change.event_name = "StartInstances".to_owned())).is_none());
    let elsewhere = "arn:aws:ec2:eu-west-1:123456789012:instance/i-0000000000000000f";
    assert!(habit(&tonight, &other(&|change| change.resource = elsewhere.parse().unwrap())).is_none());
}

#[test]
fn habit_says_who_and_when() {
    let nights = [stop("2026-11-19T20:00:03Z", "a"), stop("2026-11-18T20:00:03Z", "b")];
    let Some(IntentSign::Habit { actor, days, time_of_day, .. }) =
        habit(&stop("2026-11-20T20:00:07Z", "c"), &nights)
    else {
        panic!("no habit")
    };
    assert_eq!((actor.as_str(), days, time_of_day.as_str()), (ROLE, 2, "20:00 UTC"));
}

#[test]
fn habit_counts_the_days_after_which_it_was_started_again() {
    let start = |at: &str| Change { event_name: "StartInstances".to_owned(), ..stop(at, "run") };
    let stops = || vec![stop("2026-11-19T20:00:03Z", "a"), stop("2026-11-18T20:00:03Z", "b")];
    for (starts, expected) in [
        (vec![], 0),
        (vec![start("2026-11-19T07:00:03Z"), start("2026-11-20T07:00:03Z")], 2),
        // Twice after one stop, and not after the other.
        (vec![start("2026-11-20T07:00:03Z"), start("2026-11-20T09:00:03Z")], 1),
        // Before all of them, and after the last.
        (vec![start("2026-11-18T07:00:03Z"), start("2026-11-20T20:00:09Z")], 0),
    ] {
        let earlier: Vec<Change> = stops().into_iter().chain(starts.clone()).collect();
        let Some(IntentSign::Habit { days_started_again, .. }) =
            habit(&stop("2026-11-20T20:00:07Z", "c"), &earlier)
        else {
            panic!("no habit")
        };
        assert_eq!(days_started_again, expected, "{starts:?}");
    }
}

proptest! {
    /// More history never takes a habit away.
    #[test]
    fn habit_more_history_never_takes_it_away(
        hours in prop::collection::vec(0i64..400, 0..12), more in prop::collection::vec(0i64..400, 0..6),
    ) {
        let tonight = stop("2026-11-20T20:00:07Z", "c");
        let at = |hours: &i64| {
            let mut change = stop("2026-11-20T20:00:07Z", "c");
            change.at = tonight.at - SignedDuration::from_hours(*hours);
            change
        };
        let few: Vec<Change> = hours.iter().map(at).collect();
        let all: Vec<Change> = hours.iter().chain(&more).map(at).collect();
        prop_assert!(habit(&tonight, &few).is_none() || habit(&tonight, &all).is_some());
    }
}
