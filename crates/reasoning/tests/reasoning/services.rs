//! Tests what is concluded about an ECS service: a rollback only of a release that is in force, to what ran before it and did
//! not fail, and a sentence for everything else.

use common::{
    ActorKind, Arn, Conclusion, Evidence, FailureMode, Hypothesis, Observed, OwnRoles, Signal, SymptomState,
    evidence::{Change, ServiceDeployment, ServiceState, StoppedTasks, TaskFailure},
    findings::{EngineFindings, MetricDigest},
    telemetry::{Call, CallGraph, CallNode},
};
use fakes::{
    sample,
    sample_evidence::{
        before, change, evidence, firing, observation, root_cause, service, service_signal, service_state,
    },
};
use jiff::Timestamp;
use proptest::prelude::*;
use reasoning::{
    judgement::conclude::{Assessment, conclude},
    judgement::incident_evidence::IncidentEvidence,
    playbooks::playbook::Playbooks,
};

fn definition(revision: u32) -> String {
    format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/web:{revision}")
}

/// The service runs `current`, and `previous` ran before; its rollout is in `rollout`.
fn state(rollout: &str, current: u32, previous: u32, running_count: u32) -> ServiceState {
    let Observed::Service { state } = service_state(rollout) else { unreachable!("a service") };
    ServiceState {
        task_definition: definition(current),
        previous_task_definition: Some(definition(previous)),
        running_count,
        ..state
    }
}

/// A call of `UpdateService` with these parameters, so many minutes before the symptom.
fn update(minutes: i64, request: &[(&str, &str)]) -> Change {
    let request = request.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Change { request, ..change(&service(), "UpdateService", before(minutes)) }
}

fn release(minutes: i64, definition: &str) -> Change {
    update(minutes, &[("taskDefinition", definition)])
}

fn observed(state: ServiceState, changes: Vec<Change>) -> Vec<Observed> {
    let mut all = vec![Observed::Symptom { observation: firing() }, Observed::Service { state }];
    all.extend(changes.into_iter().map(|change| Observed::Change { change }));
    all
}

fn concluded(signal: &Signal, all: Vec<Observed>) -> Assessment {
    let all: Vec<Evidence> = all.into_iter().map(evidence).collect();
    let case = IncidentEvidence {
        signal,
        evidence: &all,
        gaps: &[],
        own_roles: &OwnRoles::default(),
        attempted: &[],
    };
    conclude(&case, &Playbooks::shipped().unwrap())
}

/// The first hypothesis about a deployment event of the service.
fn first(state: ServiceState, changes: Vec<Change>) -> Option<Hypothesis> {
    concluded(&service_signal(), observed(state, changes)).hypotheses.into_iter().next()
}

fn playbook(found: Option<&Hypothesis>) -> String {
    found.map(|found| found.origin.to_string()).unwrap_or_default()
}

fn rolls_back_to(found: Option<&Hypothesis>) -> Option<String> {
    found?.proposal.as_ref()?.parameters.get("TaskDefinition").cloned()
}

#[test]
fn conclude_a_failed_release_that_is_in_force_is_rolled_back_however_the_call_names_it() {
    for named in ["web:48", &definition(48)] {
        let found = first(state("FAILED", 48, 47, 1), vec![release(11, named)]);
        assert_eq!(playbook(found.as_ref()), "ecs-bad-deployment@2", "{named}");
        assert_eq!(rolls_back_to(found.as_ref()), Some(definition(47)), "{named}");
    }
}

#[test]
fn conclude_the_latest_of_a_family_is_the_release_only_where_its_deployment_began_with_the_call() {
    let deployment = |created_at| ServiceDeployment {
        status: "PRIMARY".to_owned(),
        task_definition: definition(48),
        rollout_state: "FAILED".to_owned(),
        running_count: 0,
        failed_tasks: 3,
        created_at,
    };
    for (created_at, expected) in
        [(Some(before(11)), Some(definition(47))), (Some(before(40)), None), (None, None)]
    {
        let state = ServiceState { deployments: vec![deployment(created_at)], ..state("FAILED", 48, 47, 1) };
        assert_eq!(
            rolls_back_to(first(state, vec![release(11, "web")]).as_ref()),
            expected,
            "{created_at:?}"
        );
    }
}

#[test]
fn conclude_nothing_is_rolled_back_to_what_failed_or_was_taken_back() {
    let failed = ServiceDeployment {
        status: "ACTIVE".to_owned(),
        task_definition: definition(47),
        rollout_state: "FAILED".to_owned(),
        running_count: 0,
        failed_tasks: 3,
        created_at: None,
    };
    let to_what_failed = ServiceState { deployments: vec![failed], ..state("FAILED", 48, 47, 0) };
    assert_eq!(rolls_back_to(first(to_what_failed, vec![release(11, "web:48")]).as_ref()), None);
    // Somebody deployed the earlier revision, and it fails too: the later one is what they left.
    let back = first(state("FAILED", 47, 48, 0), vec![release(30, "web:48"), release(11, "web:47")]);
    assert_eq!(rolls_back_to(back.as_ref()), None);
    // ECS itself is about to.
    let breaker = ServiceState { rolls_back: true, ..state("FAILED", 48, 47, 1) };
    let found = first(breaker, vec![release(11, "web:48")]);
    assert_eq!(
        (playbook(found.as_ref()).as_str(), rolls_back_to(found.as_ref())),
        ("ecs-release-under-way@1", None)
    );
}

#[test]
fn conclude_a_release_that_was_taken_back_is_told_with_who_took_it_back() {
    let by = |kind, change: Change| Change { actor_kind: kind, ..change };
    for (changes, said) in [
        // No call tells of what the circuit breaker does.
        (vec![release(40, "web:47"), release(11, "web:48")], "was taken back by ECS"),
        (vec![release(11, "web:48"), by(ActorKind::Service, release(4, "web:47"))], "was taken back by ECS"),
        (
            vec![release(11, "web:48"), by(ActorKind::Person, release(4, "web:47"))],
            "was taken back by arn:aws:iam::123456789012:user/alice",
        ),
    ] {
        let found = first(state("COMPLETED", 47, 48, 2), changes);
        assert_eq!(playbook(found.as_ref()), "ecs-release-taken-back@1");
        let found = found.unwrap();
        assert!(found.cause.starts_with("Release web:48 of service web"), "{}", found.cause);
        assert!(found.cause.contains(said) && found.cause.contains("runs web:47 again"), "{}", found.cause);
        assert_eq!((found.failure_mode, found.proposal), (FailureMode::BadDeployment, None));
    }
}

#[test]
fn conclude_a_release_that_was_taken_back_is_told_though_the_service_is_well_where_data_show_its_effect() {
    let taken_back = |deviations: f64, state| {
        let mut all = observed(state, vec![release(40, "web:47"), release(11, "web:48")]);
        all[0] = Observed::Symptom { observation: observation(SymptomState::Recovered) };
        let cpu = MetricDigest {
            resource: Some(service()),
            metric: "CPUUtilization".to_owned(),
            statistic: "Average".to_owned(),
            baseline_samples: 180,
            incident_samples: 11,
            baseline: Some(38.0),
            incident: Some(70.0),
            last: Some(70.0),
            deviations: Some(deviations),
            sparkline: String::new(),
            within_usual: false,
        };
        let (from, incident_from, to) = (before(180), before(11), before(0));
        all.push(Observed::Metrics { from, incident_from, to, period_seconds: 60, series: vec![cpu] });
        concluded(&service_signal(), all)
    };
    let found = taken_back(9.5, state("COMPLETED", 47, 48, 2));
    assert_eq!(found.conclusion, Conclusion::Explained);
    assert_eq!(playbook(found.hypotheses.first()), "ecs-release-taken-back@1");
    // Nothing shows that anybody noticed: it is told with the recovery, and nobody is woken.
    let unnoticed = taken_back(0.8, state("COMPLETED", 47, 48, 2));
    assert_eq!(unnoticed.conclusion, Conclusion::AlreadyRecovered);
    assert_eq!(playbook(unnoticed.hypotheses.first()), "ecs-release-taken-back@1");
    // What could be put back is not, once the symptom is gone.
    let proposed = taken_back(9.5, state("FAILED", 48, 47, 2));
    assert!(proposed.hypotheses[0].proposal.is_some());
    assert_eq!(proposed.conclusion, Conclusion::AlreadyRecovered);
}

#[test]
fn conclude_a_symptom_that_began_after_a_release_was_taken_back_has_another_cause() {
    let mut signal = sample::alarm_signal("event-1", "web-5xx");
    signal.resources = vec![service()];
    let changes = vec![release(50, "web:48"), release(40, "web:47")];
    let found = concluded(&signal, observed(state("COMPLETED", 47, 48, 2), changes.clone()));
    assert_eq!(found.hypotheses, []);
    let onset =
        Observed::Engine { findings: EngineFindings { onset: Some(before(45)), ..root_cause(&[], 0.1) } };
    let mut all = observed(state("COMPLETED", 47, 48, 2), changes);
    all.push(onset);
    assert_eq!(playbook(concluded(&signal, all).hypotheses.first()), "ecs-release-taken-back@1");
}

#[test]
fn conclude_a_changed_configuration_is_told_and_its_task_definition_stays() {
    let grace = [("healthCheckGracePeriodSeconds", "0")];
    for changes in [
        vec![update(14, &grace)],
        vec![release(60 * 24 * 30, "web:15"), update(14, &grace)],
        // A tool that declares the whole service names the task definition that it had.
        vec![release(60 * 24 * 30, "web:15"), release(14, "web:15")],
    ] {
        let found = first(state("FAILED", 15, 14, 1), changes);
        assert_eq!(playbook(found.as_ref()), "ecs-configuration-changed@1");
        let found = found.unwrap();
        assert_eq!((found.failure_mode, found.proposal), (FailureMode::BadConfiguration, None));
        assert!(found.cause.contains("web:15 is the same as before"), "{}", found.cause);
    }
    assert_eq!(
        first(state("COMPLETED", 15, 14, 2), vec![update(14, &grace)]),
        None,
        "nothing is wrong with it"
    );
}

#[test]
fn conclude_scaling_is_no_deployment_and_no_configuration() {
    for count in ["1", "9"] {
        let found = first(state("COMPLETED", 15, 14, 1), vec![update(4, &[("desiredCount", count)])]);
        assert_eq!(found, None, "{count}");
    }
}

#[test]
fn conclude_the_same_task_definition_deployed_anew_is_told_unless_a_release_is_behind_it() {
    let anew = update(3, &[("forceNewDeployment", "true")]);
    let found = first(state("FAILED", 15, 14, 0), vec![anew.clone()]);
    assert_eq!(
        (playbook(found.as_ref()).as_str(), rolls_back_to(found.as_ref())),
        ("ecs-redeployment-failed@1", None)
    );
    // Restarting its tasks did not help against the release before.
    let found = first(state("FAILED", 15, 14, 0), vec![release(20, "web:15"), anew]);
    assert_eq!(rolls_back_to(found.as_ref()), Some(definition(14)));
}

#[test]
fn conclude_a_rollout_under_way_is_told_and_left_alone() {
    let found = first(state("IN_PROGRESS", 49, 47, 1), vec![release(6, "web:49")]);
    assert_eq!(
        (playbook(found.as_ref()).as_str(), rolls_back_to(found.as_ref())),
        ("ecs-release-under-way@1", None)
    );
}

/// An alarm of the load balancer in front of the service, whose data show that it began so many minutes before it fired.
fn behind_a_load_balancer(state: ServiceState, changes: Vec<Change>, began: Option<i64>) -> Assessment {
    let findings = EngineFindings { onset: began.map(before), ..root_cause(&[service()], 0.9) };
    behind_a_load_balancer_with(state, changes, findings)
}

fn behind_a_load_balancer_with(
    state: ServiceState,
    changes: Vec<Change>,
    findings: EngineFindings,
) -> Assessment {
    let balancer: Arn = sample::arn("elasticloadbalancing", "loadbalancer/app/web/50dc6c495c0c9188");
    let mut signal = sample::alarm_signal("event-1", "web-5xx");
    signal.resources = vec![balancer.clone()];
    let call = Call { caller: balancer.to_string(), callee: service().to_string() };
    let graph = CallGraph {
        nodes: vec![
            CallNode::from_resource(balancer, "AWS::ElasticLoadBalancingV2::LoadBalancer"),
            CallNode::from_resource(service(), "AWS::ECS::Service"),
        ],
        calls: vec![call],
    };
    let mut all = observed(state, changes);
    all.push(Observed::Connections { graph });
    all.push(Observed::Engine { findings });
    concluded(&signal, all)
}

#[test]
fn conclude_a_complete_release_is_rolled_back_only_where_the_symptom_is_seen_to_begin_after_it() {
    let at = |began| {
        let found = behind_a_load_balancer(state("COMPLETED", 48, 47, 2), vec![release(12, "web:48")], began);
        rolls_back_to(found.hypotheses.first())
    };
    assert_eq!(at(Some(10)), Some(definition(47)));
    assert_eq!(at(Some(20)), None, "it began before the release");
    assert_eq!(at(None), None, "nothing shows when it began");
}

#[test]
fn conclude_a_complete_release_that_served_well_for_long_is_not_rolled_back() {
    for (minutes, expected) in [(25, Some(definition(47))), (45, None)] {
        let found =
            behind_a_load_balancer(state("COMPLETED", 48, 47, 2), vec![release(minutes, "web:48")], Some(6));
        assert_eq!(rolls_back_to(found.hypotheses.first()), expected, "{minutes}");
    }
}

#[test]
fn conclude_errors_that_the_load_balancer_counts_are_its_only_targets() {
    let balancer = sample::arn("elasticloadbalancing", "loadbalancer/app/web/50dc6c495c0c9188");
    let mut findings = EngineFindings { onset: Some(before(10)), ..root_cause(&[balancer], 0.9) };
    findings.ruled_out = vec![common::findings::EngineRuledOut {
        name: "web".to_owned(),
        resource: Some(service()),
        why: "its metrics are as usual".to_owned(),
    }];
    let changes = vec![release(12, "web:48")];
    let found = behind_a_load_balancer_with(state("COMPLETED", 48, 47, 2), changes, findings);
    assert_eq!(rolls_back_to(found.hypotheses.first()), Some(definition(47)));
    assert_eq!(found.hypotheses.len(), 1, "the load balancer is no rival");
}

#[test]
fn conclude_failed_tasks_of_the_release_alone_speak_for_it_and_of_both_against_it() {
    let tasks = |revision: u32| StoppedTasks {
        task_definition: definition(revision),
        failure: TaskFailure::OutOfMemory,
        exit_code: Some(137),
        count: 4,
        last_at: Some(before(1)),
    };
    let confidence = |failed_tasks| {
        let state = ServiceState { failed_tasks, ..state("COMPLETED", 48, 47, 2) };
        let found = behind_a_load_balancer(state, vec![release(12, "web:48")], Some(10));
        let first = found.hypotheses.first().cloned().unwrap();
        assert_eq!(found.conclusion, Conclusion::Explained);
        (first.confidence, first.cause)
    };
    let (none, _) = confidence(Some(Vec::new()));
    let (new_alone, cause) = confidence(Some(vec![tasks(48)]));
    let (both, _) = confidence(Some(vec![tasks(47), tasks(48)]));
    assert!(new_alone > none && both < new_alone, "{none} {new_alone} {both}");
    assert!(cause.contains("web:48 4 were killed for want of memory (exit code 137)"), "{cause}");
}

fn any_change() -> impl Strategy<Value = Change> {
    let request = prop_oneof![
        (46u32..50).prop_map(|revision| vec![("taskDefinition".to_owned(), format!("web:{revision}"))]),
        Just(vec![("taskDefinition".to_owned(), "web".to_owned())]),
        Just(vec![("forceNewDeployment".to_owned(), "true".to_owned())]),
        Just(vec![("desiredCount".to_owned(), "3".to_owned())]),
        Just(Vec::new()),
    ];
    (0i64..90, request, prop::sample::select(ActorKind::ALL.to_vec())).prop_map(
        |(minutes, request, actor_kind)| Change {
            request: request.into_iter().collect(),
            actor_kind,
            ..change(&service(), "UpdateService", before(minutes))
        },
    )
}

proptest! {
    /// Never to what just failed, never up to what was taken back, and only where the newest call that names a task
    /// definition named the one that is in force.
    #[test]
    fn proposal_goes_back_from_the_release_in_force_to_an_earlier_one(
        changes in prop::collection::vec(any_change(), 0..6),
        rollout in prop::sample::select(vec!["FAILED", "COMPLETED", "IN_PROGRESS", ""]),
        current in 46u32..50,
        previous in 46u32..50,
        rolls_back in any::<bool>(),
        failed in prop::option::of(46u32..50),
        began in prop::option::of(0i64..60),
    ) {
        let deployments = failed.map(|revision| ServiceDeployment {
            status: "ACTIVE".to_owned(),
            task_definition: definition(revision),
            rollout_state: "FAILED".to_owned(),
            running_count: 0,
            failed_tasks: 3,
            created_at: None::<Timestamp>,
        });
        let state = ServiceState {
            rolls_back,
            deployments: deployments.into_iter().collect(),
            ..state(rollout, current, previous, 1)
        };
        let mut named: Vec<_> =
            changes.iter().filter_map(|change| Some((change.at, change.request.get("taskDefinition")?.clone()))).collect();
        named.sort();
        for assessment in [
            concluded(&service_signal(), observed(state.clone(), changes.clone())),
            behind_a_load_balancer(state, changes, began),
        ] {
            let target = rolls_back_to(assessment.hypotheses.first());
            if let Some(target) = target {
                prop_assert_eq!(&target, &definition(previous));
                prop_assert!(previous < current && failed != Some(previous));
                prop_assert!(rollout == "COMPLETED" || (rollout == "FAILED" && !rolls_back));
                let at = named.last().map(|(at, _)| *at);
                let newest: Vec<_> = named.iter().filter(|(one, _)| Some(*one) == at).map(|(_, name)| name.as_str()).collect();
                prop_assert!(newest.contains(&format!("web:{current}").as_str()), "{:?}", named);
            }
        }
    }
}
