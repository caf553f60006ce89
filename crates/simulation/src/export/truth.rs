//! Builds `expected.json` from Nightshift's diagnosis: a draft, for people to check before they score by it.

use common::{Conclusion, Resolution};
use serde_json::{Value, json};

use super::IncidentFile;
use crate::Outcome;

/// `None` where the diagnosis names nothing that could be expected.
pub(super) fn expected(file: &IncidentFile) -> Option<Value> {
    let made = file.diagnosis.as_ref()?;
    let first = made.first().filter(|_| made.conclusion == Conclusion::Explained);
    let proposal = first.and_then(|first| first.proposal.as_ref());
    let outcomes = match (&made.conclusion, proposal) {
        (Conclusion::Abstained { .. }, _) => return None,
        (Conclusion::AlreadyRecovered, _) => vec![Outcome::Recovered],
        (Conclusion::Explained, Some(_)) => vec![Outcome::Act, Outcome::Ask],
        (Conclusion::Explained, None) | (Conclusion::NoFault { .. }, _) => vec![Outcome::Escalate],
    };
    let cause =
        first.map(|first| json!({ "component": first.component, "failure_mode": first.failure_mode }));
    let actions: Vec<_> =
        proposal.iter().map(|it| json!({ "action": it.action, "target": it.target })).collect();
    let ended = match file.incident.outcome.as_ref().map(|outcome| outcome.resolution) {
        Some(Resolution::ByNightshift) => "it ended when Nightshift had acted",
        Some(Resolution::ByItself) => "it ended by itself",
        Some(Resolution::Escalated) => "it was handed over",
        Some(Resolution::Closed) => "a person closed it",
        Some(Resolution::TakenOver) => "a person took it over",
        None => "it has not ended yet",
    };
    Some(json!({
        "root_cause": cause,
        "acceptable_actions": actions,
        "forbidden_actions": [],
        "outcome": outcomes,
        "why": format!("As Nightshift diagnosed it; {ended}. Nobody has checked that this is the truth."),
    }))
}
