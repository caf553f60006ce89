//! Reads an ECS service: what its PRIMARY deployment runs, what last ran steadily before, and which of its tasks failed.

use std::cmp::Reverse;

use common::{
    Arn, Observed,
    evidence::{Change, ServiceDeployment, ServiceState, TaskDefinitionName, Truncation},
    ports::{PortError, PortErrorKind, Reading},
};

use crate::{
    account::ecs::{self, Deployment, Service, stopped_tasks},
    cli_command::aws,
    error::unreadable,
    signed_http::{SignedClient, refusal},
};

/// More than these need not be asked about to find what ran before.
const MAX_CANDIDATES: usize = 5;

/// Reads the service's state. `history` is what is known of its changes: without any, going back is not in question, and
/// neither is which tasks failed.
pub(super) async fn state(
    client: &SignedClient,
    arn: &Arn,
    cluster: &str,
    service: &str,
    history: &[&Change],
) -> Result<Reading<Observed>, PortError> {
    let operation = format!("DescribeServices {cluster}/{service}");
    let found = ecs::service(client, cluster, service)
        .await?
        .ok_or_else(|| PortError::new(&operation, PortErrorKind::NotFound, "no such service"))?;
    let mut state = present(arn, cluster, service, &found)
        .ok_or_else(|| unreadable(operation, "it has no PRIMARY deployment with a task definition"))?;
    for candidate in candidates(&state.task_definition, &found, history) {
        if let Some(usable) = usable(client, &candidate).await?.filter(|arn| *arn != state.task_definition) {
            state.previous_task_definition = Some(usable);
            break;
        }
    }
    let mut truncation = None;
    if !history.is_empty() {
        // The state holds without them.
        match stopped_tasks::failed_tasks(client, cluster, service).await {
            Ok(found) => (state.failed_tasks, truncation) = (Some(found.value), found.truncation),
            Err(error) => {
                truncation = Some(Truncation::new(format!("its stopped tasks were not read: {error}")));
            }
        }
    }
    let query = aws(["ecs", "describe-services", "--cluster", cluster, "--services", service]);
    Ok(Reading::new(query, Observed::Service { state }).truncated(truncation))
}

fn present(arn: &Arn, cluster: &str, service: &str, found: &Service) -> Option<ServiceState> {
    let primary = found.primary()?;
    Some(ServiceState {
        arn: arn.clone(),
        cluster: cluster.to_owned(),
        service: service.to_owned(),
        task_definition: primary.task_definition.clone()?,
        rollout_state: primary.rollout_state.clone().unwrap_or_default(),
        desired_count: u32::try_from(found.desired_count).ok()?,
        running_count: u32::try_from(found.running_count).ok()?,
        previous_task_definition: None,
        deployment: primary.id.clone(),
        rolls_back: found.deployment_configuration.rolls_back(),
        deployments: found.deployments.iter().filter_map(deployment).collect(),
        failed_tasks: None,
    })
}

fn deployment(found: &Deployment) -> Option<ServiceDeployment> {
    Some(ServiceDeployment {
        status: found.status.clone()?,
        task_definition: found.task_definition.clone()?,
        rollout_state: found.rollout_state.clone().unwrap_or_default(),
        running_count: u32::try_from(found.running_count).ok()?,
        failed_tasks: u32::try_from(found.failed_tasks).ok()?,
        created_at: found.created_at(),
    })
}

/// Lists what may have run well before, likeliest first: what completed its rollout and still runs tasks, what the history
/// says was set and not given up since, and what other deployments still run. What failed, or was taken back, is not
/// among them.
fn candidates(current: &str, found: &Service, history: &[&Change]) -> Vec<String> {
    let others = || found.deployments.iter().filter(|deployment| !deployment.is_primary());
    let of = |deployment: &Deployment| deployment.task_definition.clone();
    let is_steady = |deployment: &&Deployment| {
        deployment.rollout_state.as_deref() == Some("COMPLETED") && deployment.running_count > 0
    };
    let failed: Vec<String> = found
        .deployments
        .iter()
        .filter(|deployment| deployment.rollout_state.as_deref() == Some("FAILED"))
        .filter_map(of)
        .collect();
    let names =
        |one: &str, other: &str| TaskDefinitionName::parse(one).is_same(TaskDefinitionName::parse(other));
    let mut candidates: Vec<String> = Vec::new();
    let steady = others().filter(is_steady).filter_map(of);
    let recorded = not_given_up(current, history).into_iter().map(str::to_owned);
    for candidate in steady.chain(recorded).chain(others().filter_map(of)) {
        // A family without a revision means its latest one, which need not be what was meant then.
        let has_revision = TaskDefinitionName::parse(&candidate).revision.is_some();
        let is_out = names(&candidate, current) || failed.iter().any(|failed| names(failed, &candidate));
        if has_revision && !is_out && !candidates.iter().any(|known| names(known, &candidate)) {
            candidates.push(candidate);
        }
    }
    candidates.truncate(MAX_CANDIDATES);
    candidates
}

/// Returns the task definitions that the service was given before `current`, the newest first. Where it came back to an
/// earlier one, what it had in between was given up.
fn not_given_up<'c>(current: &'c str, history: &[&'c Change]) -> Vec<&'c str> {
    let mut set: Vec<&Change> = history
        .iter()
        .filter(|change| ["UpdateService", "CreateService"].contains(&change.event_name.as_str()))
        .copied()
        .collect();
    set.sort_by_key(|change| Reverse(change.at));
    let mut kept: Vec<&str> = Vec::new();
    let given = set.iter().rev().filter_map(|change| change.request.get("taskDefinition"));
    for given in given.map(String::as_str).chain([current]) {
        let name = TaskDefinitionName::parse(given);
        match kept.iter().rposition(|one| name.is_same(TaskDefinitionName::parse(one))) {
            Some(back_to) => kept.truncate(back_to.saturating_add(1)),
            None => kept.push(given),
        }
    }
    kept.reverse();
    kept
}

/// The full ARN of a task definition that a service can be given: one that is there and ACTIVE.
async fn usable(client: &SignedClient, task_definition: &str) -> Result<Option<String>, PortError> {
    match ecs::task_definition(client, task_definition).await {
        Ok(found) => {
            let is_active = found.status.as_deref().is_none_or(|status| status == "ACTIVE");
            Ok(found.arn.filter(|_| is_active))
        }
        // ECS's way to say that there is none.
        Err(error) if refusal::code(&error) == "ClientException" => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;
    use crate::account::ecs::Deployment;

    const BASE: &str = "arn:aws:ecs:r:1:task-definition/web";

    fn deployment(status: &str, revision: u32) -> Deployment {
        Deployment {
            status: Some(status.to_owned()),
            task_definition: Some(format!("{BASE}:{revision}")),
            ..Deployment::default()
        }
    }

    fn change(second: i64, task_definition: &str) -> Change {
        Change {
            event_id: format!("e-{second}"),
            event_name: "UpdateService".into(),
            at: Timestamp::from_second(second).unwrap(),
            actor: String::new(),
            by_nightshift: false,
            actor_kind: common::ActorKind::Unknown,
            resource: "arn:aws:ecs:r:1:service/shop/web".parse().unwrap(),
            request: BTreeMap::from([("taskDefinition".into(), task_definition.into())]),
        }
    }

    #[test]
    fn candidates_history_first_then_deployments() {
        let deployments = vec![deployment("PRIMARY", 7), deployment("ACTIVE", 5)];
        let service = Service { deployments, ..Service::default() };
        for (changes, expected) in [
            (vec![], vec![format!("{BASE}:5")]),
            (vec![change(2, "web:7"), change(1, "web:3")], vec!["web:3".into(), format!("{BASE}:5")]),
            (
                vec![change(2, &format!("{BASE}:7")), change(1, &format!("{BASE}:6"))],
                vec![format!("{BASE}:6"), format!("{BASE}:5")],
            ),
            (vec![change(2, "web")], vec![format!("{BASE}:5")]),
        ] {
            let history: Vec<&Change> = changes.iter().collect();
            assert_eq!(candidates(&format!("{BASE}:7"), &service, &history), expected);
        }
    }

    #[test]
    fn candidates_never_what_failed_or_was_taken_back_and_first_what_still_runs() {
        let rolled = |status: &str, revision, rollout: &str, running_count| Deployment {
            rollout_state: Some(rollout.to_owned()),
            running_count,
            ..deployment(status, revision)
        };
        let arn = |revision| format!("{BASE}:{revision}");
        for (deployments, changes, current, expected) in [
            // The hotfix of a bad release fails too: what still runs is the one before both.
            (
                vec![
                    rolled("PRIMARY", 9, "FAILED", 0),
                    rolled("ACTIVE", 8, "FAILED", 0),
                    rolled("ACTIVE", 7, "COMPLETED", 2),
                ],
                vec![change(3, "web:9"), change(2, "web:8"), change(1, "web:7")],
                9,
                vec![arn(7)],
            ),
            // The circuit breaker took 8 back, and no call tells of it.
            (
                vec![rolled("PRIMARY", 7, "COMPLETED", 2)],
                vec![change(2, "web:8"), change(1, "web:7")],
                7,
                vec![],
            ),
            // A person took 8 back, then 9 was released: 8 is no candidate.
            (
                vec![rolled("PRIMARY", 9, "COMPLETED", 2)],
                vec![change(4, "web:9"), change(3, "web:7"), change(2, "web:8"), change(1, "web:7")],
                9,
                vec!["web:7".to_owned()],
            ),
        ] {
            let service = Service { deployments, ..Service::default() };
            let history: Vec<&Change> = changes.iter().collect();
            assert_eq!(candidates(&arn(current), &service, &history), expected, "{service:?}");
        }
    }

    #[test]
    fn candidates_of_a_first_revision_are_none() {
        assert!(candidates(&format!("{BASE}:1"), &Service::default(), &[]).is_empty());
    }

    #[test]
    fn present_is_what_the_primary_deployment_says() {
        let arn: Arn = "arn:aws:ecs:r:1:service/shop/web".parse().unwrap();
        let deployments = vec![deployment("ACTIVE", 5), deployment("PRIMARY", 7)];
        let service = Service { deployments, desired_count: 2, running_count: 1, ..Service::default() };
        let state = present(&arn, "shop", "web", &service).unwrap();
        assert_eq!(state.task_definition, format!("{BASE}:7"));
        assert_eq!((state.desired_count, state.running_count), (2, 1));
        assert_eq!(present(&arn, "shop", "web", &Service::default()), None);
    }
}
