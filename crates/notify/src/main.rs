//! Starts the function `notify`.

use aws::{
    SignedClient, channels::SnsChannel, dead_letters::SqsDeadLetters, executions::StepFunctions,
    store::DynamoStore,
};
use common::{Arn, clock::SystemClock};
use notify::{Deps, Links, SweepDeps};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), kit::Error> {
    let config = aws::function_config();
    let topic = |name| kit::required(name).map(|arn| SnsChannel::from_config(&config, arn));
    let machine: Arn = kit::required("INCIDENT_STATE_MACHINE_ARN")?.parse()?;
    let queues = kit::required("DEAD_LETTER_QUEUE_URLS")?.split(',').map(str::to_owned).collect();
    let notify = Deps {
        store: DynamoStore::from_config(&config, kit::required("TABLE_NAME")?)
            .with_retention(kit::parsed("INCIDENT_RETENTION_DAYS")?)
            .with_ledger_retention(kit::parsed("LEDGER_RETENTION_DAYS")?),
        channels: vec![topic("ALERT_TOPIC_ARN")?, topic("FALLBACK_TOPIC_ARN")?],
        clock: SystemClock,
        links: Links { state_machine_arn: machine.clone() },
    };
    let deps = SweepDeps {
        notify,
        executions: StepFunctions::from_config(&config, machine),
        dead_letters: SqsDeadLetters::new(SignedClient::from_config(&config), queues),
    };
    kit::serve(async |request| notify::serve(&deps, request).await).await
}
