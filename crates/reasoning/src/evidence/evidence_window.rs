//! Defines the evidence window: the time before an incident, which shows what is usual, and the incident
//! itself.

use common::{Signal, telemetry::Sampling};
use jiff::{SignedDuration, Timestamp};

/// The length of the baseline: long enough for an hourly job to be in it, and all that `CloudWatch` keeps of samples
/// finer than a minute.
pub const BASELINE: SignedDuration = SignedDuration::from_hours(3);

/// An alarm notices after one to three of its periods: that many before it, nothing was wrong yet.
const DETECTION_PERIODS: u32 = 3;

/// A daily or hourly alarm says little about when it began; looking back farther would leave less of
/// what was usual than of what is wrong.
const LONGEST_DETECTION: SignedDuration = SignedDuration::from_mins(30);

/// The period, in seconds, where the signal names no metric: AWS's own metrics come by the minute, and finer
/// samples of them are empty.
const MINUTE: u32 = 60;

/// The most of an incident that is read: later samples show no longer how it began, and perhaps somebody's remedy.
const LONGEST_INCIDENT: SignedDuration = SignedDuration::from_hours(1);

/// The time before and after the beginning in which log lines are read.
const LOGS: SignedDuration = SignedDuration::from_mins(15);

/// The time before the beginning from which on traces are read: who calls whom changes with deployments, not hourly.
const TRACES: SignedDuration = SignedDuration::from_hours(1);

/// The times between which the evidence of one incident is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvidenceWindow {
    pub sampling: Sampling,
    /// Before this is the baseline, from this on the incident.
    pub incident_from: Timestamp,
    /// Log lines before this are what is usual. An alarm may need longer to notice than its periods say: where the
    /// metrics tell when it began, that is when.
    logs_from: Timestamp,
}

impl EvidenceWindow {
    /// Returns the window of an incident that `signal` opened, as far as it has come by `now`. The incident begins
    /// before the signal by as long as its alarm takes to notice.
    pub fn new(signal: &Signal, now: Timestamp) -> Self {
        let own_period = signal.metric.as_ref().map_or(MINUTE, |metric| metric.period_seconds).max(1);
        let period = own_period.min(MINUTE);
        let detection = SignedDuration::from_secs(i64::from(own_period.saturating_mul(DETECTION_PERIODS)))
            .min(LONGEST_DETECTION);
        let incident_from = aligned(before(signal.occurred_at, detection), period);
        let start = before(incident_from, BASELINE);
        // Of samples finer than a minute nothing older may even be asked for.
        let start = if period < MINUTE { start.max(before(now, BASELINE)) } else { start };
        let end = now.min(after(signal.occurred_at, LONGEST_INCIDENT)).max(incident_from);
        Self {
            // A period that has not ended would show too little.
            sampling: Sampling {
                from: aligned(start, MINUTE),
                to: aligned(end, period),
                period_seconds: period,
            },
            incident_from,
            logs_from: incident_from,
        }
    }

    /// Returns the window of whose log lines those since `onset` are the incident's, where it was measured and is not
    /// later than what the alarm says.
    #[must_use]
    pub fn with_onset(self, onset: Option<Timestamp>) -> Self {
        let began = onset.map_or(self.incident_from, |onset| onset.min(self.incident_from));
        Self { logs_from: began.max(self.sampling.from), ..self }
    }

    /// Returns from when to when traces are read.
    pub fn traces(&self) -> (Timestamp, Timestamp) {
        (before(self.incident_from, TRACES), self.sampling.to)
    }

    /// Returns when each period of the baseline began, in Unix seconds.
    pub fn baseline_periods(&self) -> impl Iterator<Item = i64> + use<> {
        self.periods(self.sampling.from, self.incident_from)
    }

    /// Returns when each period of the incident began, in Unix seconds.
    pub fn incident_periods(&self) -> impl Iterator<Item = i64> + use<> {
        self.periods(self.incident_from, self.sampling.to)
    }

    fn periods(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = i64> + use<> {
        let step = usize::try_from(self.sampling.period_seconds).unwrap_or(1).max(1);
        (from.as_second()..to.as_second()).step_by(step)
    }

    /// Returns from when to when log lines of the baseline are read.
    pub fn baseline_logs(&self) -> (Timestamp, Timestamp) {
        (before(self.logs_from, LOGS), self.logs_from)
    }

    /// Returns from when to when log lines of the incident are read.
    pub fn incident_logs(&self) -> (Timestamp, Timestamp) {
        // To the end of what the alarm saw, however long ago it began.
        (self.logs_from, self.sampling.to.min(after(self.incident_from, LOGS)))
    }
}

/// Returns the instant `by` before `at`, or the earliest there is.
pub fn before(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

fn after(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Returns the start of the period that `at` is in.
fn aligned(at: Timestamp, period_seconds: u32) -> Timestamp {
    let period = i64::from(period_seconds.max(1));
    let start = at.as_second().div_euclid(period).saturating_mul(period);
    Timestamp::from_second(start).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use common::signal::Metric;
    use fakes::sample;

    use super::*;

    fn window(period: Option<u32>, minutes_since: i64) -> EvidenceWindow {
        let metric = period.map(|period_seconds| Metric {
            namespace: "n".to_owned(),
            name: "m".to_owned(),
            dimensions: BTreeMap::new(),
            statistic: "Sum".to_owned(),
            period_seconds,
        });
        let signal = Signal { metric, ..sample::alarm_signal("event-1", "x") };
        EvidenceWindow::new(&signal, after(sample::at(), SignedDuration::from_mins(minutes_since)))
    }

    fn minutes(at: Timestamp) -> f64 {
        at.duration_since(sample::at()).as_secs_f64() / 60.0
    }

    #[test]
    fn window_follows_the_alarms_period_down_to_its_seconds() {
        for (period, since, expected) in [
            (None, 2, (60, -183.0, -3.0, 2.0)),
            (Some(60), 2, (60, -183.0, -3.0, 2.0)),
            (Some(300), 2, (60, -195.0, -15.0, 2.0)),
            (Some(86_400), 2, (60, -210.0, -30.0, 2.0)),
            // Three hours before now, and no earlier.
            (Some(10), 2, (10, -178.0, -0.5, 2.0)),
            (Some(60), 600, (60, -183.0, -3.0, 60.0)),
        ] {
            let EvidenceWindow { sampling, incident_from, .. } = window(period, since);
            let found = (
                sampling.period_seconds,
                minutes(sampling.from),
                minutes(incident_from),
                minutes(sampling.to),
            );
            assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{period:?} {since}");
        }
    }

    #[test]
    fn window_of_traces_and_logs_lies_around_the_beginning() {
        let window = window(None, 2);
        assert!(window.traces().0 < window.incident_from && window.traces().1 == window.sampling.to);
        assert_eq!(window.baseline_logs().1, window.incident_logs().0);
        assert_eq!(window.incident_logs().1, window.sampling.to);
    }

    #[test]
    fn window_of_logs_begins_with_the_measured_onset() {
        let window = window(None, 2);
        for (onset, expected) in [(None, -3.0), (Some(-12), -12.0), (Some(-1), -3.0), (Some(-600), -183.0)] {
            let onset = onset.map(|minutes| after(sample::at(), SignedDuration::from_mins(minutes)));
            let logs = window.with_onset(onset);
            assert!((minutes(logs.incident_logs().0) - expected).abs() < 1e-9, "{onset:?}");
            assert_eq!(logs.baseline_logs().1, logs.incident_logs().0);
            assert_eq!(logs.incident_logs().1, window.incident_logs().1);
            assert_eq!(logs.incident_from, window.incident_from);
        }
    }
}
