//! Tests which instances that are off are no fault at all, and which are told as a cause as before.

use common::{
    ActorKind, Conclusion, Evidence, Gap, Observed, OwnRoles, Signal,
    evidence::{Change, ReadSource},
    findings::{ComponentCourse, EngineFindings},
    intent::{IntentSign, SecurityFinding, TagMeaning},
};
use fakes::{
    sample,
    sample_evidence::{
        alias, alias_state, before, change, evidence, firing, function, instance, instance_signal,
        instance_state, root_cause,
    },
};
use proptest::prelude::*;
use reasoning::{
    judgement::{
        conclude::{Assessment, conclude},
        incident_evidence::IncidentEvidence,
    },
    playbooks::playbook::Playbooks,
};

fn concluded(signal: &Signal, observed: Vec<Observed>, gaps: &[Gap]) -> Assessment {
    let all: Vec<Evidence> = observed.into_iter().map(evidence).collect();
    let own_roles = OwnRoles::default();
    let case = IncidentEvidence { signal, evidence: &all, gaps, own_roles: &own_roles, attempted: &[] };
    conclude(&case, &Playbooks::shipped().unwrap())
}

const AUTO_SCALING: &str = "arn:aws:sts::123456789012:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling";

fn taken_out(event: &str, actor_kind: ActorKind, signs: Vec<IntentSign>) -> Vec<Observed> {
    let state = if event == "StopInstances" { "stopped" } else { "terminated" };
    let mut taken = Change { actor_kind, ..change(&instance(), event, before(2)) };
    if actor_kind == ActorKind::Scaling {
        AUTO_SCALING.clone_into(&mut taken.actor);
    }
    vec![
        Observed::Symptom { observation: firing() },
        instance_state(&instance(), state),
        Observed::Change { change: taken },
        Observed::Intent { resource: instance(), signs },
    ]
}

fn tag(meaning: TagMeaning, key: &str, value: &str) -> IntentSign {
    IntentSign::Tag { meaning, key: key.to_owned(), value: value.to_owned() }
}

fn schedule() -> IntentSign {
    tag(TagMeaning::Schedule, "Schedule", "office-hours")
}

fn habit(days_started_again: u32) -> IntentSign {
    IntentSign::Habit {
        actor: "arn:aws:sts::123456789012:assumed-role/scheduler".to_owned(),
        event_name: "StopInstances".to_owned(),
        days: 5,
        days_started_again,
        time_of_day: "20:00 UTC".to_owned(),
    }
}

fn finding() -> IntentSign {
    let (id, title) = ("f-1".to_owned(), "EC2 instance mines bitcoin".to_owned());
    let finding = SecurityFinding { id, title, severity: "CRITICAL".to_owned(), is_threat: true };
    IntentSign::SecurityFinding { finding }
}

fn reason(findings: &Assessment) -> Option<&str> {
    match &findings.conclusion {
        Conclusion::NoFault { reason } => Some(reason),
        _ => None,
    }
}

const STOP: &str = "StopInstances";
const TERMINATE: &str = "TerminateInstances";

#[test]
fn conclude_what_a_schedule_stopped_or_scaling_ended_is_no_fault() {
    for (event, kind, signs, said) in [
        (STOP, ActorKind::Scheduler, vec![schedule()], "its tag Schedule = office-hours puts it on one"),
        (STOP, ActorKind::Scheduler, vec![habit(5)], "at about 20:00 UTC too, and started again each time"),
        (STOP, ActorKind::Scheduler, vec![habit(3), schedule()], "and started again 3 times"),
        (TERMINATE, ActorKind::Scaling, vec![], "which starts another where its group has too few"),
    ] {
        let found = concluded(&instance_signal(), taken_out(event, kind, signs), &[]);
        let reason = reason(&found).unwrap_or_else(|| panic!("{kind} {event}: {found:?}"));
        assert!(reason.contains(said), "{reason}");
        assert!(found.hypotheses.is_empty() && !found.symptom_is_there, "{found:?}");
        assert!(found.ruled_out.iter().any(|out| out.component == instance()), "{found:?}");
    }
}

#[test]
fn conclude_what_somebody_has_to_see_to_is_told_as_before() {
    for (event, kind, signs) in [
        // One sign alone: anybody may call a role a scheduler.
        (STOP, ActorKind::Scheduler, vec![]),
        // It was never seen to bring it back.
        (STOP, ActorKind::Scheduler, vec![habit(0), schedule()]),
        (STOP, ActorKind::Scheduler, vec![schedule(), finding()]),
        (STOP, ActorKind::Scheduler, vec![schedule(), tag(TagMeaning::Quarantine, "Isolated", "yes")]),
        (TERMINATE, ActorKind::Scheduler, vec![schedule()]),
        // A warm pool, Spot.
        (STOP, ActorKind::Scaling, vec![tag(TagMeaning::Capacity, "aws:autoscaling:groupName", "web")]),
        (TERMINATE, ActorKind::Scaling, vec![finding()]),
        (STOP, ActorKind::Service, vec![schedule()]),
        (STOP, ActorKind::Security, vec![schedule()]),
        (STOP, ActorKind::Person, vec![schedule(), habit(5)]),
        (STOP, ActorKind::Pipeline, vec![schedule()]),
        (STOP, ActorKind::Unknown, vec![habit(5)]),
        (TERMINATE, ActorKind::Person, vec![]),
    ] {
        let found = concluded(&instance_signal(), taken_out(event, kind, signs.clone()), &[]);
        assert_eq!(found.conclusion, Conclusion::Explained, "{kind} {event} {signs:?}");
        assert_eq!(found.hypotheses[0].component, instance());
    }
}

/// Anybody may call a role an autoscaler, and Spot takes what is needed too.
#[test]
fn conclude_a_termination_by_another_than_auto_scaling_is_told() {
    for actor in ["arn:aws:sts::123456789012:assumed-role/team-autoscaler/x", "spot.amazonaws.com"] {
        let mut observed = taken_out(TERMINATE, ActorKind::Scaling, vec![]);
        for one in &mut observed {
            if let Observed::Change { change } = one {
                actor.clone_into(&mut change.actor);
            }
        }
        assert_eq!(concluded(&instance_signal(), observed, &[]).conclusion, Conclusion::Explained, "{actor}");
    }
}

#[test]
fn conclude_a_planned_stop_is_told_where_a_sign_is_unread_or_something_else_is_the_symptom() {
    let planned = || taken_out(STOP, ActorKind::Scheduler, vec![schedule()]);
    for source in
        [ReadSource::ResourceTags, ReadSource::Habit, ReadSource::SecurityFindings, ReadSource::Metrics]
    {
        let gaps = [Gap::new(source.clone(), "a call", "denied")];
        assert_eq!(reason(&concluded(&instance_signal(), planned(), &gaps)), None, "{source:?}");
    }
    let unread = planned().into_iter().filter(|one| !matches!(one, Observed::Intent { .. })).collect();
    assert_eq!(reason(&concluded(&instance_signal(), unread, &[])), None);

    // An alarm on what users see, of a component whose instance it is.
    let mut errors = sample::alarm_signal("event-1", "checkout-errors");
    errors.resources = vec![instance(), function()];
    assert_eq!(reason(&concluded(&errors, planned(), &[])), None);
    // What else fails may be why somebody misses it.
    let failing = ComponentCourse {
        resource: function(),
        shows_failures: true,
        abnormal_since: Some(before(1)),
        normal_again_since: None,
        period_seconds: 60,
        requests: Vec::new(),
    };
    let engine = EngineFindings { courses: vec![failing], ..root_cause(&[function()], 0.3) };
    let observed = planned().into_iter().chain([Observed::Engine { findings: engine }]).collect();
    assert_eq!(reason(&concluded(&instance_signal(), observed, &[])), None);
}

proptest! {
    /// Whoever took it out, and whatever changed beside it: what is no fault proposes nothing, and only a scheduler's stop
    /// or a termination by scaling is none.
    #[test]
    fn conclude_no_fault_is_only_what_a_machine_planned_and_proposes_nothing(
        kind in prop::sample::select(ActorKind::ALL.to_vec()),
        event in prop::sample::select(vec![STOP, TERMINATE]),
        signs in prop::sample::subsequence(vec![schedule(), habit(0), habit(4), finding()], 0..=4),
        minutes in 0i64..45,
    ) {
        let mut observed = taken_out(event, kind, signs.clone());
        observed.extend([
            Observed::Application { name: sample::APPLICATION.to_owned(), resources: vec![alias(), instance()] },
            alias_state("3", Some("2")),
            Observed::Change { change: change(&alias(), "UpdateAlias", before(minutes)) },
        ]);
        let found = concluded(&instance_signal(), observed, &[]);
        if reason(&found).is_some() {
            prop_assert!(found.hypotheses.is_empty());
            prop_assert!(!signs.contains(&finding()));
            let planned = (kind, event) == (ActorKind::Scheduler, STOP) || (kind, event) == (ActorKind::Scaling, TERMINATE);
            prop_assert!(planned, "{kind} {event}");
        }
    }
}
