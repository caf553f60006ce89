//! An ECS service: what its PRIMARY deployment runs, and what ran before.

use aws_sdk_ecs::{Client, error::ProvideErrorMetadata as _, types::Service};
use common::{
    Arn, Observed,
    evidence::{Change, ServiceState},
    ports::{PortError, PortErrorKind, Reading},
};

use super::set_by;
use crate::{
    error::{failed, unreadable},
    query::aws,
};

/// More than these need not be asked about to find what ran before.
const MAX_CANDIDATES: usize = 5;

pub(super) async fn state(
    client: &Client,
    arn: &Arn,
    cluster: &str,
    service: &str,
    history: &[&Change],
) -> Result<Reading<Observed>, PortError> {
    let operation = format!("DescribeServices {cluster}/{service}");
    let answer = client
        .describe_services()
        .cluster(cluster)
        .services(service)
        .send()
        .await
        .map_err(|error| failed(&operation, error))?;
    let found = answer
        .services()
        .first()
        .ok_or_else(|| PortError::new(&operation, PortErrorKind::NotFound, "no such service"))?;
    let mut state = present(arn, cluster, service, found)
        .ok_or_else(|| unreadable(operation, "it has no PRIMARY deployment with a task definition"))?;
    for candidate in candidates(&state.task_definition, found, history) {
        if let Some(usable) = usable(client, &candidate).await?.filter(|arn| *arn != state.task_definition) {
            state.previous_task_definition = Some(usable);
            break;
        }
    }
    let query = aws(["ecs", "describe-services", "--cluster", cluster, "--services", service]);
    Ok(Reading::new(query, Observed::Service { state }))
}

fn present(arn: &Arn, cluster: &str, service: &str, found: &Service) -> Option<ServiceState> {
    let primary = found.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"))?;
    Some(ServiceState {
        arn: arn.clone(),
        cluster: cluster.to_owned(),
        service: service.to_owned(),
        task_definition: primary.task_definition()?.to_owned(),
        rollout_state: primary.rollout_state().map_or("", |state| state.as_str()).to_owned(),
        desired_count: u32::try_from(found.desired_count()).ok()?,
        running_count: u32::try_from(found.running_count()).ok()?,
        previous_task_definition: None,
    })
}

/// What may have run before, likeliest first: what the history says was set, and what other deployments
/// still run.
fn candidates(current: &str, found: &Service, history: &[&Change]) -> Vec<String> {
    let recorded = set_by(history, ["UpdateService", "CreateService"], "taskDefinition").into_iter();
    let deployed = found
        .deployments()
        .iter()
        .filter(|deployment| deployment.status() != Some("PRIMARY"))
        .filter_map(|deployment| deployment.task_definition());
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
async fn usable(client: &Client, task_definition: &str) -> Result<Option<String>, PortError> {
    match client.describe_task_definition().task_definition(task_definition).send().await {
        Ok(answer) => Ok(answer
            .task_definition()
            .filter(|found| found.status().is_none_or(|status| status.as_str() == "ACTIVE"))
            .and_then(|found| found.task_definition_arn())
            .map(str::to_owned)),
        // ECS's way to say that there is none.
        Err(error) if error.code() == Some("ClientException") => Ok(None),
        Err(error) => Err(failed(format!("DescribeTaskDefinition {task_definition}"), error)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aws_sdk_ecs::types::Deployment;
    use jiff::Timestamp;

    use super::*;

    const BASE: &str = "arn:aws:ecs:r:1:task-definition/web";

    fn deployment(status: &str, revision: u32) -> Deployment {
        Deployment::builder().status(status).task_definition(format!("{BASE}:{revision}")).build()
    }

    fn change(second: i64, task_definition: &str) -> Change {
        Change {
            event_id: format!("e-{second}"),
            event_name: "UpdateService".into(),
            at: Timestamp::from_second(second).unwrap(),
            actor: String::new(),
            by_nightshift: false,
            resource: "arn:aws:ecs:r:1:service/shop/web".parse().unwrap(),
            request: BTreeMap::from([("taskDefinition".into(), task_definition.into())]),
        }
    }

    #[test]
    fn candidates_history_first_then_deployments() {
        let service = Service::builder()
            .deployments(deployment("PRIMARY", 7))
            .deployments(deployment("ACTIVE", 5))
            .build();
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
        assert!(candidates(&format!("{BASE}:1"), &Service::builder().build(), &[]).is_empty());
    }

    #[test]
    fn present_is_what_the_primary_deployment_says() {
        let arn: Arn = "arn:aws:ecs:r:1:service/shop/web".parse().unwrap();
        let service = Service::builder()
            .deployments(deployment("ACTIVE", 5))
            .deployments(deployment("PRIMARY", 7))
            .desired_count(2)
            .running_count(1)
            .build();
        let state = present(&arn, "shop", "web", &service).unwrap();
        assert_eq!(state.task_definition, format!("{BASE}:7"));
        assert_eq!((state.desired_count, state.running_count), (2, 1));
        assert_eq!(present(&arn, "shop", "web", &Service::builder().build()), None);
    }
}
