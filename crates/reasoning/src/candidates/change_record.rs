//! Keeps, of the changes of a resource, those that can matter.

use common::{ActorKind, Arn, EvidenceId, Observed, OwnRoles, Signal, evidence::Change};
use jiff::{SignedDuration, Timestamp};

use crate::{
    candidates::change_effect::creates_resource, candidates::harmless_change::is_harmless,
    evidence::evidence_index::EvidenceIndex, evidence::onset::CLOCK_SKEW, playbooks::playbook::Playbooks,
    playbooks::playbook_resource::PlaybookResource,
};

/// One change of a resource: a call that wrote to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangeRecord {
    pub at: Timestamp,
    pub event: String,
    pub actor: String,
    pub by_nightshift: bool,
    pub actor_kind: ActorKind,
    /// The version that an alias was pointed to.
    pub function_version: Option<String>,
    /// True for a parameter's first value: there was none before it that somebody could have put back.
    pub creates: bool,
    pub evidence: EvidenceId,
}

/// Returns the changes of a resource that can matter, oldest first.
pub(super) fn change_records(
    resource: &Arn,
    kind: Option<PlaybookResource>,
    signal: &Signal,
    index: &EvidenceIndex<'_>,
    playbooks: &Playbooks,
    own_roles: &OwnRoles,
) -> Vec<ChangeRecord> {
    // Tagging a parameter or describing an instance anew breaks nothing: for the kinds that playbooks
    // know, only the calls that they name count.
    let matters = |change: &Change| {
        kind.map_or_else(
            || !is_harmless(change) && !is_part_of_creation(change, index),
            |kind| playbooks.names_event(kind, &change.event_name),
        )
    };
    let mut changes: Vec<_> = index
        .changes
        .iter()
        .filter(|change| change.fact.resource == *resource)
        .filter(|change| change.fact.by_nightshift || (matters(change.fact) && !only_scales(change.fact)))
        .map(|change| ChangeRecord {
            at: change.fact.at,
            event: change.fact.event_name.clone(),
            actor: change.fact.actor.clone(),
            by_nightshift: change.fact.by_nightshift,
            actor_kind: change.fact.actor_kind,
            function_version: change.fact.request.get("functionVersion").cloned(),
            creates: change.fact.event_name == "PutParameter"
                && change.fact.request.get("version").is_some_and(|version| version == "1"),
            evidence: change.id.clone(),
        })
        .collect();
    changes.extend(change_from_parameter_history(resource, signal, index, own_roles, &changes));
    changes.sort();
    changes
}

/// Returns true for a change of the desired count alone: auto scaling writes a service's desired count all day, with the
/// call that also deploys.
fn only_scales(change: &Change) -> bool {
    let deploys = ["taskDefinition", "forceNewDeployment"];
    change.request.contains_key("desiredCount")
        && !deploys.iter().any(|key| change.request.contains_key(*key))
}

/// Returns a parameter's last write from its own history, which tells of it at once, where `CloudTrail` may take a quarter
/// of an hour to.
fn change_from_parameter_history(
    resource: &Arn,
    signal: &Signal,
    index: &EvidenceIndex<'_>,
    own_roles: &OwnRoles,
    known: &[ChangeRecord],
) -> Option<ChangeRecord> {
    let seen = index.states.get(resource)?;
    let Observed::Parameter { state } = seen.fact else { return None };
    let is_it = |change: &ChangeRecord| {
        change.event == "PutParameter" && change.at.duration_since(state.modified_at).abs() <= CLOCK_SKEW
    };
    if known.iter().any(is_it) {
        return None;
    }
    Some(ChangeRecord {
        at: state.modified_at,
        event: "PutParameter".to_owned(),
        actor: state.modified_by.clone(),
        by_nightshift: own_roles.include(&state.modified_by, &signal.account),
        actor_kind: ActorKind::from_arn(&state.modified_by, &signal.account, own_roles),
        function_version: None,
        creates: state.previous_version.is_none(),
        evidence: seen.id.clone(),
    })
}

/// The time within which a resource is set up once it was created.
const SETUP: SignedDuration = SignedDuration::from_mins(1);

/// Returns true for a change by which a resource was created, or set up right afterwards: nothing of it was there before that
/// the change could have broken. What was deleted first was there.
pub(super) fn is_part_of_creation(change: &Change, index: &EvidenceIndex<'_>) -> bool {
    let of_it =
        || index.changes.iter().map(|other| other.fact).filter(|other| other.resource == change.resource);
    let created = of_it().filter(|other| creates_resource(other)).map(|other| other.at).min();
    created.is_some_and(|created| {
        let was_there = of_it().any(|other| other.at < created || other.event_name.starts_with("Delete"));
        !was_there && change.at.duration_since(created) <= SETUP
    })
}
