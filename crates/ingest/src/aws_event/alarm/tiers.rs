//! Gives the alarms in tiers on one metric one identity.

use common::{Severity, alarm_tier::AlarmTier, signal::Metric};

/// Returns what identifies the alarm's problem, and the severity of its tier where its name ends with one. Alarms that differ
/// in nothing but their tier and watch the same metric are one problem; the name alone would not do, for it is free text.
pub(super) fn identity(name: &str, metric: Option<&Metric>) -> (Vec<String>, Option<Severity>) {
    let (Some(tier), Some(metric)) = (AlarmTier::from_alarm_name(name), metric) else {
        return (vec![format!("alarm:{name}")], None);
    };
    let mut parts =
        vec![format!("alarm-tiers:{}", tier.problem), metric.namespace.clone(), metric.name.clone()];
    parts.extend(metric.dimensions.iter().flat_map(|(name, value)| [name.clone(), value.clone()]));
    (parts, Some(tier.severity))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn metric(function: &str) -> Metric {
        Metric {
            namespace: "AWS/Lambda".to_owned(),
            name: "IteratorAge".to_owned(),
            dimensions: BTreeMap::from([("FunctionName".to_owned(), function.to_owned())]),
            statistic: "Maximum".to_owned(),
            period_seconds: 60,
        }
    }

    #[test]
    fn tiers_of_one_metric_are_one_problem_and_nothing_else_is() {
        let consumer = metric("consumer");
        let (problem, severity) = identity("age-warning", Some(&consumer));
        assert_eq!(severity, Some(Severity::Sev3));
        assert_eq!(identity("age-critical", Some(&consumer)), (problem.clone(), Some(Severity::Sev1)));
        for (name, metric) in [
            ("age-critical", Some(&metric("other"))),
            ("age-critical", None),
            ("errors-critical", Some(&consumer)),
            ("age-high", Some(&consumer)),
            ("age", Some(&consumer)),
        ] {
            assert_ne!(identity(name, metric).0, problem, "{name}");
        }
        assert_eq!(identity("age-high", Some(&consumer)), (vec!["alarm:age-high".to_owned()], None));
    }
}
