//! Starts the function `diagnose`.

mod wiring;

use common::{OwnRoles, clock::SystemClock};
use diagnose::{Deps, Playbooks};
use jiff::SignedDuration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), kit::Error> {
    let config = aws::function_config();
    let clients = aws::Clients::new(&config);
    let own_roles: OwnRoles = kit::required("AUTOMATION_ROLE_NAMES")?.parse()?;
    let mut unusable = Vec::new();
    let deps = Deps {
        store: aws::store::DynamoStore::from_config(&config, kit::required("TABLE_NAME")?)
            .with_retention(kit::parsed("INCIDENT_RETENTION_DAYS")?)
            .with_ledger_retention(kit::parsed("LEDGER_RETENTION_DAYS")?),
        account: wiring::account(&clients, &own_roles, &mut unusable).await?,
        modes: aws::modes::ParameterModes::from_clients(&clients, &kit::required("PARAMETER_PREFIX")?),
        clock: SystemClock,
        investigator: wiring::investigator(&config, &mut unusable)?,
        playbooks: Playbooks::shipped()?,
        own_roles,
        recheck_for: SignedDuration::from_secs(kit::number("EVIDENCE_PATIENCE_SECONDS")?),
        unusable,
    };
    kit::serve(async |input| diagnose::handle(&deps, input).await).await
}
