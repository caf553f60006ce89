//! An ECS service as a symptom: it should be at its desired count with its rollout completed.

use aws_sdk_ecs::{Client, error::ProvideErrorMetadata as _, types::Service};
use common::{
    Observation, SymptomState,
    ports::{PortError, Reading},
};
use jiff::Timestamp;

use super::unknown;
use crate::{error::failed, query::aws, time::from_sdk};

pub(super) async fn observe(
    client: &Client,
    cluster: &str,
    service: &str,
) -> Result<Reading<Observation>, PortError> {
    let query = aws(["ecs", "describe-services", "--cluster", cluster, "--services", service]);
    let found = match client.describe_services().cluster(cluster).services(service).send().await {
        Ok(answer) => answer.services().first().map(ServiceReading::of),
        Err(error) if error.code() == Some("ClusterNotFoundException") => None,
        Err(error) => return Err(failed(format!("DescribeServices {cluster}/{service}"), error)),
    };
    let found = found.map_or_else(|| unknown("there is no such service"), |reading| observation(&reading));
    Ok(Reading::new(query, found))
}

/// What ECS says of a service and of its PRIMARY deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct ServiceReading {
    active: bool,
    desired: i32,
    running: i32,
    /// None where something other than ECS rolls out.
    rollout: Option<String>,
    failed_tasks: i32,
    since: Option<Timestamp>,
}

impl ServiceReading {
    fn of(service: &Service) -> Self {
        let primary = service.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"));
        Self {
            active: service.status().is_none_or(|status| status == "ACTIVE"),
            desired: service.desired_count(),
            running: service.running_count(),
            rollout: primary
                .and_then(|deployment| deployment.rollout_state())
                .map(|state| state.as_str().to_owned()),
            failed_tasks: primary.map_or(0, aws_sdk_ecs::types::Deployment::failed_tasks),
            since: primary.and_then(|deployment| deployment.updated_at()).and_then(from_sdk),
        }
    }
}

fn observation(reading: &ServiceReading) -> Observation {
    let ServiceReading { desired, running, failed_tasks, since, .. } = *reading;
    if !reading.active {
        return unknown("the service is being deleted or is gone");
    }
    let rollout = reading.rollout.as_deref();
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
            let reading = ServiceReading {
                active: true,
                desired,
                running,
                rollout: rollout.map(str::to_owned),
                failed_tasks,
                since: None,
            };
            assert_eq!(observation(&reading).state, expected, "{reading:?}");
        }
    }

    #[test]
    fn observation_of_a_deleted_service_is_unknown() {
        assert_eq!(observation(&ServiceReading::default()).state, SymptomState::Unknown);
    }

    #[test]
    fn observation_excess_is_the_missing_share() {
        let reading = ServiceReading {
            active: true,
            desired: 4,
            running: 1,
            failed_tasks: 3,
            ..ServiceReading::default()
        };
        assert_eq!(observation(&reading).excess, Some(0.75));
    }
}
