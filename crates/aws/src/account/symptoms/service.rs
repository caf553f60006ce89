//! Observes an ECS service as a symptom: it should be at its desired count with its rollout completed.

use common::{
    Observation, SymptomState,
    ports::{PortError, Reading},
};

use super::unknown;
use crate::{
    account::ecs::{self, Deployment, Service},
    cli_command::aws,
    signed_http::{SignedClient, refusal},
};

pub(super) async fn observe(
    client: &SignedClient,
    cluster: &str,
    service: &str,
) -> Result<Reading<Observation>, PortError> {
    let query = aws(["ecs", "describe-services", "--cluster", cluster, "--services", service]);
    let found = match ecs::service(client, cluster, service).await {
        Ok(found) => found,
        Err(error) if refusal::code(&error) == ecs::NO_SUCH_CLUSTER => None,
        Err(error) => return Err(error),
    };
    let found = found.map_or_else(|| unknown("there is no such service"), |service| observation(&service));
    Ok(Reading::new(query, found))
}

fn observation(service: &Service) -> Observation {
    if service.status.as_deref().is_some_and(|status| status != "ACTIVE") {
        return unknown("the service is being deleted or is gone");
    }
    let (desired, running) = (service.desired_count, service.running_count);
    let primary = service.primary();
    let failed_tasks = primary.map_or(0, |deployment| deployment.failed_tasks);
    let rollout = primary.and_then(|deployment| deployment.rollout_state.as_deref());
    let since = primary.and_then(Deployment::updated_at);
    let summary = format!(
        "rollout {}, {running} of {desired} tasks running, {failed_tasks} failed",
        rollout.unwrap_or("not by ECS")
    );
    let short = running < desired;
    let state = match rollout {
        Some("FAILED") => SymptomState::Firing,
        _ if short && (failed_tasks > 0 || running == 0) && rollout != Some("IN_PROGRESS") => {
            SymptomState::Firing
        }
        // Tasks of a rollout that fail are being replaced by more that fail.
        Some("IN_PROGRESS") if short && failed_tasks > 0 => SymptomState::Firing,
        // A rollout on its way is neither: it may still go either way.
        Some("IN_PROGRESS") => SymptomState::Unknown,
        // Short of tasks and none has failed: the service was just told to have more.
        _ if short => SymptomState::Unknown,
        Some("COMPLETED") | None => SymptomState::Recovered,
        Some(_) => SymptomState::Unknown,
    };
    // A rollout that failed was taken back: its counts say nothing about how bad it was.
    let excess = (desired > 0 && rollout != Some("FAILED"))
        .then(|| f64::from(desired.saturating_sub(running)) / f64::from(desired));
    Observation { state, summary, since, excess, measured_from: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(rollout: Option<&str>, running_count: i32, desired_count: i32, failed_tasks: i32) -> Service {
        let primary = Deployment {
            status: Some("PRIMARY".to_owned()),
            rollout_state: rollout.map(str::to_owned),
            failed_tasks,
            ..Deployment::default()
        };
        Service { desired_count, running_count, deployments: vec![primary], ..Service::default() }
    }

    #[test]
    fn observation_by_rollout_counts_and_failures() {
        use SymptomState::{Firing, Recovered, Unknown};
        for (rollout, running, desired, failed_tasks, expected) in [
            (Some("COMPLETED"), 2, 2, 0, Recovered),
            (Some("COMPLETED"), 3, 2, 0, Recovered),
            (Some("COMPLETED"), 2, 2, 1, Recovered),
            (Some("COMPLETED"), 0, 0, 0, Recovered),
            (Some("COMPLETED"), 1, 2, 0, Unknown),
            (Some("COMPLETED"), 1, 2, 1, Firing),
            (Some("COMPLETED"), 0, 2, 0, Firing),
            (Some("FAILED"), 2, 2, 0, Firing),
            (Some("IN_PROGRESS"), 0, 2, 0, Unknown),
            (Some("IN_PROGRESS"), 2, 2, 0, Unknown),
            (Some("IN_PROGRESS"), 1, 2, 3, Firing),
            (None, 2, 2, 0, Recovered),
            (None, 1, 2, 0, Unknown),
            (None, 0, 2, 0, Firing),
        ] {
            let service = service(rollout, running, desired, failed_tasks);
            assert_eq!(observation(&service).state, expected, "{service:?}");
        }
    }

    #[test]
    fn observation_of_a_deleted_service_is_unknown() {
        let service = Service { status: Some("DRAINING".to_owned()), ..service(Some("FAILED"), 0, 2, 3) };
        assert_eq!(observation(&service).state, SymptomState::Unknown);
    }

    #[test]
    fn observation_excess_is_the_missing_share() {
        assert_eq!(observation(&service(None, 1, 4, 3)).excess, Some(0.75));
    }
}
