//! Findings as sentences. The command line, the messages and the evidence of a diagnosis all take them from here,
//! so that they say the same thing the same way.

use std::fmt::{self, Display, Formatter};

use crate::{
    findings::{EvidenceItem, Hypothesis, MetricShift, RuledOut, Trigger, UnobservedCallee, Verdict},
    ranking::explanation::Reason,
};

/// Robust standard deviations below which a value is called usual: of normal values 0.3 % lie further out. It
/// decides about words only, never about an answer.
const USUAL_DEVIATIONS: f64 = 3.0;
/// From here on the exact figure says nothing more: the baseline hardly moved at all.
const MANY_DEVIATIONS: f64 = 1000.0;
/// Longer log lines are cut.
const QUOTED_CHARACTERS: usize = 160;

impl Display for EvidenceItem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metric(shift) => shift.fmt(f),
            Self::Path(chain) if chain.len() < 2 => write!(f, "the symptom was seen here"),
            Self::Path(chain) => write!(f, "on a call path from the symptom: {}", chain.join(" → ")),
            Self::NoPath => write!(f, "no call path leads from the symptom to it"),
            Self::Precedes { seconds: 0 } => write!(f, "it became abnormal at the same time as the symptom"),
            Self::Precedes { seconds } => {
                let when = if *seconds > 0 { "before" } else { "after" };
                write!(f, "it became abnormal {} {when} the symptom", length(seconds.unsigned_abs()))
            }
            Self::ExplainedBy { component, reason } => write!(f, "{}", explained_by(component, *reason)),
            Self::EndsRequests { callee, missing } => {
                write!(f, "requests end here: {:.0} % of the calls to {callee} are missing", 100.0 * missing)
            }
            Self::Log { template, example, baseline, incident } => {
                let seen = if *baseline == 0 { "new log line" } else { "more frequent log line" };
                write!(f, "{seen} ({incident} times, {baseline} in the baseline): {}", cut(template))?;
                if example == template { Ok(()) } else { write!(f, "; for example {}", cut(example)) }
            }
            Self::Change { id } => write!(f, "change {id} was made to it shortly before"),
        }
    }
}

/// Says how `component` explains another.
pub(crate) fn explained_by(component: &str, reason: Reason) -> String {
    match reason {
        Reason::Calls => format!("it calls {component}, which is abnormal too and explains it"),
        Reason::HandsOn => {
            format!(
                "it only hands work on, and {component}, which is abnormal too, explains what piles up or fails here"
            )
        }
        Reason::SendsMore => format!("it only takes more than usual, because {component} does"),
        Reason::EndsThere => {
            format!(
                "it fails, and requests that it passes on end in {component}, which no longer calls what it needs for them"
            )
        }
        Reason::SharesLimit => {
            format!("it takes no more than usual, and {component}, which shares its limit, takes far more")
        }
    }
}

impl Display for MetricShift {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.metric)?;
        if !self.statistic.is_empty() {
            write!(f, " ({})", self.statistic)?;
        }
        if let Some(caller) = &self.caller {
            write!(f, " as {caller} sees it")?;
        }
        let (from, to) = (number(self.baseline), number(self.incident));
        if self.since.is_none() && self.deviations.abs() < USUAL_DEVIATIONS {
            return write!(f, " stayed in its usual range: {to}, baseline {from}");
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

impl Display for UnobservedCallee {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { component, caller, .. } = self;
        write!(
            f,
            "{component}: {caller} calls it, and nothing that was measured would show that it or the way to it fails"
        )
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
    /// Returns the name that scorers and stored records use.
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

/// Removes trailing zeros after the decimal point.
fn trimmed(text: &str) -> String {
    let (digits, exponent) = text.find('e').map_or((text, ""), |at| text.split_at(at));
    let digits =
        if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    format!("{digits}{exponent}")
}

fn deviations(signed: f64) -> String {
    let side = if signed < 0.0 { "below" } else { "above" };
    if signed.abs() < MANY_DEVIATIONS {
        format!("{:.1} standard deviations {side} its baseline", signed.abs())
    } else {
        format!("far {side} its baseline, which hardly varies")
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

    fn shift(baseline: f64, incident: f64, deviations: f64, since: Option<&str>) -> EvidenceItem {
        EvidenceItem::Metric(MetricShift {
            series: 0,
            caller: None,
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
                "latency (Average) rose from 0.0211 to 0.5, 12.3 standard deviations above its baseline, \
                 since 2026-11-20 03:00:00Z",
            ),
            (
                shift(120.0, 0.0, -8.0, None),
                "latency (Average) fell from 120 to 0, 8.0 standard deviations below its baseline",
            ),
            (
                shift(0.0, 7.0, f64::INFINITY, None),
                "latency (Average) rose from 0 to 7, far above its baseline, which hardly varies",
            ),
            (shift(5.0, 5.1, 0.4, None), "latency (Average) stayed in its usual range: 5.1, baseline 5"),
        ] {
            assert_eq!(observation.to_string(), expected);
        }
    }

    #[test]
    fn every_other_observation_is_a_sentence() {
        let log = |template: &str, example: &str, baseline| EvidenceItem::Log {
            template: template.to_owned(),
            example: example.to_owned(),
            baseline,
            incident: 40,
        };
        let path = |names: &[&str]| EvidenceItem::Path(names.iter().map(|&name| name.to_owned()).collect());
        for (observation, expected) in [
            (path(&["web", "api", "db"]), "on a call path from the symptom: web → api → db"),
            (path(&["web"]), "the symptom was seen here"),
            (EvidenceItem::NoPath, "no call path leads from the symptom to it"),
            (EvidenceItem::Precedes { seconds: 0 }, "it became abnormal at the same time as the symptom"),
            (EvidenceItem::Precedes { seconds: 90 }, "it became abnormal 90 s before the symptom"),
            (EvidenceItem::Precedes { seconds: -180 }, "it became abnormal 3 min after the symptom"),
            (
                EvidenceItem::ExplainedBy { component: "db".to_owned(), reason: Reason::Calls },
                "it calls db, which is abnormal too and explains it",
            ),
            (
                log("timeout after <*> ms", "timeout after 30 ms", 0),
                "new log line (40 times, 0 in the baseline): timeout after <*> ms; for example timeout after \
                 30 ms",
            ),
            (log("refused", "refused", 2), "more frequent log line (40 times, 2 in the baseline): refused"),
            (EvidenceItem::Change { id: "e-1".to_owned() }, "change e-1 was made to it shortly before"),
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
        let said = EvidenceItem::Log { template: line.clone(), example: line, baseline: 0, incident: 1 };
        assert!(said.to_string().len() < 250);
    }
}
