//! Compares the target and the symptom with what a change of ours left. Pure.

use std::collections::BTreeMap;

use common::{AuditEntry, Observed, SymptomState, alarm_evaluation::Trend, verification::VerificationResult};
use guard::TargetProperty;
use jiff::{SignedDuration, Timestamp};

use crate::undo_decision::{SymptomTrend, TargetCondition};

/// SSM and EC2 may write a time with or without fractions of a second.
const SAME_TIME: SignedDuration = SignedDuration::from_secs(1);

/// Compares the properties that our change left with those that were observed. One that differs is enough to
/// know of another hand; one that is not known is enough to know nothing.
pub(crate) fn target_condition(
    left: &BTreeMap<TargetProperty, Option<String>>,
    observed: &Observed,
) -> TargetCondition {
    let compared: Vec<_> = left
        .iter()
        .map(|(property, ours)| same(*property, ours.as_deref()?, &property_of(*property, observed)?))
        .collect();
    if compared.contains(&Some(false)) {
        TargetCondition::Touched
    } else if compared.is_empty() || compared.contains(&None) {
        TargetCondition::Unknown
    } else {
        TargetCondition::AsWeLeftIt
    }
}

fn property_of(property: TargetProperty, observed: &Observed) -> Option<String> {
    match (property, observed) {
        (TargetProperty::Version, Observed::Parameter { state }) => Some(state.version.to_string()),
        (TargetProperty::Revision, Observed::Alias { state }) => state.revision.clone(),
        (TargetProperty::Deployment, Observed::Service { state }) => state.deployment.clone(),
        (TargetProperty::LaunchTime, Observed::Instance { state }) => {
            state.launched_at.map(|at| at.to_string())
        }
        _ => None,
    }
}

fn same(property: TargetProperty, ours: &str, now: &str) -> Option<bool> {
    if property != TargetProperty::LaunchTime {
        return Some(ours == now);
    }
    let (ours, now) = (ours.parse::<Timestamp>().ok()?, now.parse::<Timestamp>().ok()?);
    Some(now.duration_since(ours).abs() < SAME_TIME)
}

/// Returns whether the target is on its way to another state.
pub(crate) fn is_rolling_out(observed: &Observed) -> bool {
    match observed {
        Observed::Service { state } => state.rollout_state == "IN_PROGRESS",
        Observed::Instance { state } => matches!(state.state.as_str(), "pending" | "stopping"),
        _ => false,
    }
}

/// Returns the trend of a symptom; `measured` is what its alarm measured since the action, where it has one.
pub(crate) const fn symptom_trend(now: SymptomState, measured: Option<Trend>) -> SymptomTrend {
    match (now, measured) {
        (SymptomState::Recovered, _) => SymptomTrend::Gone,
        // The alarm's window still holds what was measured before the action.
        (SymptomState::Firing, Some(Trend::Recovering { .. })) => SymptomTrend::Going,
        (SymptomState::Firing, _) => SymptomTrend::Firing,
        (SymptomState::Unknown, _) => SymptomTrend::Unknown,
    }
}

/// Returns whether a verification of this attempt found the symptom unchanged or worse.
pub(crate) fn is_verified_useless(entries: &[AuditEntry], of: u32) -> bool {
    entries.iter().any(|entry| {
        matches!(
            entry,
            AuditEntry::Verified { attempt, result: VerificationResult::Unchanged | VerificationResult::Worse, .. }
                if *attempt == of
        )
    })
}

#[cfg(test)]
mod tests;
