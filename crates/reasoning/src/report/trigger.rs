//! Finds the trigger: the change that the first hypothesis rests on.

use common::{Evidence, EvidenceId, Hypothesis, Observed};
use jiff::Timestamp;

use crate::{
    evidence::onset::{CLOCK_SKEW, LOOKBACK, Onset},
    evidence::text::{VALUE_CHARS, masked_line},
    judgement::incident_evidence::IncidentEvidence,
};

/// A change that triggered the incident.
#[derive(Debug, Clone)]
pub(crate) struct Trigger<'a> {
    pub(crate) evidence: &'a EvidenceId,
    pub(crate) at: Timestamp,
    pub(crate) event: String,
    pub(crate) actor: String,
    pub(crate) resource: String,
}

impl Trigger<'_> {
    /// Describes the change, and when it was beside the onset.
    pub(crate) fn sentence(&self, onset: &Onset) -> String {
        let Self { event, resource, actor, at, .. } = self;
        format!("{event} on {resource} by {actor} at {at}, {}", onset.relative(*at))
    }
}

/// Returns, of the changes that support `first`, the last one before the symptom was noticed: one of the component
/// itself before others. A parameter's own history tells of a write too.
pub(crate) fn trigger<'a>(
    case: &IncidentEvidence<'a>,
    first: &Hypothesis,
    began_at: Timestamp,
) -> Option<Trigger<'a>> {
    let supporting = case.evidence.iter().filter(|one| first.supports.contains(&one.id));
    let mut found: Vec<_> = supporting.filter_map(|one| change(one, first)).collect();
    let latest = began_at.max(case.signal.occurred_at);
    found.retain(|(_, trigger)| {
        let before = latest.duration_since(trigger.at);
        before >= -CLOCK_SKEW && before <= LOOKBACK
    });
    found.sort_by(|(rank, one), (other_rank, other)| {
        (rank, one.at, one.evidence).cmp(&(other_rank, other.at, other.evidence))
    });
    found.pop().map(|(_, trigger)| trigger)
}

/// Returns the change that `evidence` shows, and how well it fits: the higher the better.
fn change<'a>(evidence: &'a Evidence, first: &Hypothesis) -> Option<(u8, Trigger<'a>)> {
    let name = |text: &str| masked_line(text, VALUE_CHARS);
    match &evidence.observed {
        Observed::Change { change } => {
            let rank = if change.resource == first.component {
                3
            } else {
                u8::from(change.resource.component() == first.component.component())
            };
            Some((
                rank,
                Trigger {
                    evidence: &evidence.id,
                    at: change.at,
                    event: name(&change.event_name),
                    actor: name(&change.actor),
                    resource: name(&change.resource.name()),
                },
            ))
        }
        Observed::Parameter { state } if state.arn == first.component => Some((
            2,
            Trigger {
                evidence: &evidence.id,
                at: state.modified_at,
                event: "PutParameter".to_owned(),
                actor: name(&state.modified_by),
                resource: name(&state.name),
            },
        )),
        _ => None,
    }
}
