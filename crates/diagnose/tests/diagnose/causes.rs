//! Tests each known cause, and what is ruled out, through `handle`.

use common::{
    Observed,
    evidence::{AliasState, ParameterState},
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
    let scaled = |minutes, key: &str| {
        let mut change = change(&service(), "UpdateService", before(minutes));
        change.request.insert(key.to_owned(), "8".to_owned());
        world.account.add_change(change);
    };
    scaled(6, "taskDefinition");
    scaled(2, "desiredCount");
    scaled(-1, "desiredCount");
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
