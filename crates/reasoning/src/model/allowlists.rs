//! The closed lists that a model may choose from: nothing else can be named.

use std::collections::BTreeSet;

use common::{ActionId, Arn, Evidence, Signal, model_opinion::MOST_COMPONENTS};

use crate::{
    evidence::call_graph::is_near, evidence::evidence_index::View, judgement::conclude::Findings,
    playbooks::playbook::Playbooks,
};

/// What the signal is about, what was believed, and what our own looks have shown to be there.
pub fn components(signal: &Signal, findings: &Findings, evidence: &[Evidence]) -> Vec<Arn> {
    let seen = evidence.iter().flat_map(|one| one.observed.subjects());
    let view = View::of(evidence);
    let nodes =
        view.graphs.iter().flat_map(|graph| &graph.it.nodes).filter_map(|node| node.resource.as_ref());
    let mut known = BTreeSet::new();
    signal
        .resources
        .iter()
        .chain(findings.hypotheses.iter().map(|one| &one.component))
        .chain(nodes)
        .chain(seen)
        .filter(|arn| is_near(arn, signal) && !matches!(arn.kind(), common::ResourceKind::Alarm { .. }))
        .filter(|arn| known.insert((*arn).clone()))
        .take(MOST_COMPONENTS)
        .cloned()
        .collect()
}

/// The actions that a playbook could propose. What an action needs comes from the playbook and never
/// from a model.
pub fn actions(playbooks: &Playbooks) -> Vec<ActionId> {
    let all: BTreeSet<ActionId> =
        playbooks.all().filter_map(|playbook| Some(playbook.action.as_ref()?.id.clone())).collect();
    all.into_iter().collect()
}
