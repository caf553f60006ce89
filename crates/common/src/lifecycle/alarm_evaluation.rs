//! Defines how a CloudWatch alarm evaluates its metric, and what its datapoints say since an action ended.
//!
//! An alarm is slow by design: one of 3 datapoints in 12 periods of five minutes stays in `ALARM` for up to an hour
//! after its metric is normal again. Whoever judges an action by the state alone undoes a right one.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The most time after which a period without a datapoint counts as missing: metrics arrive late.
const LATE: SignedDuration = SignedDuration::from_mins(3);
/// The same in periods: a metric of a short period is sent at once.
const LATE_PERIODS: i32 = 3;

/// The most recent datapoints that an alarm evaluates, and how many of them must breach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmWindow {
    /// At least 1.
    pub period_seconds: u32,
    /// At least 1.
    pub evaluation_periods: u32,
    /// From 1 to `evaluation_periods`.
    pub datapoints_to_alarm: u32,
    pub missing_data: MissingData,
}

/// An alarm's rule for periods without a datapoint (`TreatMissingData`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingData {
    /// For nothing: it looks further back, at the most recent datapoints that there are.
    Missing,
    /// For nothing, and it keeps its state where there is no datapoint at all.
    Ignore,
    Breaching,
    NotBreaching,
}

impl AlarmWindow {
    pub fn period(self) -> SignedDuration {
        SignedDuration::from_secs(self.period_seconds.max(1).into())
    }

    /// Returns the longest time that the alarm may stay in `ALARM` after its metric became normal: until no period
    /// that breached, the one in which the metric became normal included, is among those it evaluates.
    ///
    /// Where datapoints are missing, an alarm that takes them for nothing evaluates datapoints from further back. How
    /// far is not documented ("the evaluation range"): as far again as its window is what is allowed for here.
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html>
    pub fn longest_recovery(self) -> SignedDuration {
        let periods = match self.missing_data {
            MissingData::Breaching | MissingData::NotBreaching => self.evaluation_periods,
            MissingData::Missing | MissingData::Ignore => self.evaluation_periods.saturating_mul(2),
        };
        let seconds =
            u64::from(self.period_seconds.max(1)).saturating_mul(u64::from(periods.saturating_add(2)));
        SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX)).saturating_add(self.late())
    }

    /// Returns the time after the end of a period within which its datapoint may still arrive.
    fn late(self) -> SignedDuration {
        self.period().saturating_mul(LATE_PERIODS).min(LATE)
    }
}

/// An alarm's window, with the datapoints of the whole periods since a given time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmEvaluation {
    /// `None` where the alarm does not say it.
    pub window: Option<AlarmWindow>,
    pub datapoints: Datapoints,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Datapoints {
    /// In the order of time, the newest last.
    Read(Vec<EvaluatedDatapoint>),
    /// The reason why they cannot be read, such as `it is a composite alarm`.
    Unreadable(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvaluatedDatapoint {
    /// The beginning of the period.
    pub from: Timestamp,
    /// True where the value is beyond the alarm's threshold.
    pub is_breaching: bool,
}

/// The trend of an alarm's datapoints since an action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// The newest datapoint is normal, whatever state the alarm is in.
    Recovering { normal_since: Timestamp },
    /// The newest datapoint breaches. `is_sustained` tells that these datapoints alone would bring the alarm into
    /// `ALARM`; fewer may be what was still under way when the action ended.
    Breaching { is_sustained: bool },
    /// Nothing has been measured since.
    NotMeasured,
    /// The alarm's state is all that is known. `tells` is false where not even a state that lasts for its whole window
    /// tells anything, because the alarm keeps its state when nothing is measured.
    Unreadable { tells: bool },
}

impl AlarmEvaluation {
    /// Judges by the periods that began at `since`, the end of the action, or later, and have ended before `now`.
    pub fn trend(&self, since: Timestamp, now: Timestamp) -> Trend {
        let (Some(window), Datapoints::Read(all)) = (self.window, &self.datapoints) else {
            let tells = self.window.is_some_and(|window| window.missing_data != MissingData::Ignore);
            return Trend::Unreadable { tells };
        };
        let period = window.period();
        let measured: Vec<_> = all
            .iter()
            .copied()
            .filter(|datapoint| datapoint.from >= since && now.duration_since(datapoint.from) >= period)
            .collect();
        let newest = measured.last();
        let measured_until = newest
            .map_or_else(|| first_whole_period(all, period, since), |newest| later(newest.from, period));
        // Whole periods that should have been measured by now.
        let missing = whole_periods(now.duration_since(measured_until) - window.late(), period);
        match (window.missing_data, newest) {
            (MissingData::NotBreaching, _) if missing > 0 => {
                Trend::Recovering { normal_since: normal_since(&measured, since) }
            }
            (MissingData::Breaching, _) if missing > 0 => {
                Trend::Breaching { is_sustained: is_sustained(window, &measured, missing) }
            }
            (_, None) => Trend::NotMeasured,
            (_, Some(newest)) if newest.is_breaching => {
                Trend::Breaching { is_sustained: is_sustained(window, &measured, 0) }
            }
            (_, Some(_)) => Trend::Recovering { normal_since: normal_since(&measured, since) },
        }
    }
}

/// Returns the beginning of the first period that is wholly after `since`: periods follow on any datapoint's, and
/// where there is none it is up to a period later.
fn first_whole_period(all: &[EvaluatedDatapoint], period: SignedDuration, since: Timestamp) -> Timestamp {
    let remaining = all.last().map_or(period, |datapoint| {
        let nanos = datapoint.from.duration_since(since).as_nanos().rem_euclid(period.as_nanos());
        SignedDuration::from_nanos_i128(nanos)
    });
    later(since, remaining)
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Tells whether the newest datapoints alone, and `missing` ones that count as breaching, raise the alarm.
fn is_sustained(window: AlarmWindow, measured: &[EvaluatedDatapoint], missing: u64) -> bool {
    let room = u64::from(window.evaluation_periods).saturating_sub(missing);
    let newest = measured.iter().rev().take(usize::try_from(room).unwrap_or(usize::MAX));
    let breaching = newest.filter(|datapoint| datapoint.is_breaching).count();
    let breaching = u64::try_from(breaching).unwrap_or(u64::MAX).saturating_add(missing);
    breaching >= u64::from(window.datapoints_to_alarm.max(1))
}

/// Returns the beginning of the normal datapoints that last until the newest; `since` where all of them are.
fn normal_since(measured: &[EvaluatedDatapoint], since: Timestamp) -> Timestamp {
    let after_breach = measured
        .iter()
        .rposition(|datapoint| datapoint.is_breaching)
        .and_then(|last| measured.get(last.saturating_add(1)).or_else(|| measured.get(last)));
    after_breach.or_else(|| measured.first()).map_or(since, |datapoint| datapoint.from)
}

fn whole_periods(time: SignedDuration, period: SignedDuration) -> u64 {
    u64::try_from(time.as_secs().checked_div(period.as_secs()).unwrap_or(0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * MINUTE).unwrap()
    }

    fn window(datapoints_to_alarm: u32, evaluation_periods: u32, missing_data: MissingData) -> AlarmWindow {
        AlarmWindow { period_seconds: 300, evaluation_periods, datapoints_to_alarm, missing_data }
    }

    /// Five-minute datapoints from `first` on: `x` breaches, `o` is normal, `-` is missing.
    fn datapoints(first: i64, series: &str) -> Datapoints {
        let datapoints = series.chars().zip(0..).filter(|(value, _)| *value != '-');
        Datapoints::Read(
            datapoints
                .map(|(value, number)| EvaluatedDatapoint {
                    from: at(first + 5 * number),
                    is_breaching: value == 'x',
                })
                .collect(),
        )
    }

    #[test]
    fn trend_is_told_by_what_was_measured_after_the_action() {
        use MissingData::{Breaching, Ignore, Missing, NotBreaching};
        let recovering = |minutes| Trend::Recovering { normal_since: at(minutes) };
        let sustained = Trend::Breaching { is_sustained: true };
        let single = Trend::Breaching { is_sustained: false };
        // The series begins 15 minutes before the action's end, which is minute 0.
        for (series, needed, of, missing_data, now, expected) in [
            ("xxx", 3, 12, Missing, 1, Trend::NotMeasured),
            ("xxxo", 3, 12, Missing, 5, recovering(0)),
            ("xxxooo", 3, 12, Missing, 15, recovering(0)),
            ("xxxxo", 3, 12, Missing, 11, recovering(5)),
            ("xxxx", 3, 12, Missing, 6, single),
            ("xxxxx", 3, 12, Missing, 11, single),
            ("xxxxxx", 3, 12, Missing, 16, sustained),
            ("xxxxxxo", 3, 12, Missing, 21, recovering(15)),
            ("ooox", 1, 1, Missing, 6, sustained),
            // A period that has not ended shows too little.
            ("xxxo", 3, 12, Missing, 4, Trend::NotMeasured),
            // Without a datapoint only the alarm's own rule says something.
            ("xxx---", 3, 12, Missing, 18, Trend::NotMeasured),
            ("xxx---", 3, 12, Ignore, 18, Trend::NotMeasured),
            ("xxx---", 3, 12, NotBreaching, 18, recovering(0)),
            ("xxx---", 3, 12, Breaching, 18, sustained),
            ("xxx--", 3, 12, Breaching, 13, single),
            ("xxxx-", 3, 12, NotBreaching, 13, recovering(0)),
            ("xxxo-", 3, 12, Breaching, 13, single),
            // One that is merely late is not missing.
            ("xxx-", 3, 12, Breaching, 7, Trend::NotMeasured),
            ("xxxo-", 3, 12, Breaching, 12, recovering(0)),
            // Only the newest ones that the alarm evaluates count.
            ("xxxxooox", 2, 3, Missing, 25, single),
        ] {
            let evaluation = AlarmEvaluation {
                window: Some(window(needed, of, missing_data)),
                datapoints: datapoints(-15, series),
            };
            assert_eq!(
                evaluation.trend(at(0), at(now)),
                expected,
                "{series} {needed} of {of} {missing_data:?} at {now}"
            );
        }
    }

    #[test]
    fn trend_takes_no_period_for_missing_that_began_before_the_action_ended() {
        use MissingData::{Breaching, NotBreaching};
        // The action ended a minute into a period: the next one begins at minute 4 and is missing from 12 on.
        let after_a_minute = |series| datapoints(-16, series);
        // Without a datapoint a period may begin as late as minute 5.
        for (datapoints, now, is_missing) in [
            (after_a_minute("xxxx"), 11, false),
            (after_a_minute("xxxx"), 12, true),
            (after_a_minute("xxxxo"), 16, false),
            (after_a_minute("xxxxo"), 17, true),
            (datapoints(0, ""), 12, false),
            (datapoints(0, ""), 13, true),
        ] {
            for (missing_data, expected) in [
                (Breaching, Trend::Breaching { is_sustained: true }),
                (NotBreaching, Trend::Recovering { normal_since: at(0) }),
            ] {
                let window = Some(window(1, 1, missing_data));
                let trend = AlarmEvaluation { window, datapoints: datapoints.clone() }.trend(at(0), at(now));
                let counts = match trend {
                    Trend::Recovering { .. } => missing_data == NotBreaching && is_missing,
                    trend => trend == expected,
                };
                assert_eq!(counts, is_missing, "{missing_data:?} {datapoints:?} at {now}: {trend:?}");
            }
        }
    }

    #[test]
    fn trend_of_what_cannot_be_read_is_the_alarms_state_unless_it_keeps_it() {
        for (window, tells) in [
            (Some(window(1, 1, MissingData::NotBreaching)), true),
            (Some(window(1, 1, MissingData::Missing)), true),
            (Some(window(1, 1, MissingData::Ignore)), false),
            (None, false),
        ] {
            let datapoints = Datapoints::Unreadable("it is a composite alarm".to_owned());
            assert_eq!(
                AlarmEvaluation { window, datapoints }.trend(at(0), at(90)),
                Trend::Unreadable { tells }
            );
        }
        let unbounded = AlarmEvaluation { window: None, datapoints: datapoints(0, "ooo") };
        assert_eq!(unbounded.trend(at(0), at(90)), Trend::Unreadable { tells: false });
    }

    #[test]
    fn longest_recovery_outlasts_the_window() {
        for (needed, of, missing_data, minutes) in [
            (3, 12, MissingData::NotBreaching, 14 * 5 + 3),
            (3, 12, MissingData::Missing, 26 * 5 + 3),
            (1, 1, MissingData::Breaching, 3 * 5 + 3),
        ] {
            let window = window(needed, of, missing_data);
            assert_eq!(window.longest_recovery(), SignedDuration::from_mins(minutes), "{window:?}");
        }
    }
}
