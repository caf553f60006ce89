//! Starts the function `notify`.

use aws::{channels::SnsChannel, store::DynamoStore};
use common::clock::SystemClock;
use notify::{Deps, Links};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), kit::Error> {
    let config = aws::function_config();
    let topic = |name| kit::required(name).map(|arn| SnsChannel::from_config(&config, arn));
    let deps = Deps {
        store: DynamoStore::from_config(&config, kit::required("TABLE_NAME")?),
        channels: vec![topic("ALERT_TOPIC_ARN")?, topic("FALLBACK_TOPIC_ARN")?],
        clock: SystemClock,
        links: Links { state_machine_arn: kit::required("INCIDENT_STATE_MACHINE_ARN")?.parse()? },
    };
    kit::serve(async |input| notify::handle(&deps, input).await).await
}
