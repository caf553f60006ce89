//! Starts the function `remediate`.

use aws::{
    automations::SsmAutomations, modes::ParameterModes, store::DynamoStore, symptoms::AwsSymptoms,
    topology::TaggedResources,
};
use common::clock::SystemClock;
use guard::Guard;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), kit::Error> {
    let config = aws::config().await;
    let deps = remediate::Deps {
        store: DynamoStore::from_config(&config, kit::required("TABLE_NAME")?),
        symptoms: AwsSymptoms::from_config(&config),
        topology: TaggedResources::from_config(&config, kit::required("APPLICATION_TAG")?),
        modes: ParameterModes::from_config(&config, &kit::required("PARAMETER_PREFIX")?),
        automations: SsmAutomations::from_config(&config, kit::required_json("AUTOMATION_ROLES")?),
        clock: SystemClock,
        guard: Guard::shipped()?,
        unattended_drills: kit::flag("UNATTENDED_DRILLS")?,
    };
    kit::serve(async |input| remediate::handle(&deps, input).await).await
}
