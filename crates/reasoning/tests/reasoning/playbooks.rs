//! Tests the shipped playbooks, and the errors for broken ones.

use std::collections::BTreeSet;

use common::{
    Observed, OwnRoles, SymptomState,
    evidence::{AlarmTransition, Change, ServiceState},
    findings::EngineFindings,
};
use fakes::sample;
use reasoning::{
    candidates::candidate::{ChangeTiming, candidates},
    candidates::candidate_facts::candidate_facts,
    engine::symptom_context::SymptomContext,
    evidence::evidence_index::EvidenceIndex,
    playbooks::facts::producible,
    playbooks::playbook::{Playbook, Playbooks},
    playbooks::playbook_resource::PlaybookResource,
};

use fakes::sample_evidence::{
    alias, alias_state, before, change, evidence, firing, function, instance, instance_signal,
    instance_state, parameter, parameter_state, root_cause, service, service_signal, service_state,
};

const GOOD: &str = include_str!("../../../../infra/playbooks/parameter-overwritten.toml");

fn refusal(text: &str) -> String {
    let error = Playbook::parse("parameter-overwritten.toml", text).unwrap_err();
    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    format!("{error}: {source}")
}

#[test]
fn shipped_playbooks_are_all_the_files_and_parse() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/playbooks");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let parsed: BTreeSet<String> =
        Playbooks::shipped().unwrap().all().map(|playbook| format!("{}.toml", playbook.id)).collect();
    assert_eq!(parsed, files);
}

#[test]
fn shipped_playbooks_actions_have_the_parameters_of_their_documents() {
    let expected = [
        ("restore-parameter", "ExpectedVersion ParameterName RestoreVersion"),
        ("rollback-ecs-service", "Cluster ExpectedTaskDefinition Service TaskDefinition"),
        ("rollback-lambda-alias", "AliasName ExpectedVersion FunctionName FunctionVersion"),
        ("start-instance", "InstanceId"),
    ];
    let found: BTreeSet<(String, String)> = Playbooks::shipped()
        .unwrap()
        .all()
        .filter_map(|playbook| playbook.action.as_ref())
        .map(|action| {
            let names: Vec<_> = action.parameters.keys().cloned().collect();
            (action.id.to_string(), names.join(" "))
        })
        .collect();
    let expected: BTreeSet<_> = expected.map(|(id, names)| (id.to_owned(), names.to_owned())).into();
    assert_eq!(found, expected);
}

fn with_failed_tasks(observed: Observed) -> Observed {
    let Observed::Service { state } = observed else { return observed };
    Observed::Service { state: ServiceState { failed_tasks: Some(Vec::new()), ..state } }
}

/// A service whose last release is later than what it runs: it was taken back.
fn of_a_later_release(mut change: Change) -> Change {
    if let Some(definition) = change.request.get_mut("taskDefinition") {
        "web:9".clone_into(definition);
    }
    change
}

/// Every fact is promised for a kind exactly if a candidate of that kind can have it.
#[test]
fn producible_is_what_a_candidate_with_everything_known_has() {
    let limit = parameter("limit");
    let queue = sample::arn("sqs", "orders");
    let cases = [
        (
            PlaybookResource::Other,
            &queue,
            "SetQueueAttributes",
            Observed::TeamTool { tool: "t".to_owned(), text: "x".to_owned() },
            None,
        ),
        (PlaybookResource::Parameter, &limit, "PutParameter", parameter_state(&limit, 2, before(3)), None),
        (PlaybookResource::FunctionAlias, &alias(), "UpdateAlias", alias_state("2", Some("1")), None),
        (
            PlaybookResource::Instance,
            &instance(),
            "StopInstances",
            instance_state(&instance(), "stopped"),
            Some(instance_signal()),
        ),
        (
            PlaybookResource::Service,
            &service(),
            "UpdateService",
            with_failed_tasks(service_state("FAILED")),
            Some(service_signal()),
        ),
    ];
    let playbooks = Playbooks::shipped().unwrap();
    assert_eq!(cases.len(), PlaybookResource::ALL.len());
    for (kind, resource, event, state, signal) in cases {
        let mut signal = signal.unwrap_or_else(|| sample::alarm_signal("event-1", "x"));
        signal.resources.push(resource.clone());
        let transitions =
            vec![AlarmTransition { at: before(5), to: SymptomState::Recovered, summary: "OK".to_owned() }];
        let all = [
            Observed::Symptom { observation: firing() },
            Observed::AlarmHistory { transitions },
            Observed::Change { change: of_a_later_release(change(resource, event, before(3))) },
            Observed::Reads { function: function(), parameters: vec![limit.clone()] },
            Observed::Engine {
                findings: EngineFindings {
                    onset: Some(before(2)),
                    ..root_cause(&[if *resource == limit { function() } else { resource.component() }], 0.9)
                },
            },
            state,
        ]
        .map(evidence);
        let index = EvidenceIndex::new(&all);
        let context = SymptomContext::new(&signal, &index);
        let found = candidates(&signal, &index, &context, &playbooks, &OwnRoles::default());
        let candidate = found.iter().find(|candidate| candidate.resource == resource).unwrap();
        let ChangeTiming::BeforeSymptom(record) = candidate.change_timing(signal.occurred_at) else {
            panic!("{kind:?}")
        };
        let has: BTreeSet<_> = candidate_facts(&signal, &index, candidate, Some(record)).names().collect();
        assert_eq!(has, producible(kind).collect(), "{kind:?}");
    }
}

#[test]
fn parse_unknown_field_is_refused_with_file_and_field() {
    let refusal = refusal(&format!("surprise = 1\n{GOOD}"));
    assert!(refusal.contains("parameter-overwritten.toml") && refusal.contains("surprise"), "{refusal}");
}

#[test]
fn parse_fact_that_nothing_produces_is_refused_with_its_field() {
    let refusal = refusal(&GOOD.replace("\"{state.version}\"", "\"{state.colour}\""));
    assert!(refusal.contains("action.parameters.ExpectedVersion"), "{refusal}");
    assert!(refusal.contains("state.colour"), "{refusal}");
}

#[test]
fn parse_condition_with_two_tests_is_refused() {
    let refusal = refusal(&GOOD.replace("at_most = 15", "at_most = 15\nat_least = 1"));
    assert!(refusal.contains("supports") && refusal.contains("2 tests"), "{refusal}");
}

#[test]
fn parse_playbook_without_requirements_is_refused() {
    let text = "id = \"x\"\nversion = 1\nresource = \"instance\"\nfailure_mode = \"stopped\"\ncause = \"c\"\nrequires = []\n";
    assert!(Playbook::parse("x.toml", text).unwrap_err().to_string().contains("explain everything"));
}

#[test]
fn parse_id_that_is_not_the_files_name_is_refused() {
    assert!(Playbook::parse("other.toml", GOOD).unwrap_err().to_string().contains("id"));
}

#[test]
fn producer_changes_with_any_playbook() {
    let one = Playbooks::parse(&[("parameter-overwritten.toml", GOOD)]).unwrap();
    let changed = GOOD.replace("at_most = 15", "at_most = 16");
    let other = Playbooks::parse(&[("parameter-overwritten.toml", &changed)]).unwrap();
    assert_ne!(one.producer(), other.producer());
}
