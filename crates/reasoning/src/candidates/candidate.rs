//! Finds the candidates: the resources that are related to the symptom, and who changed each.

use std::collections::BTreeSet;

use common::{Arn, EvidenceId, OwnRoles, ResourceKind, Signal, evidence::Change, intent::IntentSign};
use jiff::Timestamp;

use crate::{
    candidates::{
        change_effect::{Effect, effect},
        change_record::{ChangeRecord, change_records, is_part_of_creation},
        failure_signs::FailureSigns,
        late_effect::{LateEffect, late_effect},
    },
    engine::engine_verdict::ComponentVerdict,
    engine::symptom_context::{SymptomContext, components_of},
    evidence::call_graph::{can_be_told, is_in_scope},
    evidence::evidence_index::{Cited, EvidenceIndex},
    evidence::onset::{CLOCK_SKEW, LOOKBACK, Onset},
    playbooks::playbook::Playbooks,
    playbooks::playbook_resource::PlaybookResource,
};

/// The relation of a resource to the symptom, the closest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// It is what the signal is about, or the function behind it.
    Same,
    /// The signal's function reads it.
    Reads,
    /// The symptom's calls lead to it, and the engine takes it for the root cause; or the component that
    /// reads it.
    Suspect,
    /// The symptom's calls lead to it, or to what reads it.
    Called,
    /// It carries the same application's tag, and nothing more is known.
    Application,
}

impl Relation {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Reads => "reads",
            Self::Suspect => "suspect",
            Self::Called => "called",
            Self::Application => "application",
        }
    }
}

/// The failure that a change explains: what it affects, and the sign that it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedFailure {
    pub effect: Effect,
    /// Says what shows, for people.
    pub sign: &'static str,
    pub evidence: BTreeSet<EvidenceId>,
}

/// A resource that could be the cause.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    pub resource: &'a Arn,
    pub kind: Option<PlaybookResource>,
    /// The failure that its last change explains, where that can only be told.
    pub explains: Option<ExplainedFailure>,
    /// The lines that speak for its last change though it served as usual since.
    pub late_effect: Option<LateEffect>,
    pub relation: Relation,
    /// The evidence of the relation; empty where the signal itself shows it.
    pub relation_evidence: BTreeSet<EvidenceId>,
    pub engine_verdict: ComponentVerdict,
    /// The changes that can matter for its kind, and Nightshift's own; oldest first.
    pub changes: Vec<ChangeRecord>,
    /// The signs that its state is meant, where they were read.
    pub intent: Option<Cited<'a, Vec<IntentSign>>>,
}

/// The timing of a candidate's last change beside the symptom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeTiming<'c> {
    /// The last change came shortly before the symptom was noticed.
    BeforeSymptom(&'c ChangeRecord),
    /// Nobody changed it.
    Unchanged,
    /// The last change does not explain the symptom, for this reason.
    Excluded(String),
}

impl Candidate<'_> {
    /// Returns the timing of the last change beside `noticed_at`, the last change alone: what came before it is no longer there.
    pub fn change_timing(&self, noticed_at: Timestamp) -> ChangeTiming<'_> {
        let Some(last) = self.changes.last() else { return ChangeTiming::Unchanged };
        let before = noticed_at.duration_since(last.at);
        if last.by_nightshift && before <= LOOKBACK {
            return ChangeTiming::Excluded("Nightshift itself made its last change".to_owned());
        }
        if before < -CLOCK_SKEW {
            let again = self.changes.iter().any(|change| noticed_at.duration_since(change.at) >= -CLOCK_SKEW);
            let again = if again { " again" } else { "" };
            return ChangeTiming::Excluded(format!(
                "it was changed{again} after the symptom was noticed: that change is not the cause and may be an attempt to fix it"
            ));
        }
        if before > LOOKBACK {
            return ChangeTiming::Excluded(format!(
                "its last change was {} min before the symptom was noticed, longer than the {} min within which a change counts as a possible cause",
                before.as_mins(),
                LOOKBACK.as_mins()
            ));
        }
        ChangeTiming::BeforeSymptom(last)
    }

    /// Returns when Nightshift itself last changed it before `at`: what happened earlier belongs to another problem.
    pub fn last_own_change(&self, at: Timestamp) -> Option<Timestamp> {
        self.changes.iter().rfind(|change| change.by_nightshift && change.at <= at).map(|change| change.at)
    }
}

/// Returns all candidates, by ARN. What may be another account's or region's is none.
pub fn candidates<'a>(
    signal: &'a Signal,
    index: &EvidenceIndex<'a>,
    context: &SymptomContext<'_>,
    playbooks: &Playbooks,
    own_roles: &OwnRoles,
) -> Vec<Candidate<'a>> {
    let resources: BTreeSet<&Arn> = signal
        .resources
        .iter()
        .chain(index.changes.iter().map(|change| &change.fact.resource))
        .chain(index.states.keys().copied())
        .collect();
    let signs = FailureSigns::new(signal, index);
    resources
        .into_iter()
        .filter(|arn| can_be_told(arn, signal))
        .filter_map(|resource| {
            let (components, read) = components_of(resource, index);
            let engine_verdict = match resource.kind() {
                ResourceKind::Alarm { .. } => context.verdict_on_alarm(),
                _ => context.verdict_on(&components),
            };
            let (relation, relation_evidence) = match closest_relation(resource, signal, index) {
                Some(found) => found,
                None => match context.evidence_of_connection_with(&components) {
                    Some(graphs) => {
                        let mut evidence: BTreeSet<_> = graphs.iter().cloned().chain(read).collect();
                        match &engine_verdict {
                            ComponentVerdict::Suspected { rank: 1, evidence: engine, .. } => {
                                evidence.insert(engine.clone());
                                (Relation::Suspect, evidence)
                            }
                            _ => (Relation::Called, evidence),
                        }
                    }
                    None => (Relation::Application, membership(resource, index)?),
                },
            };
            let kind = kind_with_state(resource, signal, index);
            let changes = change_records(resource, kind, signal, index, playbooks, own_roles);
            let explains =
                kind.is_none().then(|| explained(resource, relation, signal, index, &signs)).flatten();
            let kind = kind.or(explains.as_ref().map(|_| PlaybookResource::Other));
            let intent = index.intents.get(resource).copied();
            Some(Candidate {
                resource,
                kind,
                explains,
                late_effect: late_effect(resource, index),
                relation,
                relation_evidence,
                engine_verdict,
                changes,
                intent,
            })
        })
        .collect()
}

/// Returns the kind of a resource that may be put back. What is no part of the application is another team's to put back,
/// though it may be read: it can only be told of.
fn kind_with_state(resource: &Arn, signal: &Signal, index: &EvidenceIndex<'_>) -> Option<PlaybookResource> {
    let is_parameter = matches!(resource.kind(), ResourceKind::Parameter { .. });
    let is_ours = index.members.contains_key(resource) || signal.resources.contains(resource);
    PlaybookResource::from_resource(resource).filter(|_| {
        is_in_scope(resource, signal) && (!is_parameter || is_ours || index.states.contains_key(resource))
    })
}

/// Returns what the last change of a resource explains: it came before the onset, what it affects is seen to fail, and it
/// has a part in what the signal is about.
fn explained(
    resource: &Arn,
    relation: Relation,
    signal: &Signal,
    index: &EvidenceIndex<'_>,
    signs: &FailureSigns,
) -> Option<ExplainedFailure> {
    if matches!(resource.kind(), ResourceKind::Alarm { .. }) {
        return None;
    }
    // A call that affects nothing, such as a tag, hides no earlier one.
    let of_it = index.changes.iter().map(|change| change.fact).filter(|change| change.resource == *resource);
    let (change, effect) =
        of_it.filter_map(|change| Some((change, effect(change)?))).max_by_key(|(change, _)| change.at)?;
    if Onset::new(signal, index).is_after(change.at)
        || is_part_of_deployment(change, signal, index)
        || is_part_of_creation(change, index)
    {
        return None;
    }
    let (sign, evidence) = signs.explained_by(effect, resource, relation <= Relation::Suspect)?;
    Some(ExplainedFailure { effect, sign, evidence })
}

/// Returns true for a change of a function's code or configuration that its aliases do not see, or that was published
/// with one of them: what an alias runs was fixed when its version was published
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html>).
fn is_part_of_deployment(change: &Change, signal: &Signal, index: &EvidenceIndex<'_>) -> bool {
    let ResourceKind::Function { .. } = change.resource.kind() else { return false };
    let is_alias = |arn: &Arn| {
        matches!(arn.kind(), ResourceKind::FunctionAlias { .. })
            && arn.function().as_ref() == Some(&change.resource)
    };
    let names_alias = signal.resources.iter().any(is_alias);
    let moved = index.changes.iter().any(|other| is_alias(&other.fact.resource));
    change.event_name.starts_with("UpdateFunction") && (names_alias || moved)
}

/// Returns the relation of a resource that the signal is about, or that what it is about reads.
fn closest_relation(
    resource: &Arn,
    signal: &Signal,
    index: &EvidenceIndex<'_>,
) -> Option<(Relation, BTreeSet<EvidenceId>)> {
    let function = resource.function();
    let is_alias = |arn: &Arn| PlaybookResource::from_resource(arn) == Some(PlaybookResource::FunctionAlias);
    let of_function = |named: &&Arn| function.is_some() && named.function() == function;
    // A signal that names an alias of the function is about that alias and no other.
    let names_an_alias = signal.resources.iter().filter(of_function).any(is_alias);
    let same = signal.resources.contains(resource)
        || (signal.resources.iter().any(|named| of_function(&named))
            && !(is_alias(resource) && names_an_alias));
    if same {
        return Some((Relation::Same, BTreeSet::new()));
    }
    let by_the_signals = |reader: &Arn| {
        signal
            .resources
            .iter()
            .any(|named| named.function().is_some() && named.function() == reader.function())
    };
    let readers = index.readers.get(resource).into_iter().flatten();
    let evidence: BTreeSet<EvidenceId> =
        readers.filter(|(reader, _)| by_the_signals(reader)).map(|(_, id)| (*id).clone()).collect();
    (!evidence.is_empty()).then_some((Relation::Reads, evidence))
}

/// Returns the evidence that it is the application's. Aliases carry no tags: they belong where their function does.
fn membership(resource: &Arn, index: &EvidenceIndex<'_>) -> Option<BTreeSet<EvidenceId>> {
    let function = resource.function();
    let evidence = index.members.get(resource).or_else(|| index.members.get(&function?))?;
    Some(BTreeSet::from([(*evidence).clone()]))
}
