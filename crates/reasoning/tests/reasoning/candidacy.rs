//! Tests which components become candidates, and how each is related to the symptom.

use common::{Arn, Evidence, Observed, OwnRoles};
use fakes::sample;
use reasoning::{
    candidates::candidate::{Relation, candidates},
    engine::symptom_context::SymptomContext,
    evidence::evidence_index::EvidenceIndex,
    playbooks::playbook::Playbooks,
};

use fakes::sample_evidence::{alias, before, change, evidence, function, parameter};

/// The relation of `resource`, which was changed, to an alarm on `named`.
fn relation(named: &[Arn], resource: &Arn, more: Option<Observed>) -> Option<Relation> {
    let mut signal = sample::alarm_signal("event-1", "checkout-errors");
    signal.resources = named.to_vec();
    let changed = Observed::Change { change: change(resource, "UpdateAlias", before(1)) };
    let all: Vec<Evidence> = [changed].into_iter().chain(more).map(evidence).collect();
    let playbooks = Playbooks::shipped().unwrap();
    let index = EvidenceIndex::new(&all);
    let found =
        candidates(&signal, &index, &SymptomContext::new(&signal, &index), &playbooks, &OwnRoles::default());
    found.iter().find(|candidate| candidate.resource == resource).map(|candidate| candidate.relation)
}

fn application(resources: &[Arn]) -> Observed {
    Observed::Application { name: "petshop".to_owned(), resources: resources.to_vec() }
}

#[test]
fn relation_alias_of_the_function_that_the_signal_names_is_the_same() {
    assert_eq!(relation(&[function()], &alias(), None), Some(Relation::Same));
    assert_eq!(relation(&[alias()], &function(), None), Some(Relation::Same));
    assert_eq!(relation(&[alias(), function()], &alias(), None), Some(Relation::Same));
}

#[test]
fn relation_another_alias_than_the_signals_is_only_of_the_application() {
    let canary = sample::arn("lambda", "function:checkout:canary");
    let named = [alias(), function()];
    assert_eq!(relation(&named, &canary, None), None);
    assert_eq!(relation(&named, &canary, Some(application(&[function()]))), Some(Relation::Application));
}

#[test]
fn relation_parameter_that_is_read_is_closer_than_one_of_the_application() {
    let limit = parameter("limit");
    let reads = Observed::Reads { function: function(), parameters: vec![limit.clone()] };
    assert_eq!(relation(&[alias()], &limit, Some(reads)), Some(Relation::Reads));
    assert_eq!(
        relation(&[alias()], &limit, Some(application(std::slice::from_ref(&limit)))),
        Some(Relation::Application)
    );
    assert_eq!(relation(&[alias()], &limit, None), None);
}

#[test]
fn candidates_resource_of_another_account_or_region_is_none() {
    for (region, account) in [("us-east-1", sample::ACCOUNT), (sample::REGION, "999999999999")] {
        let theirs = Arn::new("lambda", region, account, "function:checkout:live");
        assert_eq!(relation(std::slice::from_ref(&theirs), &theirs, None), None);
    }
}
