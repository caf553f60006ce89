//! Reads an ECS service: what its PRIMARY deployment runs, and what ran before.

use common::{
    Arn, Observed,
    evidence::{Change, ServiceState},
    ports::{PortError, PortErrorKind, Reading},
};

use super::set_by;
use crate::{
    account::ecs::{self, Service},
    cli_command::aws,
    error::unreadable,
    signed_http::{SignedClient, refusal},
};

/// More than these need not be asked about to find what ran before.
const MAX_CANDIDATES: usize = 5;

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
    let query = aws(["ecs", "describe-services", "--cluster", cluster, "--services", service]);
    Ok(Reading::new(query, Observed::Service { state }))
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
    })
}

/// Lists what may have run before, likeliest first: what the history says was set, and what other deployments
/// still run.
fn candidates(current: &str, found: &Service, history: &[&Change]) -> Vec<String> {
    let recorded = set_by(history, ["UpdateService", "CreateService"], "taskDefinition").into_iter();
    let deployed = found
        .deployments
        .iter()
        .filter(|deployment| !deployment.is_primary())
        .filter_map(|deployment| deployment.task_definition.as_deref());
    let mut candidates: Vec<String> = Vec::new();
    for candidate in recorded.chain(deployed) {
        let is_current = candidate == current || current.ends_with(&format!(":task-definition/{candidate}"));
        // A family without a revision means its latest one, which need not be what was meant then.
        let has_revision = revision(candidate).is_some();
        if !is_current && has_revision && !candidates.iter().any(|known| known == candidate) {
            candidates.push(candidate.to_owned());
        }
    }
    candidates.truncate(MAX_CANDIDATES);
    candidates
}

fn revision(task_definition: &str) -> Option<(&str, u32)> {
    let (family, revision) = task_definition.rsplit_once(':')?;
    Some((family, revision.parse().ok()?))
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
