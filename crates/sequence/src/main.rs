//! Starts the function `sequence`.

use aws::{SignedClient, checkpoints::S3Checkpoints, log_key::KmsLogKey, store::DynamoStore};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), kit::Error> {
    let config = aws::function_config();
    let client = SignedClient::from_config(&config);
    let deps = sequence::Deps {
        store: DynamoStore::from_config(&config, kit::required("TABLE_NAME")?)
            .with_retention(kit::parsed("INCIDENT_RETENTION_DAYS")?)
            .with_ledger_retention(kit::parsed("LEDGER_RETENTION_DAYS")?),
        key: KmsLogKey::new(client.clone(), kit::required("LEDGER_KEY_ARN")?),
        checkpoints: kit::optional("CHECKPOINT_BUCKET").map(|bucket| S3Checkpoints::new(client, bucket)),
        origin: kit::required("LEDGER_ORIGIN")?.parse()?,
    };
    kit::serve(async |_: sequence::Input| sequence::handle(&deps).await).await
}
