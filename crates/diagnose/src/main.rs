//! Starts the function `diagnose`.

use aws::{
    alarms::CloudWatchAlarms, changes::CloudTrail, modes::ParameterModes, resources::AwsResources,
    store::DynamoStore, symptoms::AwsSymptoms, topology::TaggedResources,
};
use common::clock::SystemClock;
use diagnose::{Account, Deps, Playbooks};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), kit::Error> {
    let config = aws::config().await;
    let own_roles = kit::required("AUTOMATION_ROLE_NAMES")?;
    let deps = Deps {
        store: DynamoStore::from_config(&config, kit::required("TABLE_NAME")?),
        account: Account {
            symptoms: AwsSymptoms::from_config(&config),
            alarms: CloudWatchAlarms::from_config(&config),
            topology: TaggedResources::from_config(&config, kit::required("APPLICATION_TAG")?),
            changes: CloudTrail::from_config(&config, own_roles.split(',').map(str::to_owned).collect()),
            resources: AwsResources::from_config(&config),
        },
        modes: ParameterModes::from_config(&config, &kit::required("PARAMETER_PREFIX")?),
        clock: SystemClock,
        playbooks: Playbooks::shipped()?,
        own_roles: own_roles.parse()?,
    };
    kit::serve(async |input| diagnose::handle(&deps, input).await).await
}
