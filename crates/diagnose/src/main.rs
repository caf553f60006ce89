//! Starts the function `diagnose`.

use aws::{
    alarms::CloudWatchAlarms, changes::CloudTrail, logs::CloudWatchLogs, metrics::CloudWatchMetrics,
    modes::ParameterModes, resources::AwsResources, store::DynamoStore, symptoms::AwsSymptoms,
    topology::TaggedResources, traces::XRay,
};
use common::{OwnRoles, clock::SystemClock};
use diagnose::{Account, Deps, Playbooks, TelemetryPorts};
use jiff::SignedDuration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), kit::Error> {
    let config = aws::config().await;
    let own_roles: OwnRoles = kit::required("AUTOMATION_ROLE_NAMES")?.parse()?;
    let deps = Deps {
        store: DynamoStore::from_config(&config, kit::required("TABLE_NAME")?),
        account: Account {
            symptoms: AwsSymptoms::from_config(&config),
            alarms: CloudWatchAlarms::from_config(&config),
            topology: TaggedResources::from_config(&config, kit::required("APPLICATION_TAG")?),
            changes: CloudTrail::from_config(&config, own_roles.clone()),
            resources: AwsResources::from_config(&config),
            telemetry: TelemetryPorts {
                traces: XRay::from_config(&config),
                metrics: CloudWatchMetrics::from_config(&config),
                logs: CloudWatchLogs::from_config(&config),
            },
        },
        modes: ParameterModes::from_config(&config, &kit::required("PARAMETER_PREFIX")?),
        clock: SystemClock,
        playbooks: Playbooks::shipped()?,
        own_roles,
        patience: SignedDuration::from_secs(kit::number("EVIDENCE_PATIENCE_SECONDS")?),
    };
    kit::serve(async |input| diagnose::handle(&deps, input).await).await
}
