//! Builds the closed lists that a model may choose from: nothing else can be named.

use std::collections::BTreeSet;

use common::{ActionId, Arn, Evidence, Observed, Signal, model_opinion::MOST_COMPONENTS};

use crate::{
    evidence::call_graph::is_in_scope, evidence::evidence_index::EvidenceIndex,
    judgement::conclude::Assessment, playbooks::playbook::Playbooks,
};

/// Returns the components that a model may name: those that the signal is about, those of the hypotheses, those that were
/// measured, changed or looked at, and those that calls lead to; the other members of the application come last.
pub fn allowed_components(signal: &Signal, assessment: &Assessment, evidence: &[Evidence]) -> Vec<Arn> {
    let is_membership = |one: &&Evidence| matches!(one.observed, Observed::Application { .. });
    let subjects = evidence.iter().filter(|one| !is_membership(one)).flat_map(|one| one.observed.subjects());
    let members = evidence.iter().filter(is_membership).flat_map(|one| one.observed.subjects());
    let telling = evidence.iter().flat_map(|one| told_of(&one.observed));
    let index = EvidenceIndex::new(evidence);
    let nodes =
        index.graphs.iter().flat_map(|graph| &graph.fact.nodes).filter_map(|node| node.resource.as_ref());
    let mut known = BTreeSet::new();
    signal
        .resources
        .iter()
        .chain(assessment.hypotheses.iter().map(|one| &one.component))
        .chain(telling)
        .chain(subjects)
        .chain(nodes)
        .chain(members)
        .filter(|arn| is_in_scope(arn, signal) && !matches!(arn.kind(), common::ResourceKind::Alarm { .. }))
        .filter(|arn| known.insert((*arn).clone()))
        .take(MOST_COMPONENTS)
        .cloned()
        .collect()
}

/// Returns the components that metrics, logs, the engine and notes tell of. None is seen by that, and none can be acted on
/// for it; a cause in it can be told.
fn told_of(observed: &Observed) -> Vec<&Arn> {
    match observed {
        Observed::Metrics { series, .. } => series.iter().filter_map(|one| one.resource.as_ref()).collect(),
        Observed::Logs { function, .. } => vec![function],
        Observed::Engine { findings } => {
            let suspects = findings.suspects.iter().filter_map(|one| one.resource.as_ref());
            suspects.chain(findings.ruled_out.iter().filter_map(|one| one.resource.as_ref())).collect()
        }
        Observed::Notes { notes, .. } => notes.iter().filter_map(|note| note.resource.as_ref()).collect(),
        _ => Vec::new(),
    }
}

/// Returns the actions that a model may name: those that a playbook could propose. An action's parameters come from the
/// playbook and never from a model.
pub fn allowed_actions(playbooks: &Playbooks) -> Vec<ActionId> {
    let all: BTreeSet<ActionId> =
        playbooks.all().filter_map(|playbook| Some(playbook.action.as_ref()?.id.clone())).collect();
    all.into_iter().collect()
}
