//! Builds the closed lists that a model may choose from: nothing else can be named.

use std::collections::BTreeSet;

use common::{ActionId, Arn, Evidence, Signal, model_opinion::MOST_COMPONENTS};

use crate::{
    evidence::call_graph::is_in_scope, evidence::evidence_index::EvidenceIndex,
    judgement::conclude::Assessment, playbooks::playbook::Playbooks,
};

/// Returns the components that a model may name: those that the signal is about, those of the hypotheses, and those that
/// the evidence shows.
pub fn allowed_components(signal: &Signal, assessment: &Assessment, evidence: &[Evidence]) -> Vec<Arn> {
    let subjects = evidence.iter().flat_map(|one| one.observed.subjects());
    let index = EvidenceIndex::new(evidence);
    let nodes =
        index.graphs.iter().flat_map(|graph| &graph.fact.nodes).filter_map(|node| node.resource.as_ref());
    let mut known = BTreeSet::new();
    signal
        .resources
        .iter()
        .chain(assessment.hypotheses.iter().map(|one| &one.component))
        .chain(nodes)
        .chain(subjects)
        .filter(|arn| is_in_scope(arn, signal) && !matches!(arn.kind(), common::ResourceKind::Alarm { .. }))
        .filter(|arn| known.insert((*arn).clone()))
        .take(MOST_COMPONENTS)
        .cloned()
        .collect()
}

/// Returns the actions that a model may name: those that a playbook could propose. An action's parameters come from the
/// playbook and never from a model.
pub fn allowed_actions(playbooks: &Playbooks) -> Vec<ActionId> {
    let all: BTreeSet<ActionId> =
        playbooks.all().filter_map(|playbook| Some(playbook.action.as_ref()?.id.clone())).collect();
    all.into_iter().collect()
}
