//! Finds who made the change behind a cause.

use common::{ActorKind, Arn, Evidence, EvidenceId, Observed, OwnRoles, evidence::Change};

/// Returns the kind of actor behind the cause, and the actor as CloudTrail wrote it: of the changes of the target among
/// the evidence that supports the cause, the one that takes most care; where none of them is a change, of the target's
/// newest change, or of whoever a parameter says that wrote it. [`ActorKind::Unknown`] where no evidence tells: every
/// state that an action changes was brought about by somebody.
pub fn changed_by(evidence: &[Evidence], supports: &[EvidenceId], target: &Arn) -> (ActorKind, String) {
    let changes = || {
        evidence.iter().filter_map(|one| match &one.observed {
            Observed::Change { change } if one.trusted && change.resource == *target => Some((one, change)),
            _ => None,
        })
    };
    let supporting = changes().filter(|(one, _)| supports.contains(&one.id)).map(|(_, change)| change);
    let newest = || changes().map(|(_, change)| change).max_by_key(|change| change.at);
    let of_change = |change: &Change| (change.actor_kind, change.actor.clone());
    supporting
        .max_by_key(|change| change.actor_kind)
        .or_else(newest)
        .map(of_change)
        .or_else(|| writer(evidence, target))
        .unwrap_or((ActorKind::Unknown, "no change of the target was read".to_owned()))
}

/// Parameter Store tells who wrote a version at once, where CloudTrail may take a quarter of an hour to.
fn writer(evidence: &[Evidence], target: &Arn) -> Option<(ActorKind, String)> {
    evidence.iter().rev().find_map(|one| match &one.observed {
        Observed::Parameter { state } if one.trusted && state.arn == *target => {
            let kind = ActorKind::from_arn(&state.modified_by, target.account(), &OwnRoles::default());
            Some((kind, state.modified_by.clone()))
        }
        _ => None,
    })
}
