//! Starts the function `webhook`.

use aws::{
    SignedClient, alert_bus::EventBridgeBus, sns_subscriber::SnsOverHttps, webhook_secrets::ParameterSecrets,
};
use common::clock::SystemClock;
use kit::EmbeddedMetrics;
use webhook::Settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), kit::Error> {
    let config = aws::function_config();
    let client = SignedClient::from_config(&config);
    let deps = webhook::Deps {
        secrets: ParameterSecrets::new(client.clone(), &kit::required("PARAMETER_PREFIX")?),
        bus: EventBridgeBus::from_config(&config, kit::required("EVENT_BUS_NAME")?),
        sns: SnsOverHttps::new(client),
        counters: EmbeddedMetrics::from_environment(),
        clock: SystemClock,
    };
    let list = |name| kit::optional(name).unwrap_or_default();
    let settings = Settings::parse(&list("WEBHOOK_VENDORS"), &list("WEBHOOK_SNS_TOPICS"))?;
    kit::serve(async |request| webhook::handle(&deps, &settings, request).await).await
}
