//! Tells the tiers of one alarm by their names: `queue-age-warning` and `queue-age-critical` watch one metric for one problem.

use super::signal::Severity;

/// The tier of an alarm, by the last word of its name.
///
/// ```
/// use common::{Severity, alarm_tier::AlarmTier};
///
/// let tier = AlarmTier::from_alarm_name("queue-age-sev2").unwrap();
/// assert_eq!((tier.problem, tier.severity), ("queue-age", Severity::Sev2));
/// assert_eq!(AlarmTier::from_alarm_name("cpu-high"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlarmTier<'a> {
    /// The name without the tier: what the alarms of all tiers begin with.
    pub problem: &'a str,
    pub severity: Severity,
}

impl<'a> AlarmTier<'a> {
    /// Returns `None` for a name that does not end with a word for a tier. `high` and `low` are none: they name the side of
    /// the threshold. Nor are words that names end with for other reasons, such as `page`, `info` or `p1`.
    pub fn from_alarm_name(name: &'a str) -> Option<Self> {
        let (problem, word) = name.rsplit_once(['-', '_', '.', ' ', '/', ':'])?;
        let problem = problem.trim_end_matches(['-', '_', '.', ' ', '/', ':']);
        let severity = match word.to_ascii_lowercase().as_str() {
            "critical" | "crit" | "fatal" | "sev0" | "sev1" => Severity::Sev1,
            "sev2" => Severity::Sev2,
            "warning" | "warn" | "sev3" => Severity::Sev3,
            "sev4" | "sev5" => Severity::Sev4,
            _ => return None,
        };
        (!problem.is_empty()).then_some(Self { problem, severity })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_alarm_name_table() {
        for (name, expected) in [
            ("consumer-iterator-age-sev3", Some(("consumer-iterator-age", Severity::Sev3))),
            ("Queue_Age_CRITICAL", Some(("Queue_Age", Severity::Sev1))),
            ("prod/api: sev2", Some(("prod/api", Severity::Sev2))),
            ("errors-landing-page", None),
            ("stream-partition-p1", None),
            ("disk - warn", Some(("disk", Severity::Sev3))),
            ("cpu-high", None),
            ("checkout-errors", None),
            ("critical", None),
            ("-critical", None),
            ("", None),
            ("sev2-", None),
            ("überlauf–critical", None),
            ("größe-critical", Some(("größe", Severity::Sev1))),
        ] {
            let tier = AlarmTier::from_alarm_name(name).map(|tier| (tier.problem, tier.severity));
            assert_eq!(tier, expected, "{name}");
        }
    }
}
