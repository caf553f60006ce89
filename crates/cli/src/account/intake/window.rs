//! The hours that are shown and those that are compared. Pure.

use std::str::FromStr;

use common::ports::{HOUR, start_of_hour};
use jiff::{SignedDuration, Timestamp};

/// CloudWatch has Step Functions' counts some minutes late, best effort.
pub(super) const METRICS_ARE_LATE_BY: SignedDuration = SignedDuration::from_mins(15);

/// The length of the time that is shown, in whole hours up to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Since {
    hours: u16,
}

impl Since {
    /// Two weeks, for which a dead letter is kept too.
    const MOST_HOURS: u16 = 14 * 24;
    pub(crate) const DAY: Self = Self { hours: 24 };
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let hours = match text.strip_suffix('h') {
            Some(hours) => hours.parse::<u16>().ok(),
            None => text.strip_suffix('d').and_then(|days| days.parse::<u16>().ok()?.checked_mul(24)),
        };
        let hours = hours.filter(|hours| (1..=Self::MOST_HOURS).contains(hours));
        hours.map(|hours| Self { hours }).ok_or_else(|| {
            format!("invalid time {text:?}: expected hours or days, such as 24h or 7d, from 1h to 14d")
        })
    }
}

/// The last whole hours and the one that runs, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: Timestamp,
    pub(super) now: Timestamp,
}

impl Window {
    pub(super) fn new(since: Since, now: Timestamp) -> Self {
        let back = HOUR.saturating_mul(i32::from(since.hours));
        Self { from: start_of_hour(now).saturating_sub(back).unwrap_or(Timestamp::MIN), now }
    }

    /// The hour before the first one that is shown: what ran at its end is accounted for in the first.
    pub(super) fn read_from(&self) -> Timestamp {
        self.from.saturating_sub(HOUR).unwrap_or(Timestamp::MIN)
    }

    /// The beginning of each hour that is read, oldest first, the one that runs included.
    pub(super) fn hours(&self) -> Vec<Timestamp> {
        let mut hours = Vec::new();
        let mut hour = self.read_from();
        while hour <= self.now {
            hours.push(hour);
            let Ok(next) = hour.checked_add(HOUR) else { break };
            hour = next;
        }
        hours
    }

    /// Tells whether the metrics of the hour that begins at `hour` are complete.
    pub(super) fn has_settled(&self, hour: Timestamp) -> bool {
        let settled = hour.checked_add(HOUR).and_then(|end| end.checked_add(METRICS_ARE_LATE_BY));
        settled.is_ok_and(|settled| settled <= self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_hours_or_days_up_to_two_weeks() {
        for (text, hours) in [("1h", 1), ("24h", 24), ("1d", 24), ("14d", 336), ("336h", 336)] {
            assert_eq!(text.parse(), Ok(Since { hours }), "{text}");
        }
        for text in
            ["", "h", "24", "0h", "0d", "15d", "337h", "-1h", "1.5h", "24 h", "90m", "9999999d", "24H"]
        {
            let error = text.parse::<Since>().unwrap_err();
            assert!(error.starts_with(&format!("invalid time {text:?}: expected hours or days")), "{error}");
        }
    }

    #[test]
    fn window_is_whole_hours_and_the_one_that_runs() {
        let window = Window::new("2h".parse().unwrap(), "2026-12-01T05:17:00Z".parse().unwrap());
        let hours: Vec<_> = window.hours().iter().map(ToString::to_string).collect();
        let expected =
            ["2026-12-01T02:00:00Z", "2026-12-01T03:00:00Z", "2026-12-01T04:00:00Z", "2026-12-01T05:00:00Z"];
        assert_eq!(hours, expected);
        let settled: Vec<_> = window.hours().into_iter().map(|hour| window.has_settled(hour)).collect();
        assert_eq!(settled, [true, true, true, false]);
        let earlier = Window { now: "2026-12-01T05:14:59Z".parse().unwrap(), ..window };
        assert!(!earlier.has_settled("2026-12-01T04:00:00Z".parse().unwrap()));
    }

    #[test]
    fn window_at_the_beginning_of_time_holds_together() {
        assert!(!Window::new(Since::DAY, Timestamp::MIN).hours().is_empty());
    }
}
