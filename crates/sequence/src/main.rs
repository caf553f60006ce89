//! Starts the function `sequence`.

use aws::{SignedClient, log_key::KmsLogKey, store::DynamoStore};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), kit::Error> {
    let config = aws::function_config();
    let deps = sequence::Deps {
        store: DynamoStore::from_config(&config, kit::required("TABLE_NAME")?)
            .with_retention(kit::parsed("INCIDENT_RETENTION_DAYS")?),
        key: KmsLogKey::new(SignedClient::from_config(&config), kit::required("LEDGER_KEY_ARN")?),
        origin: kit::required("LEDGER_ORIGIN")?.parse()?,
    };
    kit::serve(async |_: sequence::Input| sequence::handle(&deps).await).await
}
