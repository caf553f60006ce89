//! Tests `handle`: its order, its gaps, its repetitions and its crashes.

use common::{
    AuditEntry, Conclusion, Mode, Observed, Status, SymptomState,
    as_recorded::Recorded,
    audit,
    ports::{CaseFile, Incidents, Lease, Leases, Ledger},
};
use diagnose::{AskModel, Error, Input, Output};
use fakes::sample_evidence::{
    alias, alias_state, before, change, instance, instance_signal, instance_state, parameter, parameter_state,
};
use fakes::{FixedClock, When, sample};
use jiff::SignedDuration;

use crate::world::{World, block_on, confidence, diagnosis, run, run_attempt};

#[test]
fn handle_mode_off_reads_nothing() {
    let world = World::with_overwritten_parameter();
    world.account.set_mode(Mode::Off, None);
    assert_eq!(
        run(&world).unwrap(),
        Output::Abstained { reason: "the mode is off, so nothing was diagnosed".to_owned() }
    );
    let reads = ["Symptoms", "AlarmHistory", "Topology", "Changes", "Resources", "Traces", "Metrics", "Logs"];
    assert!(!world.faults.calls().iter().any(|call| reads.iter().any(|port| call.starts_with(port))));
}

#[test]
fn handle_mode_of_the_tagged_application_off_looks_no_further() {
    let world = World::with_overwritten_parameter();
    world.account.set_mode(Mode::Autonomous, Some((sample::APPLICATION, Mode::Off)));
    assert_eq!(
        run(&world).unwrap(),
        Output::Abstained { reason: "the mode is off, so nothing was diagnosed".to_owned() }
    );
    assert!(!world.faults.calls().iter().any(|call| call.starts_with("Changes")));
}

#[test]
fn handle_unreadable_mode_counts_as_off() {
    let world = World::with_overwritten_parameter();
    world.faults.fail_operation("Modes::effective");
    assert!(matches!(run(&world).unwrap(), Output::Abstained { .. }));
    assert!(!world.faults.calls().iter().any(|call| call.starts_with("Symptoms")));
}

#[test]
fn handle_symptom_gone_is_already_recovered() {
    let world = World::with_overwritten_parameter();
    world.account.set_symptom(SymptomState::Recovered, None);
    assert!(matches!(run(&world).unwrap(), Output::AlreadyRecovered { .. }));
}

#[test]
fn handle_symptom_unknown_abstains_and_says_what_is_likely() {
    let world = World::with_overwritten_parameter();
    world.account.set_symptom(SymptomState::Unknown, None);
    let Output::Abstained { reason } = run(&world).unwrap() else { panic!("not abstained") };
    assert!(reason.contains("/shop/limit"), "{reason}");
}

#[test]
fn handle_any_read_failing_is_a_gap_and_never_more_confident() {
    let whole = confidence(&run(&World::with_overwritten_parameter()).unwrap());
    let operations = [
        "Symptoms::observe",
        "AlarmHistory::transitions",
        "Topology::application_of",
        "Topology::resources_of",
        "Topology::read_by",
        "Changes::changes",
        "Resources::state",
        "Topology::event_sources",
        "Traces::calls",
        "Metrics::series",
        "Logs::lines",
    ];
    for operation in operations {
        let world = World::with_overwritten_parameter();
        world.faults.fail_operation(operation);
        match run(&world).unwrap() {
            Output::Explained { confidence, .. } => assert!(confidence < whole, "{operation}"),
            Output::Abstained { .. } => {}
            Output::AlreadyRecovered { .. } => panic!("{operation}: recovered"),
            Output::LookAgain { .. } => panic!("nothing more is coming"),
        }
        assert!(!diagnosis(&world, 1).gaps.is_empty(), "{operation}");
    }
}

#[test]
fn handle_repeated_gives_the_same_answer_and_looks_once() {
    let world = World::with_overwritten_parameter();
    let first = run(&world).unwrap();
    world.account.set_symptom(SymptomState::Recovered, None);
    let calls = world.faults.calls().len();
    assert_eq!(run(&world).unwrap(), first);
    assert!(!world.faults.calls().iter().skip(calls).any(|call| call.starts_with("Symptoms")));
}

#[test]
fn handle_crashed_at_any_call_and_repeated_ends_as_if_it_had_not() {
    let whole = World::with_overwritten_parameter();
    let expected = run(&whole).unwrap();
    for call in 0..whole.faults.calls().len() {
        for when in [When::Before, When::After] {
            let world = World::with_overwritten_parameter();
            world.faults.fail_call(call, when);
            let crashed = run(&world);
            world.faults.heal();
            let repeated = run(&world).unwrap();
            if crashed.is_err() {
                assert_eq!(repeated, expected, "call {call} {when:?}");
            }
            let diagnosed =
                world.deps.store.entries().into_iter().filter(|e| matches!(e, AuditEntry::Diagnosed { .. }));
            // A crash after the record was written repeats nothing; one before it writes it then.
            assert_eq!(diagnosed.count(), 1, "call {call} {when:?}");
        }
    }
}

#[test]
fn handle_evidence_that_is_named_is_in_the_file() {
    let world = World::with_overwritten_parameter();
    run(&world).unwrap();
    let stored = block_on(world.deps.store.evidence(world.input.incident_id)).unwrap();
    let made = diagnosis(&world, 1);
    for id in made.evidence.iter().chain(&made.first().unwrap().supports) {
        assert!(stored.iter().any(|evidence| evidence.id == *id), "{id}");
    }
}

#[test]
fn handle_application_found_by_tags_is_set_on_the_incident() {
    let world = World::with_overwritten_parameter();
    run(&world).unwrap();
    let incident = block_on(world.deps.store.incident(world.input.incident_id)).unwrap().unwrap();
    assert_eq!(incident.application.as_deref(), Some(sample::APPLICATION));
    assert_eq!(incident.status, Status::Diagnosing);
}

/// Else all applications would share what one of them may have investigated in an hour.
#[test]
fn handle_model_is_asked_about_the_application_that_the_tags_name() {
    let mut world = World::with_overwritten_parameter();
    world.deps.investigator.ask = AskModel::Always;
    run(&world).unwrap();
    let asked = world.deps.investigator.model.asked();
    let named = format!("application: {}", sample::APPLICATION);
    assert!(format!("{:?}", asked.first().unwrap().turns).contains(&named), "{asked:?}");
}

/// The action that the first attempt proposed is started.
fn act(world: &World) {
    let first = diagnosis(world, 1);
    let proposal = first.first().unwrap().proposal.clone().unwrap();
    let entry = AuditEntry::ActionIntended {
        plan_hash: "a".repeat(64).parse().unwrap(),
        action: proposal.action,
        target: proposal.target,
        client_token: "token".to_owned(),
    };
    block_on(world.deps.store.append(first.incident_id, sample::at(), &entry)).unwrap();
}

/// An attempt that ended in waiting for its target never ran its plan.
#[test]
fn handle_second_attempt_proposes_again_what_was_never_run() {
    let world = World::with_overwritten_parameter();
    run(&world).unwrap();
    run_attempt(&world, 2).unwrap();
    let (first, second) = (diagnosis(&world, 1), diagnosis(&world, 2));
    assert_eq!(second.first().unwrap().proposal, first.first().unwrap().proposal);
}

#[test]
fn handle_second_attempt_never_proposes_what_was_tried() {
    let world = World::with_overwritten_parameter();
    run(&world).unwrap();
    act(&world);
    let Output::Abstained { .. } = run_attempt(&world, 2).unwrap() else { panic!("proposed again") };
    let second = diagnosis(&world, 2);
    assert!(second.ruled_out.iter().any(|out| out.why.contains("ran in attempt 1")));
}

#[test]
fn handle_second_attempt_takes_the_next_best() {
    let world = World::with_overwritten_parameter();
    let account = &world.account;
    account.add_change(change(&alias(), "UpdateAlias", before(40)));
    run(&world).unwrap();
    act(&world);
    let first = diagnosis(&world, 1).first().unwrap().component.clone();
    run_attempt(&world, 2).unwrap();
    let second = diagnosis(&world, 2);
    assert_eq!(second.conclusion, Conclusion::Explained);
    assert_ne!(second.first().unwrap().component, first);
}

#[test]
fn handle_resource_of_another_account_is_never_a_candidate() {
    let world = World::with_signal(sample::alarm_signal("event-1", "checkout-errors"));
    let theirs = common::Arn::new("ssm", sample::REGION, "999999999999", "parameter/shop/limit");
    world.account.tag(&alias(), sample::APPLICATION);
    world.account.tag(&theirs, sample::APPLICATION);
    world.account.set_resource(&theirs, parameter_state(&theirs, 5, before(3)));
    world.account.add_change(change(&theirs, "PutParameter", before(3)));
    assert!(matches!(run(&world).unwrap(), Output::Abstained { .. }));
}

#[test]
fn handle_incident_that_ended_is_refused_by_name() {
    let world = World::with_overwritten_parameter();
    block_on(world.deps.store.advance(world.input.incident_id, Status::Escalated)).unwrap();
    assert!(matches!(run(&world), Err(Error::StatusRefused { .. })));
}

#[test]
fn handle_actor_with_hidden_characters_is_shown_plainly() {
    let world = World::with_signal(instance_signal());
    world.account.set_resource(&instance(), instance_state(&instance(), "stopped"));
    let mut stop = change(&instance(), "StopInstances", before(1));
    stop.actor = format!("{{state.state}}\u{202e}\n{}", "x".repeat(5_000));
    world.account.add_change(stop);
    let Output::Explained { summary, .. } = run(&world).unwrap() else { panic!("not explained") };
    assert!(summary.chars().count() <= 600 && !summary.contains(['\u{202e}', '\n']));
    assert!(summary.contains("{state.state}"), "a value is never a template: {summary}");
}

#[test]
fn messages_keep_their_form() {
    let input: Input =
        serde_json::from_str(r#"{"incident_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","attempt":1}"#).unwrap();
    assert_eq!(input.attempt, 1);
    let output = Output::Explained { summary: "s".to_owned(), confidence: 0.5 };
    let text = serde_json::to_string(&output).unwrap();
    assert_eq!(text, r#"{"result":"explained","summary":"s","confidence":0.5}"#);
    assert!(
        serde_json::from_str::<Input>(r#"{"incident_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","attempt":1,"x":1}"#)
            .is_err()
    );
}

#[test]
fn handle_nothing_explains_it_and_evidence_may_be_coming_looks_again_and_writes_nothing() {
    let mut world = World::with_signal(sample::alarm_signal("event-1", "checkout-errors"));
    world.deps.recheck_for = SignedDuration::from_mins(10);
    let output = run(&world).unwrap();
    assert!(
        matches!(output, Output::LookAgain { wait_seconds: 60, wait_limit_seconds: 480, tell: true, .. }),
        "{output:?}"
    );
    assert!(world.deps.store.entries().is_empty());
    assert_eq!(block_on(world.deps.store.diagnosis(world.input.incident_id, 1)).unwrap(), None);
    assert_eq!(block_on(world.deps.store.evidence(world.input.incident_id)).unwrap(), []);
    // What had not been listed then is listed now.
    let mut world = World::with_overwritten_parameter();
    world.deps.recheck_for = SignedDuration::from_mins(10);
    assert!(matches!(run(&world).unwrap(), Output::Explained { .. }));
}

#[test]
fn handle_looks_again_what_is_known_is_kept_for_the_message_until_the_next_look() {
    let mut world = World::with_signal(sample::alarm_signal("event-1", "checkout-errors"));
    world.deps.recheck_for = SignedDuration::from_mins(10);
    run(&world).unwrap();
    let known = block_on(world.deps.store.preliminary(world.input.incident_id)).unwrap().unwrap();
    assert!(matches!(known.diagnosis.conclusion, Conclusion::Abstained { .. }), "{known:?}");
    assert!(known.evidence.iter().any(|one| matches!(one.observed, Observed::Symptom { .. })), "{known:?}");
    assert_eq!(known.diagnosis.model, None);
}

#[test]
fn handle_looks_again_also_where_what_is_known_cannot_be_stored() {
    let mut world = World::with_signal(sample::alarm_signal("event-1", "checkout-errors"));
    world.deps.recheck_for = SignedDuration::from_mins(10);
    world.faults.fail_operation("CaseFile::put_preliminary");
    assert!(matches!(run(&world).unwrap(), Output::LookAgain { tell: true, .. }));
}

/// Whoever is answered within 90 s is told once.
#[test]
fn handle_looks_again_soon_enough_nobody_is_told_meanwhile() {
    let mut world = World::with_signal(sample::alarm_signal("event-1", "checkout-errors"));
    world.deps.recheck_for = SignedDuration::from_secs(40);
    world.deps.clock = FixedClock::at(before(0) + SignedDuration::from_secs(2));
    let output = run(&world).unwrap();
    assert!(matches!(output, Output::LookAgain { wait_seconds: 38, tell: false, .. }), "{output:?}");
    assert_eq!(block_on(world.deps.store.preliminary(world.input.incident_id)).unwrap(), None);
}

#[test]
fn handle_application_of_thousands_of_resources_keeps_what_fits_and_says_so() {
    let world = World::with_signal(sample::alarm_signal("event-1", "checkout-errors"));
    world.account.tag(&alias(), sample::APPLICATION);
    for number in 0..5_000 {
        world.account.tag(&parameter(&format!("p{number}")), sample::APPLICATION);
        world.account.tag(&sample::arn("s3", &format!("bucket-{number}")), sample::APPLICATION);
    }
    run(&world).unwrap();
    let kept =
        block_on(world.deps.store.evidence(world.input.incident_id)).unwrap().into_iter().find_map(|look| {
            match look.observed {
                Observed::Application { resources, .. } => Some(resources),
                _ => None,
            }
        });
    let kept = kept.unwrap();
    assert_eq!(kept.len(), 1_000);
    assert!(kept.iter().all(|arn| arn.service() != "s3"));
    assert!(diagnosis(&world, 1).gaps.iter().any(|gap| gap.reason.contains("were kept")));
}

/// Another incident of the same fault has just mended it: this one's alarm gets the time to recover.
#[test]
fn handle_nothing_is_left_to_find_after_our_own_change_looks_at_the_symptom_again() {
    let world = World::with_signal(sample::alarm_signal("event-1", "checkout-errors"));
    world.account.set_resource(&alias(), alias_state("2", Some("3")));
    let lease = Lease {
        incident_id: "01ARZ3NDEKTSV4RRFFQ69G5FAA".parse().unwrap(),
        plan_hash: common::sha256_hex("plan").parse().unwrap(),
        target: alias(),
        acquired_at: before(0),
        execution_id: None,
        end: None,
    };
    block_on(world.deps.store.acquire(&lease)).unwrap();
    let output = run(&world).unwrap();
    assert!(
        matches!(output, Output::LookAgain { wait_seconds: 15, wait_limit_seconds: 1680, tell: true, .. }),
        "{output:?}"
    );
    assert!(world.deps.store.entries().is_empty());
}

/// Two invocations of one attempt at once: each has read something else, and people are told what is on record.
#[test]
fn handle_that_another_invocation_overtook_tells_and_records_the_diagnosis_that_is_stored() {
    let first = World::with_overwritten_parameter();
    run(&first).unwrap();
    let mut stored = diagnosis(&first, 1);
    stored.hypotheses[0].cause = "It was first.".to_owned();
    let calls = first.faults.calls();
    let put = calls.iter().position(|call| call == "CaseFile::put_diagnosis").unwrap();

    let world = World::with_overwritten_parameter();
    let (store, faster) = (world.deps.store.clone(), stored.clone());
    world.faults.interrupt(put, move || store.replace_diagnosis(&faster));
    let Output::Explained { summary, .. } = run(&world).unwrap() else { panic!("not explained") };
    assert_eq!(summary, "It was first.");
    assert_eq!(diagnosis(&world, 1), stored);
    let id = stored.incident_id;
    let evidence = block_on(world.deps.store.evidence(id)).unwrap();
    let bodies = audit::bodies(id, &block_on(world.deps.store.timeline(id)).unwrap()).unwrap();
    assert_eq!(Recorded::new(&bodies).diagnosis(&stored, &evidence), None);
}

/// The application decides how much may be done, so a record says who it is before it counts.
#[test]
fn handle_application_that_the_tags_name_is_recorded() {
    let world = World::with_overwritten_parameter();
    run(&world).unwrap();
    let id = diagnosis(&world, 1).incident_id;
    let incident = block_on(world.deps.store.incident(id)).unwrap().unwrap();
    let named = world.deps.store.entries().into_iter().find_map(|entry| match entry {
        AuditEntry::ApplicationNamed { application } => Some(application),
        _ => None,
    });
    assert!(named.is_some() || incident.application == incident.signal.application);
    assert_eq!(named.or(incident.signal.application), incident.application);
}
