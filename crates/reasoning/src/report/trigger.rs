//! The change that set it off: the one that the first hypothesis rests on.

use common::{Evidence, EvidenceId, Hypothesis, Observed};
use jiff::Timestamp;

use super::shown;
use crate::{
    candidates::candidate::{CLOCK_SKEW, LOOKBACK},
    evidence::text::VALUE_CHARS,
    judgement::conclude::Case,
};

#[derive(Debug, Clone)]
pub(crate) struct Trigger<'a> {
    pub(crate) evidence: &'a EvidenceId,
    pub(crate) at: Timestamp,
    pub(crate) event: String,
    pub(crate) actor: String,
    pub(crate) resource: String,
}

impl Trigger<'_> {
    pub(crate) fn sentence(&self) -> String {
        format!("{} on {} by {} at {}", self.event, self.resource, self.actor, self.at)
    }
}

/// Of the changes that speak for `first`, the last one before the symptom began: one of the component
/// itself before others. A parameter's own history tells of a write too.
pub(crate) fn trigger<'a>(case: &Case<'a>, first: &Hypothesis, began_at: Timestamp) -> Option<Trigger<'a>> {
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

/// The change that `evidence` shows, and how well it fits: the higher the better.
fn change<'a>(evidence: &'a Evidence, first: &Hypothesis) -> Option<(u8, Trigger<'a>)> {
    let name = |text: &str| shown(text, VALUE_CHARS);
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
