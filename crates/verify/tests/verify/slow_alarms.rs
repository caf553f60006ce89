//! Tests that a right action is never judged by an alarm that has not caught up with it.

use common::{
    Observation, SymptomState,
    alarm_evaluation::{AlarmEvaluation, AlarmWindow, Datapoints, EvaluatedDatapoint, MissingData, Trend},
};
use fakes::sample;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use verify::{
    Timing,
    recovery::{Finding, LONGEST_WAIT, MOST_CHECKS, SinceAction, SymptomCheck, assess},
    target_state::TargetState,
};

/// As the template has it.
const TIMING: Timing = Timing {
    hold: SignedDuration::from_mins(5),
    deadline: SignedDuration::from_mins(30),
    poll: SignedDuration::from_secs(15),
};

const fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

const HOUR: AlarmWindow = AlarmWindow {
    period_seconds: 300,
    evaluation_periods: 12,
    datapoints_to_alarm: 3,
    missing_data: MissingData::NotBreaching,
};

fn firing() -> Observation {
    Observation {
        state: SymptomState::Firing,
        summary: String::new(),
        since: None,
        excess: None,
        measured_from: None,
    }
}

fn finding(elapsed: SignedDuration, window: Option<AlarmWindow>, since_action: SinceAction) -> Finding {
    let now = firing();
    let check = SymptomCheck {
        at: sample::at() + elapsed,
        started_at: sample::at(),
        before: None,
        now: &now,
        window,
        since_action,
        target: &TargetState::AsPlanned,
        healthy_since: None,
        last_signal_at: sample::at(),
    };
    assess(&check, TIMING).finding
}

#[test]
fn timing_end_is_the_deadline_or_the_alarms_window() {
    let window = |period_seconds, evaluation_periods| AlarmWindow {
        period_seconds,
        evaluation_periods,
        datapoints_to_alarm: 1,
        ..HOUR
    };
    for (window, end) in [
        (None, minutes(30)),
        (Some(window(60, 1)), minutes(30)),
        (Some(HOUR), minutes(14 * 5 + 3 + 5)),
        // Seven days is the longest that CloudWatch allows.
        (Some(window(3600, 168)), LONGEST_WAIT),
    ] {
        assert_eq!(TIMING.end(window), end, "{window:?}");
    }
}

#[test]
fn assess_alarm_that_fires_is_told_by_what_it_measured_since_the_action() {
    let recovering = SinceAction::Alarm(Trend::Recovering { normal_since: sample::at() });
    let breaching = |is_sustained| SinceAction::Alarm(Trend::Breaching { is_sustained });
    let unreadable = |tells| SinceAction::Alarm(Trend::Unreadable { tells });
    let unmeasured = SinceAction::Alarm(Trend::NotMeasured);
    let (unchanged, unknown) = (Some(Finding::Unchanged), Some(Finding::Unknown));
    let day = AlarmWindow { period_seconds: 3600, evaluation_periods: 24, ..HOUR };
    // The deadline, and the end of the alarm's window: 78 minutes; of a day's, as long as may be waited.
    for (since_action, window, at_deadline, at_end) in [
        (recovering, Some(HOUR), None, unknown),
        (breaching(true), Some(HOUR), unchanged, unchanged),
        (breaching(false), Some(HOUR), None, unchanged),
        (unmeasured, Some(HOUR), None, unknown),
        (unreadable(true), Some(HOUR), None, unchanged),
        (unreadable(false), Some(HOUR), None, unknown),
        (SinceAction::ReadFailed, Some(HOUR), None, unknown),
        // Without a window the end is the deadline, and what cannot be read tells nothing.
        (SinceAction::ReadFailed, None, unknown, unknown),
        (unreadable(false), None, unknown, unknown),
        (SinceAction::State, None, unchanged, unchanged),
        // A window that is longer than can be waited has not passed.
        (unreadable(true), Some(day), None, unknown),
        (breaching(false), Some(day), None, unknown),
        (breaching(true), Some(day), unchanged, unchanged),
        (recovering, Some(day), None, unknown),
    ] {
        let ended = |finding| {
            (!matches!(finding, Finding::NotYet { .. } | Finding::Recovering { .. })).then_some(finding)
        };
        let finding = |elapsed| finding(elapsed, window, since_action);
        let context = format!("{since_action:?} {window:?}");
        assert_eq!(ended(finding(TIMING.deadline)), at_deadline, "{context}");
        assert_eq!(ended(finding(TIMING.end(window))), at_end, "{context}");
        let waits = matches!(finding(minutes(29)), Finding::Recovering { .. });
        assert_eq!(waits, since_action == recovering, "{context}");
    }
}

#[test]
fn assess_alarm_that_fired_only_after_the_action_is_not_worse_while_its_datapoints_are_normal() {
    let (before, now) = (Observation { state: SymptomState::Recovered, ..firing() }, firing());
    for (since_action, worse) in [
        (SinceAction::Alarm(Trend::Recovering { normal_since: sample::at() }), false),
        (SinceAction::Alarm(Trend::NotMeasured), false),
        (SinceAction::ReadFailed, false),
        (SinceAction::Alarm(Trend::Breaching { is_sustained: true }), true),
        (SinceAction::State, true),
    ] {
        let check = SymptomCheck {
            at: sample::at() + minutes(6),
            started_at: sample::at(),
            before: Some(&before),
            now: &now,
            window: Some(HOUR),
            since_action,
            target: &TargetState::AsPlanned,
            healthy_since: None,
            last_signal_at: sample::at(),
        };
        assert_eq!(assess(&check, TIMING).finding == Finding::Worse, worse, "{since_action:?}");
    }
}

/// An alarm as CloudWatch evaluates it, over a metric that breached until shortly after the action ended.
#[derive(Debug, Clone)]
struct SlowAlarm {
    window: AlarmWindow,
    /// The time after the end of a period until its datapoint can be read.
    late: SignedDuration,
    /// The periods before the action that breached, the newest first; repeated.
    before: Vec<bool>,
    /// The place of the action's end in its period, in percent; a period that begins with it is all after it.
    into_period: i64,
    /// The periods after the action that have no datapoint; repeated.
    gaps: Vec<bool>,
}

impl SlowAlarm {
    fn period(&self) -> SignedDuration {
        self.window.period()
    }

    /// The beginning of the period in which the action ended.
    fn action_period(&self) -> Timestamp {
        sample::at() - self.period() * i32::try_from(self.into_period).unwrap() / 100
    }

    /// `None` where there is no datapoint. Period 0 is the one in which the action ended.
    fn is_breaching(&self, period: i64) -> Option<bool> {
        let of = |all: &[bool], number: i64| all[usize::try_from(number).unwrap() % all.len()];
        match period {
            ..0 => Some(of(&self.before, -period)),
            0 => Some(true),
            _ => (!of(&self.gaps, period)).then_some(false),
        }
    }

    /// The newest period that can be read.
    fn newest(&self, now: Timestamp) -> i64 {
        let time = now.duration_since(self.action_period()) - self.late;
        time.as_secs().div_euclid(self.period().as_secs()) - 1
    }

    fn state(&self, now: Timestamp) -> SymptomState {
        let newest = self.newest(now);
        let periods = (0..i64::from(self.window.evaluation_periods)).map(|back| newest - back);
        let breaching = periods.filter(|period| self.is_breaching(*period) == Some(true)).count();
        if breaching >= usize::try_from(self.window.datapoints_to_alarm).unwrap() {
            SymptomState::Firing
        } else {
            SymptomState::Recovered
        }
    }

    fn evaluation(&self, now: Timestamp) -> AlarmEvaluation {
        let datapoints = (-2..=self.newest(now)).filter_map(|period| {
            Some(EvaluatedDatapoint {
                from: self.action_period() + self.period() * i32::try_from(period).unwrap(),
                is_breaching: self.is_breaching(period)?,
            })
        });
        AlarmEvaluation { window: Some(self.window), datapoints: Datapoints::Read(datapoints.collect()) }
    }
}

fn slow_alarm() -> impl Strategy<Value = SlowAlarm> {
    let period = prop_oneof![Just(10u32), Just(30), Just(60), Just(300), Just(900), Just(3600)];
    let missing_data = prop_oneof![
        Just(MissingData::Missing),
        Just(MissingData::Ignore),
        Just(MissingData::Breaching),
        Just(MissingData::NotBreaching),
    ];
    let window =
        (period, 1u32..30, 1u32..30, missing_data).prop_map(|(period_seconds, n, m, missing_data)| {
            AlarmWindow { period_seconds, evaluation_periods: n, datapoints_to_alarm: m.min(n), missing_data }
        });
    (
        window,
        0i64..80,
        prop::collection::vec(any::<bool>(), 1..30),
        1i64..100,
        prop::collection::vec(any::<bool>(), 1..10),
    )
        .prop_map(|(window, late, before, into_period, gaps)| {
            // Only an alarm that takes gaps for normal is one whose series with gaps is normal.
            let gaps = if window.missing_data == MissingData::NotBreaching { gaps } else { vec![false] };
            // In percent of the time that metrics are given: three periods, at most three minutes.
            let late = (window.period() * 3).min(minutes(3)) * i32::try_from(late).unwrap() / 100;
            SlowAlarm { window, late, before, into_period, gaps }
        })
}

fn timing() -> impl Strategy<Value = Timing> {
    (0i64..900, 1i64..7_200, 3i64..=15).prop_map(|(hold, deadline, poll)| Timing {
        hold: SignedDuration::from_secs(hold),
        deadline: SignedDuration::from_secs(deadline),
        poll: SignedDuration::from_secs(poll),
    })
}

proptest! {
    #[test]
    fn assess_series_that_is_normal_after_the_action_recovers(alarm in slow_alarm(), timing in timing()) {
        let start = sample::at();
        let (mut at, mut healthy_since, mut checks) = (start, None, 0);
        let last = loop {
            let state = alarm.state(at);
            let now = Observation { state, ..firing() };
            let evaluation = alarm.evaluation(at);
            let check = SymptomCheck {
                at,
                started_at: start,
                before: Some(&now),
                now: &now,
                window: evaluation.window,
                since_action: SinceAction::Alarm(evaluation.trend(start, at)),
                target: &TargetState::AsPlanned,
                healthy_since,
                last_signal_at: start,
            };
            let assessed = assess(&check, timing);
            healthy_since = assessed.healthy_since;
            checks += 1;
            match assessed.finding {
                Finding::NotYet { wait_seconds } | Finding::Recovering { wait_seconds } => {
                    at += SignedDuration::from_secs(i64::try_from(wait_seconds).unwrap());
                }
                finding => break finding,
            }
        };
        prop_assert!(!matches!(last, Finding::Unchanged | Finding::Worse), "{last:?} at {at}");
        let fits = alarm.window.longest_recovery() + timing.hold <= LONGEST_WAIT;
        // The default deadline or a longer window: too little for a hold only where somebody set it so.
        if fits {
            prop_assert_eq!(last, Finding::Recovered, "at {}", at);
        }
        // As often as the usual poll asks in the deadline's time, or as the longest wait has room for.
        let poll_checks = 1800 / timing.poll.as_secs();
        prop_assert!(checks <= poll_checks.max(MOST_CHECKS.into()) + 3 || timing.poll.as_secs() < 15, "{checks} checks");
    }

    #[test]
    fn assess_alarm_whose_newest_datapoint_is_normal_is_never_undone(
        timing in timing(), seconds in 0i64..100_000, alarm in slow_alarm(), excess in prop::option::of(-2.0..10.0f64),
    ) {
        let before = Observation { state: SymptomState::Recovered, excess: Some(0.0), ..firing() };
        let now = Observation { excess, ..firing() };
        let check = SymptomCheck {
            at: sample::at() + SignedDuration::from_secs(seconds),
            started_at: sample::at(),
            before: Some(&before),
            now: &now,
            window: Some(alarm.window),
            since_action: SinceAction::Alarm(Trend::Recovering { normal_since: sample::at() }),
            target: &TargetState::AsPlanned,
            healthy_since: None,
            last_signal_at: sample::at(),
        };
        let finding = assess(&check, timing).finding;
        prop_assert!(!matches!(finding, Finding::Unchanged | Finding::Worse | Finding::Recovered), "{finding:?}");
    }
}
