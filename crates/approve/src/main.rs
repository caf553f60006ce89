//! Starts the function `approve`.

use aws::store::DynamoStore;
use common::clock::SystemClock;
use jiff::SignedDuration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), kit::Error> {
    let config = aws::function_config();
    let deps = approve::Deps {
        store: DynamoStore::from_config(&config, kit::required("TABLE_NAME")?)
            .with_retention(kit::parsed("INCIDENT_RETENTION_DAYS")?)
            .with_ledger_retention(kit::parsed("LEDGER_RETENTION_DAYS")?),
        clock: SystemClock,
        approval_window: SignedDuration::from_secs(kit::number("APPROVAL_WINDOW_SECONDS")?),
    };
    kit::serve(async |input| approve::handle(&deps, input).await).await
}
