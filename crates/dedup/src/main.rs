//! Starts the function `dedup`.

use aws::store::DynamoStore;
use common::clock::SystemClock;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), kit::Error> {
    let config = aws::function_config();
    let deps = dedup::Deps {
        store: DynamoStore::from_config(&config, kit::required("TABLE_NAME")?)
            .with_retention(kit::parsed("INCIDENT_RETENTION_DAYS")?)
            .with_ledger_retention(kit::parsed("LEDGER_RETENTION_DAYS")?),
        clock: SystemClock,
    };
    kit::serve(async |input| dedup::serve(&deps, input).await).await
}
