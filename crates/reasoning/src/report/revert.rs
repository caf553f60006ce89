//! Says with which command a person takes back the change that triggered an incident.

use common::{ActorKind, Hypothesis, Observed, diagnosis::RevertCommand};

use super::{revert_commands::RevertCommands, trigger::Trigger};
use crate::{evidence::evidence_index::EvidenceIndex, judgement::incident_evidence::IncidentEvidence};

/// Returns the command that takes `trigger` back.
///
/// None where Nightshift proposes an action of its own, where the change answers a security finding or is meant, and where the
/// resource was changed again since: somebody may have taken it back already.
pub(crate) fn revert_command(
    case: &IncidentEvidence<'_>,
    index: &EvidenceIndex<'_>,
    first: &Hypothesis,
    trigger: &Trigger<'_>,
) -> Option<RevertCommand> {
    let change = case.evidence.iter().find_map(|one| match &one.observed {
        Observed::Change { change } if one.id == *trigger.evidence => Some(change),
        _ => None,
    })?;
    let is_meant = index.intents.get(&change.resource).is_some_and(|signs| !signs.fact.is_empty());
    let of_it = || index.changes.iter().map(|one| one.fact).filter(|one| one.resource == change.resource);
    let is_changed_since = of_it().any(|other| other.at > change.at);
    let stays =
        change.actor_kind == ActorKind::Security || change.by_nightshift || is_meant || is_changed_since;
    if first.proposal.is_some() || stays {
        return None;
    }
    let earlier: Vec<_> = of_it().filter(|other| other.at < change.at).collect();
    RevertCommands::shipped().command_for(change, &earlier)
}
