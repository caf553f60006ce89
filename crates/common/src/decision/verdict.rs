//! Defines the decision on a plan: allow, ask or deny, with the policies and facts behind it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ActionId, Mode};

/// A record of a decision. It permits nothing by itself: only `guard`'s `Allow` does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    pub decision: Decision,
    pub mode: Mode,
    /// The policies that determined it.
    pub policies: Vec<DeterminingPolicy>,
    /// The facts they saw, by name.
    pub facts: serde_json::Value,
    /// The conditions for running unattended that the facts did not meet. Filled where the decision is to
    /// ask; a deny is explained by its policies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmet: Vec<UnmetCondition>,
    /// In `shadow`, what would have been decided if the mode were autonomous.
    pub would_be: Option<Decision>,
}

impl Verdict {
    /// Renders the reason for people: where a human is asked, the conditions that were not met, else the policies'
    /// sentences.
    pub fn because(&self) -> String {
        let reasons: Vec<_> = if self.unmet.is_empty() {
            self.policies
                .iter()
                .map(|policy| format!("{} ({})", policy.why.trim_end_matches('.'), policy.id))
                .collect()
        } else {
            self.unmet.iter().map(ToString::to_string).collect()
        };
        reasons.join("; ")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Allow,
    Ask,
    Deny,
}

impl Decision {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeterminingPolicy {
    /// The policy's `@id`.
    pub id: String,
    /// The policy's `@why`.
    pub why: String,
}

/// One condition for running a plan unattended that was not met, so that a human is asked.
/// `Display` says which, in words for that human.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "condition", rename_all = "snake_case", deny_unknown_fields)]
pub enum UnmetCondition {
    /// The mode in force is `supervised`.
    ModeIsSupervised,
    /// Actions of tier 3 are never run unattended.
    Tier3NeedsApproval { action: ActionId },
    /// Both in whole percent.
    ConfidenceBelowThreshold { confidence_percent: i64, threshold_percent: i64 },
    /// A language model's assessment is part of the confidence.
    RaisedByModel,
    /// The undo returns to what was diagnosed as the fault, or follows a cancellation by hand.
    UndoReturnsToFault,
    /// The incident is a drill, and the deployment does not act on drills unattended.
    Drill,
    /// A policy asks, for a reason that has no condition of its own here.
    Policy {
        /// The policy's `@id`.
        policy: String,
        /// The reason, for people: the policy's `@why`, or the same with what was found.
        because: String,
    },
}

impl fmt::Display for UnmetCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ModeIsSupervised => f.write_str("in mode supervised every action needs approval"),
            Self::Tier3NeedsApproval { action } => {
                write!(f, "{action} is a tier 3 action, which always needs approval")
            }
            Self::ConfidenceBelowThreshold { confidence_percent, threshold_percent } => {
                write!(
                    f,
                    "confidence {confidence_percent} % is below the {threshold_percent} % for acting without approval"
                )
            }
            Self::RaisedByModel => f.write_str("a model's assessment is part of the confidence"),
            Self::UndoReturnsToFault => f.write_str(
                "the undo returns to the state that was diagnosed as the fault, or the automation was cancelled by hand",
            ),
            Self::Drill => f.write_str("this deployment runs no action for a drill without approval"),
            Self::Policy { because, .. } => f.write_str(because),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unmet_condition_names_what_was_found_and_what_was_expected() {
        let unmet =
            UnmetCondition::ConfidenceBelowThreshold { confidence_percent: 65, threshold_percent: 70 };
        assert_eq!(unmet.to_string(), "confidence 65 % is below the 70 % for acting without approval");
        let unmet = UnmetCondition::Tier3NeedsApproval { action: "rollback-ecs-service".parse().unwrap() };
        assert_eq!(unmet.to_string(), "rollback-ecs-service is a tier 3 action, which always needs approval");
    }

    #[test]
    fn verdict_stored_before_unmet_conditions_were_recorded_still_parses() {
        let stored = r#"{"decision":"ask","mode":"supervised","policies":[],"facts":{},"would_be":null}"#;
        let verdict: Verdict = serde_json::from_str(stored).unwrap();
        assert_eq!(verdict.unmet, []);
        assert_eq!(serde_json::to_string(&verdict).unwrap(), stored);
    }

    #[test]
    fn unmet_condition_is_stored_by_its_name() {
        let unmet =
            UnmetCondition::ConfidenceBelowThreshold { confidence_percent: 65, threshold_percent: 70 };
        let stored =
            r#"{"condition":"confidence_below_threshold","confidence_percent":65,"threshold_percent":70}"#;
        assert_eq!(serde_json::to_string(&unmet).unwrap(), stored);
        assert_eq!(serde_json::from_str::<UnmetCondition>(stored).unwrap(), unmet);
    }
}
