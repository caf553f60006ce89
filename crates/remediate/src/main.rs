//! Starts the function `remediate`.

use aws::{
    Clients, automations::SsmAutomations, modes::ParameterModes, resources::AwsResources, store::DynamoStore,
    symptoms::AwsSymptoms, topology::TaggedResources,
};
use common::clock::SystemClock;
use guard::Guard;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), kit::Error> {
    let config = aws::function_config();
    let clients = Clients::new(&config);
    let guard = Guard::shipped()?;
    let deps = remediate::Deps {
        store: DynamoStore::from_config(&config, kit::required("TABLE_NAME")?)
            .with_retention(kit::parsed("INCIDENT_RETENTION_DAYS")?)
            .with_ledger_retention(kit::parsed("LEDGER_RETENTION_DAYS")?),
        symptoms: AwsSymptoms::from_clients(&clients),
        topology: TaggedResources::from_clients(&clients, kit::required("APPLICATION_TAG")?),
        modes: ParameterModes::from_clients(&clients, &kit::required("PARAMETER_PREFIX")?)
            .with_calendars(&kit::optional("CHANGE_CALENDARS").unwrap_or_default()),
        automations: SsmAutomations::from_clients(
            &clients,
            kit::required_json("AUTOMATION_ROLES")?,
            guard.catalogue.documents(),
        ),
        clock: SystemClock,
        resources: AwsResources::from_clients(&clients),
        guard,
        unattended_drills: kit::flag("UNATTENDED_DRILLS")?,
        actions_per_hour: kit::number("ACTIONS_PER_HOUR")?,
    };
    kit::serve(async |input| remediate::handle(&deps, input).await).await
}
