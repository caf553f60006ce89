//! Starts the function `diagnose`.

use aws::{Account, modes::ParameterModes, store::DynamoStore};
use common::clock::SystemClock;
use diagnose::{Deps, OwnRoles, Playbooks};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), kit::Error> {
    let config = aws::config().await;
    let own_roles = kit::required("AUTOMATION_ROLE_NAMES")?;
    let deps = Deps {
        store: DynamoStore::from_config(&config, kit::required("TABLE_NAME")?),
        account: Account::from_config(&config)
            .with_application_tag(kit::required("APPLICATION_TAG")?)
            .with_own_roles(own_roles.split(',')),
        modes: ParameterModes::from_config(&config, kit::required("PARAMETER_PREFIX")?),
        clock: SystemClock,
        playbooks: Playbooks::shipped()?,
        own_roles: own_roles.parse::<OwnRoles>()?,
    };
    kit::serve(async |input| diagnose::handle(&deps, input).await).await
}
