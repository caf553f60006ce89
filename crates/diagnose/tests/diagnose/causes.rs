//! Tests each known cause, and what is ruled out, through `handle`.

use common::{
    ActorKind, Hypothesis, Observed,
    evidence::{AliasState, Change, ParameterState, ReadSource, Truncation},
    intent::SecurityFinding,
};
use diagnose::Output;
use fakes::sample;
use fakes::sample_evidence::{
    alias, alias_state, before, change, function, instance, instance_signal, instance_state, parameter,
    parameter_state, service, service_signal, service_state,
};

use crate::world::{World, confidence, diagnosis, run};

/// The action that would be taken, and its parameters.
fn proposed(world: &World) -> (String, Vec<(String, String)>) {
    let proposal = diagnosis(world, 1).first().unwrap().proposal.clone().unwrap();
    (proposal.action.to_string(), proposal.parameters.into_iter().collect())
}

fn pairs(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn handle_parameter_overwritten_before_the_alarm_proposes_its_version_before() {
    let world = World::with_overwritten_parameter();
    let output = run(&world).unwrap();
    assert!(confidence(&output) > 0.85, "{output:?}");
    let (action, parameters) = proposed(&world);
    assert_eq!(action, "restore-parameter");
    let expected = [("ExpectedVersion", "5"), ("ParameterName", "/shop/limit"), ("RestoreVersion", "4")];
    assert_eq!(parameters, pairs(&expected));
    let first = diagnosis(&world, 1).hypotheses.remove(0);
    assert!(first.cause.contains("alice 3 min before"), "{}", first.cause);
    assert!(!first.supports.is_empty());
}

#[test]
fn handle_alias_moved_before_the_alarm_proposes_the_version_before() {
    let world = World::with_signal(sample::alarm_signal("event-1", "checkout-errors"));
    world.account.set_resource(&alias(), alias_state("3", Some("2")));
    world.account.add_change(change(&alias(), "UpdateAlias", before(2)));
    assert!(confidence(&run(&world).unwrap()) > 0.9);
    let (action, parameters) = proposed(&world);
    assert_eq!(action, "rollback-lambda-alias");
    let expected = [
        ("AliasName", "live"),
        ("ExpectedVersion", "3"),
        ("FunctionName", "checkout"),
        ("FunctionVersion", "2"),
    ];
    assert_eq!(parameters, pairs(&expected));
}

#[test]
fn handle_alias_moved_with_the_deployment_around_it_stays_strong() {
    let world = World::with_signal(sample::alarm_signal("event-1", "checkout-errors"));
    world.account.tag(&function(), sample::APPLICATION);
    world.account.tag(&alias(), sample::APPLICATION);
    world.account.set_resource(&alias(), alias_state("3", Some("2")));
    for event in ["UpdateFunctionCode", "PublishVersion"] {
        world.account.add_change(change(&function(), event, before(2)));
    }
    world.account.add_change(change(&alias(), "UpdateAlias", before(2)));
    assert!(confidence(&run(&world).unwrap()) > 0.9);
}

#[test]
fn handle_instance_stopped_by_a_call_proposes_to_start_it() {
    let world = World::with_signal(instance_signal());
    world.account.set_resource(&instance(), instance_state(&instance(), "stopped"));
    world.account.add_change(change(&instance(), "StopInstances", before(1)));
    assert!(confidence(&run(&world).unwrap()) > 0.9);
    let (action, parameters) = proposed(&world);
    assert_eq!(action, "start-instance");
    assert_eq!(parameters, pairs(&[("InstanceId", "i-0123456789abcdef0")]));
}

/// An instance that alice stopped, by a role that is not known to be a person's.
fn stopped_instance(kind: ActorKind) -> World {
    let world = World::with_signal(instance_signal());
    world.account.set_resource(&instance(), instance_state(&instance(), "stopped"));
    world.account.add_change(Change { actor_kind: kind, ..change(&instance(), "StopInstances", before(1)) });
    world
}

fn first(world: &World) -> Hypothesis {
    assert!(matches!(run(world).unwrap(), Output::Explained { .. }));
    diagnosis(world, 1).first().unwrap().clone()
}

#[test]
fn handle_instance_stopped_by_a_scheduler_is_said_to_be_intended() {
    let found = first(&stopped_instance(ActorKind::Scheduler));
    assert_eq!(found.proposal, None);
    assert!(found.cause.contains("This is intended: a scheduler acts by the clock."), "{}", found.cause);
}

#[test]
fn handle_instance_stopped_out_of_habit_or_in_quarantine_is_not_started() {
    let nightly = stopped_instance(ActorKind::Person);
    for day in 1..=3 {
        nightly.account.add_change(change(&instance(), "StopInstances", before(1 + day * 24 * 60)));
    }
    let tagged = stopped_instance(ActorKind::Person);
    tagged.account.set_tag(&instance(), "Quarantine", "yes");
    let attacked = stopped_instance(ActorKind::Person);
    attacked.account.add_finding(
        &instance(),
        SecurityFinding {
            id: "f-1".to_owned(),
            title: "It mines bitcoin".to_owned(),
            severity: "HIGH".to_owned(),
            is_threat: true,
        },
    );
    for (world, said) in [
        (nightly, "the same actor did the same on 3 of the 14 days before"),
        (tagged, "its tag Quarantine = yes says that it is in quarantine"),
        (attacked, "Security Hub has an open HIGH finding about it (It mines bitcoin)"),
    ] {
        let found = first(&world);
        assert_eq!(found.proposal, None, "{said}");
        assert!(found.cause.contains(said), "{}", found.cause);
    }
}

#[test]
fn handle_instance_stopped_by_nobody_known_is_asked_about() {
    let found = first(&stopped_instance(ActorKind::Unknown));
    assert!(found.proposal.is_some());
    assert!(found.confidence < common::autonomy::UNATTENDED_CONFIDENCE);
}

#[test]
fn handle_signs_that_cannot_be_read_are_gaps_that_cost_confidence() {
    let whole = first(&stopped_instance(ActorKind::Person)).confidence;
    for operation in ["Topology::tags_of", "Changes::changes_of", "SecurityFindings::open_findings"] {
        let world = stopped_instance(ActorKind::Person);
        world.faults.fail_operation(operation);
        assert!(first(&world).confidence < whole, "{operation}");
        assert!(diagnosis(&world, 1).gaps.iter().any(|gap| !gap.context), "{operation}");
    }
}

/// Fifty newer events hide the fortnight before them.
#[test]
fn handle_habit_that_was_read_in_part_is_a_gap() {
    let world = stopped_instance(ActorKind::Person);
    world.account.cut_changes_of(Truncation::new("too many events"));
    run(&world).unwrap();
    assert!(diagnosis(&world, 1).gaps.iter().any(|gap| gap.source == ReadSource::Habit));
}

#[test]
fn handle_instance_stopped_and_tagged_afterwards_is_still_seen_as_stopped() {
    let world = World::with_signal(instance_signal());
    world.account.set_resource(&instance(), instance_state(&instance(), "stopped"));
    world.account.add_change(change(&instance(), "StopInstances", before(1)));
    world.account.add_change(change(&instance(), "CreateTags", before(-1)));
    assert!(confidence(&run(&world).unwrap()) > 0.9);
}

#[test]
fn handle_instance_stopped_by_nobody_seen_is_explained_without_a_proposal() {
    let world = World::with_signal(instance_signal());
    world.account.set_resource(&instance(), instance_state(&instance(), "stopped"));
    assert!(matches!(run(&world).unwrap(), Output::Explained { .. }));
    assert_eq!(diagnosis(&world, 1).first().unwrap().proposal, None);
}

#[test]
fn handle_deployment_failed_proposes_the_task_definition_before() {
    let world = World::with_signal(service_signal());
    world.account.set_resource(&service(), service_state("FAILED"));
    world.account.add_change(change(&service(), "UpdateService", before(6)));
    assert!(confidence(&run(&world).unwrap()) > 0.9);
    let (action, parameters) = proposed(&world);
    assert_eq!(action, "rollback-ecs-service");
    assert_eq!(parameters.len(), 4);
    assert!(parameters.iter().any(|(name, value)| name == "TaskDefinition" && value.ends_with("web:7")));
}

#[test]
fn handle_deployment_failed_and_scaled_afterwards_is_still_seen_as_failed() {
    let world = World::with_signal(service_signal());
    world.account.set_resource(&service(), service_state("FAILED"));
    let update = |minutes, key: &str, value: &str| {
        let mut change = change(&service(), "UpdateService", before(minutes));
        change.request = [(key.to_owned(), value.to_owned())].into();
        world.account.add_change(change);
    };
    update(6, "taskDefinition", "web:8");
    update(2, "desiredCount", "8");
    update(-1, "desiredCount", "8");
    assert!(confidence(&run(&world).unwrap()) > 0.9);
    assert!(diagnosis(&world, 1).first().unwrap().cause.contains("6 min before"));
}

#[test]
fn handle_instance_on_its_way_to_stopped_is_not_called_fine() {
    let world = World::with_signal(instance_signal());
    world.account.set_resource(&instance(), instance_state(&instance(), "stopping"));
    world.account.add_change(change(&instance(), "StopInstances", before(1)));
    assert!(matches!(run(&world).unwrap(), Output::Abstained { .. }));
    assert!(!diagnosis(&world, 1).ruled_out.remove(0).why.contains("nothing is wrong"));
}

#[test]
fn handle_secret_overwritten_is_explained_without_a_proposal() {
    let world = World::with_overwritten_parameter();
    let limit = parameter("limit");
    let Observed::Parameter { state } = parameter_state(&limit, 5, before(3)) else { unreachable!() };
    let state = ParameterState { parameter_type: "SecureString".to_owned(), ..state };
    world.account.set_resource(&limit, Observed::Parameter { state });
    assert!(matches!(run(&world).unwrap(), Output::Explained { .. }));
    assert_eq!(diagnosis(&world, 1).first().unwrap().proposal, None);
}

#[test]
fn handle_parameter_that_nothing_is_seen_to_read_stays_below_what_acts_unasked() {
    let world = World::with_overwritten_parameter();
    world.account.set_reads(&function(), &[]);
    let confidence = confidence(&run(&world).unwrap());
    assert!((0.4..0.7).contains(&confidence), "{confidence}");
}

#[test]
fn handle_trail_that_lags_behind_is_made_up_for_by_the_parameters_own_history() {
    let world = World::with_signal(sample::alarm_signal("event-1", "checkout-errors"));
    let limit = parameter("limit");
    world.account.tag(&alias(), sample::APPLICATION);
    world.account.tag(&limit, sample::APPLICATION);
    world.account.set_reads(&function(), std::slice::from_ref(&limit));
    world.account.set_resource(&alias(), alias_state("3", Some("2")));
    world.account.set_resource(&limit, parameter_state(&limit, 5, before(3)));
    assert!(confidence(&run(&world).unwrap()) > 0.85);
}

/// Returns the reason why the parameter is ruled out; `None` where it is not.
fn why_not(world: &World) -> Option<String> {
    let found = diagnosis(world, 1).ruled_out.into_iter().find(|out| out.component == parameter("limit"));
    found.map(|out| out.why)
}

fn limit_changed(minutes: i64, by_nightshift: bool) -> World {
    let world = World::with_overwritten_parameter();
    let limit = parameter("limit");
    let mut last = change(&limit, "PutParameter", before(minutes));
    last.by_nightshift = by_nightshift;
    world.account.add_change(last);
    world.account.set_resource(&limit, parameter_state(&limit, 6, before(minutes)));
    world
}

#[test]
fn handle_parameter_last_written_by_nightshift_is_ruled_out() {
    let world = limit_changed(2, true);
    assert!(matches!(run(&world).unwrap(), Output::Abstained { .. }));
    assert!(why_not(&world).unwrap().contains("Nightshift itself"));
}

#[test]
fn handle_parameter_written_again_after_the_symptom_is_ruled_out() {
    let world = limit_changed(-1, false);
    assert!(matches!(run(&world).unwrap(), Output::Abstained { .. }));
    assert!(why_not(&world).unwrap().contains("again after the symptom"));
}

#[test]
fn handle_parameter_changed_long_before_is_no_candidate() {
    let world = World::with_signal(sample::alarm_signal("event-1", "checkout-errors"));
    let limit = parameter("limit");
    world.account.tag(&alias(), sample::APPLICATION);
    world.account.tag(&limit, sample::APPLICATION);
    world.account.add_change(change(&limit, "PutParameter", before(61)));
    world.account.set_resource(&limit, parameter_state(&limit, 5, before(61)));
    assert!(matches!(run(&world).unwrap(), Output::Abstained { .. }));
    assert!(diagnosis(&world, 1).hypotheses.is_empty());
}

#[test]
fn handle_healthy_instance_is_ruled_out_as_fine() {
    let world = World::with_signal(instance_signal());
    world.account.set_resource(&instance(), instance_state(&instance(), "running"));
    assert!(matches!(run(&world).unwrap(), Output::Abstained { .. }));
    assert!(diagnosis(&world, 1).ruled_out.remove(0).why.contains("nothing is wrong with it"));
}

#[test]
fn handle_alias_moved_from_where_nobody_knows_proposes_nothing() {
    let world = World::with_signal(sample::alarm_signal("event-1", "checkout-errors"));
    world.account.set_resource(&alias(), alias_state("3", None));
    world.account.add_change(change(&alias(), "UpdateAlias", before(2)));
    assert!(matches!(run(&world).unwrap(), Output::Explained { .. }));
    assert_eq!(diagnosis(&world, 1).hypotheses.remove(0).proposal, None);
}

#[test]
fn handle_alias_in_a_canary_deployment_is_not_rolled_back() {
    let world = World::with_signal(sample::alarm_signal("event-1", "checkout-errors"));
    let Observed::Alias { state } = alias_state("3", Some("2")) else { panic!("an alias") };
    let state = AliasState { weighted: true, ..state };
    world.account.set_resource(&alias(), Observed::Alias { state });
    world.account.add_change(change(&alias(), "UpdateAlias", before(2)));
    assert!(matches!(run(&world).unwrap(), Output::Abstained { .. }));
}
