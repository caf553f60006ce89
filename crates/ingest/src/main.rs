//! Starts the function `ingest`.

use aws::store::DynamoStore;
use common::clock::SystemClock;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), kit::Error> {
    let config = aws::function_config();
    let deps = ingest::Deps {
        events: DynamoStore::from_config(&config, kit::required("TABLE_NAME")?)
            .with_retention(kit::parsed("INCIDENT_RETENTION_DAYS")?)
            .with_ledger_retention(kit::parsed("LEDGER_RETENTION_DAYS")?),
        clock: SystemClock,
    };
    kit::serve(async |event| ingest::handle(&deps, event).await).await
}
