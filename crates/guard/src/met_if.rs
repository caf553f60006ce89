//! Says what would have to be otherwise for a condition that asks to be met.

use common::UnmetCondition;

/// Returns what would meet the condition, as the rest of "it would run unattended if …"; `None` where nothing but an
/// approval does.
pub fn met_if(condition: &UnmetCondition) -> Option<String> {
    let policy = match condition {
        UnmetCondition::ModeIsSupervised => return Some("the application's mode were autonomous".to_owned()),
        UnmetCondition::Tier3NeedsApproval { .. } | UnmetCondition::UndoReturnsToFault => return None,
        UnmetCondition::ConfidenceBelowThreshold { threshold_percent, .. } => {
            return Some(format!("the confidence were {threshold_percent} % or more"));
        }
        UnmetCondition::RaisedByModel => {
            return Some("the evidence alone, without a model, led to the same confidence".to_owned());
        }
        UnmetCondition::Drill => return Some("the incident were no drill".to_owned()),
        UnmetCondition::Policy { policy, .. } => policy,
    };
    let known = POLICIES.iter().find(|(id, _)| id == policy).map(|(_, met)| (*met).to_owned());
    Some(known.unwrap_or_else(|| format!("policy {policy} did not ask")))
}

/// The default policies that ask, with what keeps each from asking.
const POLICIES: &[(&str, &str)] = &[
    (
        "raised-by-untrusted-evidence",
        "configuration and metrics of AWS services alone, without traces and logs, led to the same confidence",
    ),
    ("no-way-to-symptom", "the signal, a call or a read led from the symptom to the target"),
    ("served-as-usual-since-change", "the target had not served as usual between the change and the fault"),
    ("nothing-sets-it-apart", "the fault had begun in the period of the change, in the target's own metrics"),
    ("metrics-not-read", "the metrics could be read"),
    ("rival-near", "the next cause were at least 20 % behind"),
    (
        "symptom-not-measured",
        "the alarm's newest datapoint, of a metric that an AWS service writes, were beyond its threshold",
    ),
    ("old-event", "the event were at most an hour old"),
    ("change-calendar-closed", "every change calendar were open"),
    ("more-than-ten-percent-of-capacity", "the action touched at most 10 % of the service's capacity"),
    ("many-resources-touched", "it touched at most 5 resources"),
    ("many-dependants", "at most 20 components depended on the target"),
    ("other-incidents-open", "fewer than 3 other incidents of the application were open"),
    ("account-budget-half-used", "less than half of the account's actions for an hour were used"),
    ("breaker-open", "the action had helped this application lately"),
    ("repeated-on-target", "the action had not run on this target within 24 hours"),
    ("changed-by-design", "a person or a pipeline had made the change"),
    ("stopped-by-unknown", "it were known to have been a person who stopped the instance"),
    ("changed-by-habit", "the same change were known not to come on other days at this time"),
    ("scheduled", "no tag put the target on a schedule or under a scaling group"),
    ("security-finding-open", "Security Hub were known to have no open finding about the target"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn met_if_knows_every_default_policy_that_asks() {
        let asks = include_str!("../../../infra/policies/asks.cedar");
        let ids = asks.lines().filter_map(|line| line.strip_prefix("@id(\"")?.strip_suffix("\")"));
        // These have conditions of their own.
        let own = [
            "supervised-mode",
            "tier-3",
            "confidence-below-threshold",
            "raised-by-model",
            "drill",
            "undo-needs-a-human",
        ];
        let expected: Vec<_> = ids.filter(|id| !own.contains(id)).collect();
        let known: Vec<_> = POLICIES.iter().map(|(id, _)| *id).collect();
        assert_eq!(known, expected);
    }

    #[test]
    fn met_if_table() {
        let of_policy = |id: &str| UnmetCondition::Policy { policy: id.to_owned(), because: String::new() };
        for (condition, expected) in [
            (UnmetCondition::ModeIsSupervised, Some("the application's mode were autonomous")),
            (
                UnmetCondition::ConfidenceBelowThreshold { confidence_percent: 65, threshold_percent: 70 },
                Some("the confidence were 70 % or more"),
            ),
            (UnmetCondition::UndoReturnsToFault, None),
            (of_policy("rival-near"), Some("the next cause were at least 20 % behind")),
            (of_policy("our-own"), Some("policy our-own did not ask")),
        ] {
            assert_eq!(met_if(&condition).as_deref(), expected);
        }
    }
}
