//! What was found, as sentences. One place for all who show findings, so that the command line, the
//! message to a human and the evidence of a diagnosis say the same thing the same way.

use std::fmt::{self, Display, Formatter};

use crate::findings::{Hypothesis, MetricShift, Observation, RuledOut, Trigger, Verdict};

/// Robust standard deviations below which a value is called ordinary: of normal values 0.3 % lie further
/// out. It decides about words only; what the engine takes for abnormal is the engine's.
const ORDINARY_DEVIATIONS: f64 = 3.0;
/// From here on the exact figure says nothing more: the baseline hardly moved at all.
const MANY_DEVIATIONS: f64 = 1000.0;
/// How much of a log line is quoted.
const QUOTED_CHARACTERS: usize = 160;

impl Display for Observation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metric(shift) => shift.fmt(f),
            Self::Path(chain) if chain.len() < 2 => write!(f, "it is where the symptom was seen"),
            Self::Path(chain) => write!(f, "the symptom's calls reach it: {}", chain.join(" → ")),
            Self::NoPath => write!(f, "no chain of calls leads from the symptom to it"),
            Self::Precedes { seconds: 0 } => write!(f, "it became abnormal when the symptom did"),
            Self::Precedes { seconds } => {
                let when = if *seconds > 0 { "before" } else { "after" };
                write!(f, "it became abnormal {} {when} the symptom did", length(seconds.unsigned_abs()))
            }
            Self::ExplainedBy { component } => {
                write!(f, "{component}, which it calls, is abnormal too and explains it")
            }
            Self::Log { template, example, baseline, incident } => {
                let seen =
                    if *baseline == 0 { "a new log line" } else { "a log line more often than before" };
                write!(f, "{seen} ({incident} times, {baseline} in the baseline): {}", cut(template))?;
                if example == template { Ok(()) } else { write!(f, "; for example {}", cut(example)) }
            }
            Self::Change { id } => write!(f, "change {id} touched it shortly before"),
        }
    }
}

impl Display for MetricShift {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.metric)?;
        if !self.statistic.is_empty() {
            write!(f, " ({})", self.statistic)?;
        }
        let (from, to) = (number(self.baseline), number(self.incident));
        if self.since.is_none() && self.deviations.abs() < ORDINARY_DEVIATIONS {
            return write!(f, " stayed in its ordinary range: {to}, where {from} is usual");
        }
        let verb = if self.deviations < 0.0 { "fell" } else { "rose" };
        write!(f, " {verb} from {from} to {to}, {}", deviations(self.deviations))?;
        match self.since {
            Some(since) => write!(f, ", since {}", since.strftime("%Y-%m-%d %H:%M:%SZ")),
            None => Ok(()),
        }
    }
}

impl Display for Hypothesis {
    /// `checkout: capacity`
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.component, self.failure_mode.as_str().replace('_', " "))
    }
}

impl Display for RuledOut {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.component, self.why)
    }
}

impl Display for Trigger {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.why)
    }
}

impl Verdict {
    /// As scorers and stored records know it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::RootCause => "root_cause",
            Self::Healthy { .. } => "healthy",
            Self::Abstain { .. } => "abstain",
        }
    }
}

/// `value` in four significant digits, without an exponent where people don't need one: `0.1234`, `1234`,
/// `5.68e12`.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() || size == 0.0 {
        return if size == 0.0 { "0".to_owned() } else { "unknown".to_owned() };
    }
    if !(1e-4..1e7).contains(&size) {
        return trimmed(format!("{value:.2e}").as_str());
    }
    let decimals = [1000.0, 100.0, 10.0, 1.0, 0.1, 0.01, 0.001];
    let decimals = decimals.iter().take_while(|&&limit| size < limit).count();
    trimmed(&format!("{value:.decimals$}"))
}

/// Without the zeros that say nothing.
fn trimmed(text: &str) -> String {
    let (digits, exponent) = text.find('e').map_or((text, ""), |at| text.split_at(at));
    let digits =
        if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    format!("{digits}{exponent}")
}

fn deviations(signed: f64) -> String {
    let side = if signed < 0.0 { "below" } else { "above" };
    if signed.abs() < MANY_DEVIATIONS {
        format!("{:.1} deviations {side} what is usual", signed.abs())
    } else {
        format!("far {side} what is usual, which hardly varies")
    }
}

pub(crate) fn length(seconds: u64) -> String {
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds / 60) }
}

fn cut(text: &str) -> String {
    let mut kept: String = text.chars().take(QUOTED_CHARACTERS).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shift(baseline: f64, incident: f64, deviations: f64, since: Option<&str>) -> Observation {
        Observation::Metric(MetricShift {
            series: 0,
            metric: "latency".to_owned(),
            statistic: "Average".to_owned(),
            baseline,
            incident,
            deviations,
            since: since.map(|at| at.parse().unwrap()),
        })
    }

    #[test]
    fn metric_says_where_it_went_and_since_when() {
        for (observation, expected) in [
            (
                shift(0.0211, 0.5, 12.34, Some("2026-11-20T03:00:00Z")),
                "latency (Average) rose from 0.0211 to 0.5, 12.3 deviations above what is usual, \
                 since 2026-11-20 03:00:00Z",
            ),
            (
                shift(120.0, 0.0, -8.0, None),
                "latency (Average) fell from 120 to 0, 8.0 deviations below what is usual",
            ),
            (
                shift(0.0, 7.0, f64::INFINITY, None),
                "latency (Average) rose from 0 to 7, far above what is usual, which hardly varies",
            ),
            (
                shift(5.0, 5.1, 0.4, None),
                "latency (Average) stayed in its ordinary range: 5.1, where 5 is usual",
            ),
        ] {
            assert_eq!(observation.to_string(), expected);
        }
    }

    #[test]
    fn every_other_observation_is_a_sentence() {
        let log = |template: &str, example: &str, baseline| Observation::Log {
            template: template.to_owned(),
            example: example.to_owned(),
            baseline,
            incident: 40,
        };
        let path = |names: &[&str]| Observation::Path(names.iter().map(|&name| name.to_owned()).collect());
        for (observation, expected) in [
            (path(&["web", "api", "db"]), "the symptom's calls reach it: web → api → db"),
            (path(&["web"]), "it is where the symptom was seen"),
            (Observation::NoPath, "no chain of calls leads from the symptom to it"),
            (Observation::Precedes { seconds: 0 }, "it became abnormal when the symptom did"),
            (Observation::Precedes { seconds: 90 }, "it became abnormal 90 s before the symptom did"),
            (Observation::Precedes { seconds: -180 }, "it became abnormal 3 min after the symptom did"),
            (
                Observation::ExplainedBy { component: "db".to_owned() },
                "db, which it calls, is abnormal too and explains it",
            ),
            (
                log("timeout after <*> ms", "timeout after 30 ms", 0),
                "a new log line (40 times, 0 in the baseline): timeout after <*> ms; for example timeout after \
                 30 ms",
            ),
            (
                log("refused", "refused", 2),
                "a log line more often than before (40 times, 2 in the baseline): refused",
            ),
            (Observation::Change { id: "e-1".to_owned() }, "change e-1 touched it shortly before"),
        ] {
            assert_eq!(observation.to_string(), expected);
        }
    }

    #[test]
    fn number_has_four_digits_and_no_needless_zeros() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (0.123_456, "0.1235"),
            (0.001_234_56, "0.001235"),
            (1.5, "1.5"),
            (12.345, "12.35"),
            (123_456.7, "123457"),
            (-42.0, "-42"),
            (5.678e12, "5.68e12"),
            (0.000_012, "1.2e-5"),
            (f64::NAN, "unknown"),
            (f64::INFINITY, "unknown"),
        ] {
            assert_eq!(number(value), expected, "{value}");
        }
    }

    #[test]
    fn long_log_lines_are_cut() {
        let line = "x".repeat(500);
        let said = Observation::Log { template: line.clone(), example: line, baseline: 0, incident: 1 };
        assert!(said.to_string().len() < 250);
    }
}
