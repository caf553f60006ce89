//! Finds the trigger: the change that the first hypothesis rests on.

use common::{ActorKind, Evidence, EvidenceId, Hypothesis, Observed};
use jiff::Timestamp;

use crate::{
    evidence::onset::{CLOCK_SKEW, LOOKBACK, Onset},
    evidence::text::{VALUE_CHARS, masked_line},
    judgement::incident_evidence::IncidentEvidence,
};

/// The parameters of a request that name the version that it sets.
const VERSIONS: [&str; 3] = ["functionVersion", "taskDefinition", "version"];

/// A change that triggered the incident.
#[derive(Debug, Clone)]
pub(crate) struct Trigger<'a> {
    pub(crate) evidence: &'a EvidenceId,
    pub(crate) at: Timestamp,
    pub(crate) event: String,
    pub(crate) actor: String,
    pub(crate) actor_kind: ActorKind,
    pub(crate) resource: String,
    /// The version that it set: of a function behind an alias, a task definition, a parameter.
    pub(crate) version: Option<String>,
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
    // What AWS itself does about a change, such as taking a release back, is its answer and not the trigger.
    let by_somebody = |trigger: &Trigger<'_>| trigger.actor_kind != ActorKind::Service;
    found.sort_by(|(rank, one), (other_rank, other)| {
        (rank, by_somebody(one), one.at, one.evidence).cmp(&(
            other_rank,
            by_somebody(other),
            other.at,
            other.evidence,
        ))
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
                    actor_kind: change.actor_kind,
                    resource: name(&change.resource.name()),
                    version: VERSIONS.iter().find_map(|key| change.request.get(*key)).cloned(),
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
                actor_kind: ActorKind::Unknown,
                resource: name(&state.name),
                version: Some(state.version.to_string()),
            },
        )),
        _ => None,
    }
}
