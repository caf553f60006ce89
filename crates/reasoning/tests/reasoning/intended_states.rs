//! Tests that a state which somebody meant is explained and never put back, and that nothing of another's is a target.

use common::{
    ActorKind, Arn, Conclusion, Evidence, Hypothesis, Observed, OwnRoles, Signal, Symptom,
    autonomy::UNATTENDED_CONFIDENCE,
    evidence::Change,
    intent::{IntentSign, SecurityFinding, TagMeaning},
};
use fakes::{
    sample,
    sample_evidence::{
        alias, alias_state, before, change, evidence, firing, function, instance, instance_state, parameter,
        parameter_state, service, service_state,
    },
};
use proptest::prelude::*;
use reasoning::{
    judgement::{conclude::conclude, incident_evidence::IncidentEvidence},
    playbooks::playbook::Playbooks,
};

fn instance_signal() -> Signal {
    let mut signal = sample::alarm_signal("event-1", "wiki-status");
    signal.resources = vec![instance()];
    signal.symptom = Symptom::Instance { id: "i-0123456789abcdef0".to_owned() };
    signal
}

fn best(signal: &Signal, observed: Vec<Observed>) -> Option<Hypothesis> {
    let all: Vec<Evidence> = observed.into_iter().map(evidence).collect();
    let own_roles = OwnRoles::default();
    let case = IncidentEvidence { signal, evidence: &all, gaps: &[], own_roles: &own_roles, attempted: &[] };
    let assessment = conclude(&case, &Playbooks::shipped().unwrap());
    assert!(assessment.hypotheses.is_empty() || assessment.conclusion == Conclusion::Explained);
    assessment.hypotheses.into_iter().next()
}

fn stopped(actor_kind: ActorKind, signs: Vec<IntentSign>) -> Hypothesis {
    let stop = Change { actor_kind, ..change(&instance(), "StopInstances", before(2)) };
    let observed = vec![
        Observed::Symptom { observation: firing() },
        instance_state(&instance(), "stopped"),
        Observed::Change { change: stop },
        Observed::Intent { resource: instance(), signs },
    ];
    best(&instance_signal(), observed).unwrap()
}

fn tag(meaning: TagMeaning, key: &str, value: &str) -> IntentSign {
    IntentSign::Tag { meaning, key: key.to_owned(), value: value.to_owned() }
}

fn finding(severity: &str, is_threat: bool) -> IntentSign {
    let (id, title) = ("f-1".to_owned(), "EC2 instance mines bitcoin".to_owned());
    IntentSign::SecurityFinding {
        finding: SecurityFinding { id, title, severity: severity.to_owned(), is_threat },
    }
}

fn habit() -> IntentSign {
    IntentSign::Habit {
        actor: "arn:aws:iam::123456789012:user/alice".to_owned(),
        event_name: "StopInstances".to_owned(),
        days: 9,
        days_started_again: 9,
        time_of_day: "20:00 UTC".to_owned(),
    }
}

#[test]
fn conclude_what_was_stopped_on_purpose_is_said_and_not_started() {
    let quarantine = || tag(TagMeaning::Quarantine, "Quarantine", "2026-11-20");
    for (kind, signs, said) in [
        (ActorKind::Scheduler, vec![], "a scheduler acts by the clock"),
        (ActorKind::Scaling, vec![], "Auto Scaling, a fleet or Spot decides which capacity runs"),
        (ActorKind::Service, vec![], "an AWS service did what it was set up to do"),
        (ActorKind::Security, vec![], "it is a response to a security finding"),
        (
            ActorKind::Person,
            vec![habit()],
            "the same actor did the same on 9 of the 14 days before, at about 20:00 UTC",
        ),
        (
            ActorKind::Person,
            vec![quarantine()],
            "its tag Quarantine = 2026-11-20 says that it is in quarantine",
        ),
        (ActorKind::Person, vec![finding("CRITICAL", false)], "an open CRITICAL finding about it"),
        (ActorKind::Person, vec![finding("HIGH", true)], "EC2 instance mines bitcoin"),
        (ActorKind::Unknown, vec![tag(TagMeaning::Schedule, "Schedule", "office")], "puts it on a schedule"),
        (
            ActorKind::Person,
            vec![tag(TagMeaning::Capacity, "aws:autoscaling:groupName", "web")],
            "Auto Scaling, a fleet or Spot decides if it runs",
        ),
        // The gravest reason is told.
        (ActorKind::Scheduler, vec![habit(), quarantine()], "says that it is in quarantine"),
    ] {
        let found = stopped(kind, signs);
        assert_eq!(found.proposal, None, "{kind}: {}", found.cause);
        assert!(found.cause.contains("This is intended: ") && found.cause.contains(said), "{}", found.cause);
        assert!(found.cause.ends_with("Nightshift does not put it back."), "{}", found.cause);
    }
}

#[test]
fn conclude_what_a_person_stopped_may_be_started_and_what_nobody_known_did_is_asked() {
    let schedule = || vec![tag(TagMeaning::Schedule, "Schedule", "office")];
    for (kind, signs, unattended) in [
        (ActorKind::Person, vec![], true),
        (ActorKind::Person, schedule(), true),
        (ActorKind::Person, vec![finding("HIGH", false)], true),
        (ActorKind::Unknown, vec![], false),
        (ActorKind::Pipeline, vec![], false),
    ] {
        let found = stopped(kind, signs);
        assert!(found.proposal.is_some(), "{kind}: {}", found.cause);
        assert_eq!(found.confidence >= UNATTENDED_CONFIDENCE, unattended, "{kind}: {}", found.confidence);
        assert_eq!(found.cause.contains("a person has to decide"), !unattended, "{}", found.cause);
    }
}

#[test]
fn conclude_an_intended_state_rests_on_the_evidence_of_the_intent() {
    let found = stopped(ActorKind::Person, vec![habit()]);
    let shown = evidence(Observed::Intent { resource: instance(), signs: vec![habit()] });
    assert!(found.supports.contains(&shown.id));
}

/// A change of a resource of each kind that is acted on, and its state after it.
fn faulty(kind: u8, account: &str, region: &str, minutes: i64) -> (Arn, &'static str, Observed) {
    let (own, event, state) = match kind {
        0 => (instance(), "StopInstances", instance_state(&instance(), "stopped")),
        1 => (alias(), "UpdateAlias", alias_state("3", Some("2"))),
        2 => (parameter("limit"), "PutParameter", parameter_state(&parameter("limit"), 5, before(minutes))),
        _ => (service(), "UpdateService", service_state("FAILED")),
    };
    let arn = Arn::new(own.service(), region, account, own.resource());
    let mut json = serde_json::to_value(&state).unwrap();
    json["state"]["arn"] = serde_json::json!(arn.to_string());
    (arn, event, serde_json::from_value(json).unwrap())
}

fn actor_kind() -> impl Strategy<Value = ActorKind> {
    prop::sample::select(ActorKind::ALL.to_vec())
}

proptest! {
    /// Invariant 14: what a scheduler, scaling, a service or a security response did is not put back, whatever it was.
    #[test]
    fn proposal_nothing_that_was_done_by_design_is_put_back(
        kind in 0u8..4, minutes in 0i64..60, actor_kind in actor_kind(),
    ) {
        let (arn, event, state) = faulty(kind, "123456789012", "eu-west-1", minutes);
        let mut signal = sample::alarm_signal("event-1", "checkout-errors");
        signal.resources = vec![arn.clone(), function()];
        let by = Change { actor_kind, ..change(&arn, event, before(minutes)) };
        let observed = vec![Observed::Symptom { observation: firing() }, state, Observed::Change { change: by }];
        if let Some(found) = best(&signal, observed) {
            prop_assert!(found.proposal.is_none() || !actor_kind.acts_by_design(), "{}", found.cause);
        }
    }

    /// Invariant 16: a resource of another account, region or partition is never a target.
    #[test]
    fn proposal_no_resource_of_anothers_is_a_target(
        kind in 0u8..4,
        account in "123456789012|999999999999|[0-9]{12}",
        region in prop::sample::select(vec!["eu-west-1", "us-east-1", "cn-north-1", "eusc-de-east-1", "us-iso-east-1"]),
        named in any::<bool>(),
    ) {
        let (arn, event, state) = faulty(kind, &account, region, 2);
        let mut signal = sample::alarm_signal("event-1", "checkout-errors");
        if named {
            signal.resources.push(arn.clone());
        }
        let is_own = arn.is_of(&signal.account, &signal.region);
        let observed = vec![
            Observed::Symptom { observation: firing() },
            Observed::Application { name: sample::APPLICATION.to_owned(), resources: vec![arn.clone(), function()] },
            Observed::Reads { function: function(), parameters: vec![arn.clone()] },
            state,
            Observed::Change { change: change(&arn, event, before(2)) },
        ];
        let target = best(&signal, observed).and_then(|found| found.proposal).map(|proposal| proposal.target);
        prop_assert!(target.is_none_or(|target| is_own && target == arn));
    }
}
