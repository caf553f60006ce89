//! Tests one check, and the properties of every sequence of checks.

use common::{Observation, SymptomState};
use fakes::sample;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use verify::{
    recovery::{self, Assessment, Finding, SinceAction, SymptomCheck, Timing, assess},
    target_state::TargetState,
};

const TIMING: Timing = Timing {
    hold: SignedDuration::from_secs(120),
    deadline: SignedDuration::from_secs(900),
    poll: SignedDuration::from_secs(30),
};

fn seen(state: SymptomState, excess: Option<f64>) -> Observation {
    Observation { state, summary: String::new(), since: None, excess, measured_from: None }
}

fn after(seconds: i64) -> Timestamp {
    sample::at() + SignedDuration::from_secs(seconds)
}

/// A check at `seconds` after the start, with everything else as it mostly is.
fn check<'a>(seconds: i64, now: &'a Observation, target: &'a TargetState) -> SymptomCheck<'a> {
    SymptomCheck {
        at: after(seconds),
        started_at: after(0),
        before: None,
        now,
        window: None,
        since_action: SinceAction::State,
        target,
        healthy_since: None,
        last_signal_at: after(-60),
    }
}

const HEALTHY: fn() -> Observation = || seen(SymptomState::Recovered, Some(0.0));
const FIRING: fn() -> Observation = || seen(SymptomState::Firing, Some(4.0));
const UNKNOWN: fn() -> Observation = || seen(SymptomState::Unknown, None);

fn finding(check: &SymptomCheck<'_>) -> Finding {
    assess(check, TIMING).finding
}

#[test]
fn assess_first_healthy_look_starts_the_hold() {
    let assessed = assess(&check(10, &HEALTHY(), &TargetState::AsPlanned), TIMING);
    let expected =
        Assessment { finding: Finding::NotYet { wait_seconds: 30 }, healthy_since: Some(after(10)) };
    assert_eq!(assessed, expected);
}

#[test]
fn assess_a_period_that_began_before_the_action_does_not_show_it_worse() {
    let before = FIRING();
    let of_period =
        |from: i64| Observation { measured_from: Some(after(from)), ..seen(SymptomState::Firing, Some(9.0)) };
    for (from, expected) in [(-1, Finding::NotYet { wait_seconds: 30 }), (0, Finding::Worse)] {
        let now = of_period(from);
        let grown = SymptomCheck { before: Some(&before), ..check(130, &now, &TargetState::AsPlanned) };
        assert_eq!(finding(&grown), expected, "{from}");
    }
}

#[test]
fn assess_healthy_for_the_hold_is_recovered() {
    let now = HEALTHY();
    let held = SymptomCheck { healthy_since: Some(after(10)), ..check(130, &now, &TargetState::AsPlanned) };
    assert_eq!(finding(&held), Finding::Recovered);
}

#[test]
fn assess_last_wait_is_what_remains_of_the_hold() {
    let now = HEALTHY();
    let held = SymptomCheck { healthy_since: Some(after(10)), ..check(125, &now, &TargetState::AsPlanned) };
    assert_eq!(finding(&held), Finding::NotYet { wait_seconds: 5 });
}

#[test]
fn assess_relapse_forgets_the_hold() {
    let now = FIRING();
    let relapsed =
        SymptomCheck { healthy_since: Some(after(10)), ..check(100, &now, &TargetState::AsPlanned) };
    assert_eq!(assess(&relapsed, TIMING).healthy_since, None);
}

#[test]
fn assess_relapse_between_two_looks_restarts_the_hold() {
    let now = Observation { since: Some(after(100)), ..HEALTHY() };
    let by_service =
        SymptomCheck { healthy_since: Some(after(10)), ..check(140, &now, &TargetState::AsPlanned) };
    assert_eq!(assess(&by_service, TIMING).healthy_since, Some(after(100)));
    let now = HEALTHY();
    let by_signal = SymptomCheck {
        healthy_since: Some(after(10)),
        last_signal_at: after(90),
        ..check(140, &now, &TargetState::AsPlanned)
    };
    assert_eq!(assess(&by_signal, TIMING).healthy_since, Some(after(90)));
}

#[test]
fn assess_target_not_as_planned_is_not_healthy() {
    for target in [TargetState::Otherwise("state stopped".into()), TargetState::Unreadable("denied".into())] {
        let now = HEALTHY();
        let held = SymptomCheck { healthy_since: Some(after(10)), ..check(200, &now, &target) };
        assert_eq!(assess(&held, TIMING).healthy_since, None, "{target:?}");
        assert_eq!(finding(&check(900, &now, &target)), Finding::Unknown, "{target:?}");
    }
}

#[test]
fn assess_firing_is_unchanged_only_at_the_deadline() {
    let now = FIRING();
    assert!(matches!(finding(&check(899, &now, &TargetState::AsPlanned)), Finding::NotYet { .. }));
    assert_eq!(finding(&check(900, &now, &TargetState::AsPlanned)), Finding::Unchanged);
}

#[test]
fn assess_firing_with_nothing_done_is_unchanged_at_once() {
    assert_eq!(finding(&check(1, &FIRING(), &TargetState::NoPlan)), Finding::Unchanged);
}

#[test]
fn assess_unknown_is_unknown_only_at_the_deadline() {
    let now = UNKNOWN();
    assert!(matches!(finding(&check(899, &now, &TargetState::AsPlanned)), Finding::NotYet { .. }));
    assert_eq!(finding(&check(900, &now, &TargetState::AsPlanned)), Finding::Unknown);
}

#[test]
fn assess_healthy_but_not_for_the_hold_at_the_deadline_is_unknown() {
    let now = HEALTHY();
    let late = SymptomCheck { healthy_since: Some(after(890)), ..check(900, &now, &TargetState::AsPlanned) };
    assert_eq!(finding(&late), Finding::Unknown);
}

#[test]
fn assess_grown_excess_is_worse_once_the_hold_has_passed() {
    let cases = [
        (Some(4.0), Some(5.0), true),
        (Some(4.0), Some(4.9), false),
        (Some(0.1), Some(0.3), false),
        (Some(0.1), Some(0.4), true),
        (Some(4.0), Some(1.0), false),
        (None, Some(9.0), false),
        (Some(4.0), None, false),
    ];
    for (was, is, worse) in cases {
        let before = seen(SymptomState::Firing, was);
        let now = seen(SymptomState::Firing, is);
        let late = SymptomCheck { before: Some(&before), ..check(120, &now, &TargetState::AsPlanned) };
        assert_eq!(finding(&late) == Finding::Worse, worse, "{was:?} to {is:?}");
        let early = SymptomCheck { before: Some(&before), ..check(119, &now, &TargetState::AsPlanned) };
        assert!(matches!(finding(&early), Finding::NotYet { .. }), "{was:?} to {is:?}");
    }
}

#[test]
fn assess_firing_only_after_the_action_is_worse() {
    let (before, now) = (HEALTHY(), seen(SymptomState::Firing, None));
    let late = SymptomCheck { before: Some(&before), ..check(130, &now, &TargetState::AsPlanned) };
    assert_eq!(finding(&late), Finding::Worse);
}

fn observation() -> impl Strategy<Value = Observation> {
    let state =
        prop_oneof![Just(SymptomState::Firing), Just(SymptomState::Recovered), Just(SymptomState::Unknown)];
    (state, prop::option::of(-2.0..10.0f64), prop::option::of(-100i64..2_000))
        .prop_map(|(state, excess, since)| Observation { since: since.map(after), ..seen(state, excess) })
}

fn target() -> impl Strategy<Value = TargetState> {
    prop_oneof![
        1 => Just(TargetState::NoPlan),
        4 => Just(TargetState::AsPlanned),
        1 => Just(TargetState::Otherwise("other".to_owned())),
        1 => Just(TargetState::Unreadable("denied".to_owned())),
    ]
}

fn timing() -> impl Strategy<Value = Timing> {
    (0i64..300, 0i64..2_000, 0i64..120).prop_map(|(hold, deadline, poll)| Timing {
        hold: SignedDuration::from_secs(hold),
        deadline: SignedDuration::from_secs(deadline),
        poll: SignedDuration::from_secs(poll),
    })
}

proptest! {
    #[test]
    fn assess_never_recovered_before_the_hold_has_passed_since_the_last_unhealthy_look(
        timing in timing(),
        looks in prop::collection::vec((observation(), target(), 1i64..90), 1..40),
        before in prop::option::of(observation()),
    ) {
        let mut seconds = 0;
        let mut healthy_since = None;
        let mut unhealthy_until = None;
        for (now, target, step) in &looks {
            seconds += step;
            let healthy =
                now.state == SymptomState::Recovered && matches!(target, TargetState::NoPlan | TargetState::AsPlanned);
            let assessed = assess(&SymptomCheck { before: before.as_ref(), healthy_since, ..check(seconds, now, target) }, timing);
            if !healthy {
                unhealthy_until = Some(seconds);
                prop_assert_ne!(assessed.finding, Finding::Recovered);
            }
            if assessed.finding == Finding::Recovered {
                let since = unhealthy_until.unwrap_or(0);
                prop_assert!(seconds - since >= timing.hold.as_secs());
            }
            healthy_since = assessed.healthy_since;
        }
    }

    #[test]
    fn assess_deadline_always_ends_it(
        timing in timing(), now in observation(), target in target(),
        before in prop::option::of(observation()), healthy in prop::option::of(0i64..2_000), late in 0i64..5_000,
    ) {
        let seconds = timing.deadline.as_secs() + late;
        let check = SymptomCheck {
            before: before.as_ref(), healthy_since: healthy.map(after), ..check(seconds, &now, &target)
        };
        let ended = !matches!(assess(&check, timing).finding, Finding::NotYet { .. });
        prop_assert!(ended);
    }

    #[test]
    fn assess_wait_is_positive_and_no_longer_than_the_poll(
        timing in timing(), now in observation(), target in target(), seconds in 0i64..2_000,
        healthy in prop::option::of(0i64..2_000),
    ) {
        let check = SymptomCheck { healthy_since: healthy.map(after), ..check(seconds, &now, &target) };
        if let Finding::NotYet { wait_seconds } = assess(&check, timing).finding {
            let poll = timing.poll.max(timing.deadline / recovery::MOST_CHECKS);
            let most = u64::try_from(poll.as_secs()).unwrap() + 1;
            prop_assert!((1..=most).contains(&wait_seconds));
        }
    }

    #[test]
    fn assess_unhealthy_look_always_forgets_the_hold(
        timing in timing(), now in observation(), target in target(), healthy in 0i64..2_000,
    ) {
        let check = SymptomCheck { healthy_since: Some(after(healthy)), ..check(healthy + 1, &now, &target) };
        let as_it_should = now.state == SymptomState::Recovered
            && matches!(target, TargetState::NoPlan | TargetState::AsPlanned);
        prop_assert_eq!(assess(&check, timing).healthy_since.is_some(), as_it_should);
    }

    #[test]
    fn assess_hold_never_begins_earlier_than_it_was_known_to(
        timing in timing(), now in observation(), healthy in 0i64..2_000, signal in -100i64..2_000,
    ) {
        let check = SymptomCheck {
            healthy_since: Some(after(healthy)),
            last_signal_at: after(signal),
            ..check(healthy + 30, &now, &TargetState::AsPlanned)
        };
        if let Some(since) = assess(&check, timing).healthy_since {
            prop_assert!(since >= after(healthy) && since >= after(signal));
        }
    }

    /// A longer hold recovers nothing that a shorter one does not.
    #[test]
    fn assess_longer_hold_never_recovers_sooner(
        timing in timing(), more in 0i64..300, now in observation(), target in target(),
        healthy in 0i64..500, seconds in 0i64..1_000,
    ) {
        let longer = Timing { hold: timing.hold + SignedDuration::from_secs(more), ..timing };
        let check = SymptomCheck { healthy_since: Some(after(healthy)), ..check(seconds, &now, &target) };
        if assess(&check, longer).finding == Finding::Recovered {
            prop_assert_eq!(assess(&check, timing).finding, Finding::Recovered);
        }
    }
}
