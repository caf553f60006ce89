//! Starts the function `verify`.

use aws::{Clients, resources::AwsResources, store::DynamoStore, symptoms::AwsSymptoms};
use common::clock::SystemClock;
use jiff::SignedDuration;
use verify::{Deps, Timing};

/// The longest time between two checks. An alarm's shortest usual period is a minute, and four checks in one
/// do not miss its change by much.
const POLL: SignedDuration = SignedDuration::from_secs(15);

/// The shortest time between two checks, however short the hold: an execution's history has room for 25,000
/// events, about nine a check.
const SHORTEST_POLL: SignedDuration = SignedDuration::from_secs(3);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), kit::Error> {
    let config = aws::function_config();
    let clients = Clients::new(&config);
    let deps = Deps {
        store: DynamoStore::from_config(&config, kit::required("TABLE_NAME")?)
            .with_retention(kit::parsed("INCIDENT_RETENTION_DAYS")?)
            .with_ledger_retention(kit::parsed("LEDGER_RETENTION_DAYS")?),
        symptoms: AwsSymptoms::from_clients(&clients),
        resources: AwsResources::from_clients(&clients),
        clock: SystemClock,
    };
    let hold = SignedDuration::from_secs(kit::number("HOLD_SECONDS")?);
    let timing = Timing {
        hold,
        deadline: SignedDuration::from_secs(kit::number("RECOVERY_DEADLINE_SECONDS")?),
        poll: hold.clamp(SHORTEST_POLL, POLL),
    };
    kit::serve(async |input| verify::handle(&deps, timing, input).await).await
}
