//! Hands an incident over: ended and told, whatever the store does.

use common::{
    Clock,
    notification::Delivery,
    ports::{Approvals, CaseFile, Channel, Deliveries, Incidents, Leases, Ledger},
};

use crate::{
    Deps, Error, Input,
    case::{self, Case},
    delivery, ending,
    patience::{PREPARING, WRITING, within},
};

/// What could be done and read in time.
#[derive(Debug, Default)]
struct Prepared {
    ended: bool,
    earlier: Option<Delivery>,
    case: Case,
}

pub(crate) async fn hand_over(
    deps: &Deps<
        impl Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases,
        impl Channel,
        impl Clock,
    >,
    input: &Input,
) -> Result<Delivery, Error> {
    let mut prepared = Prepared::default();
    if tokio::time::timeout(PREPARING, prepare(deps, input, &mut prepared)).await.is_err() {
        let seconds = PREPARING.as_secs();
        tracing::warn!(incident.id = %input.incident_id, timeout_seconds = seconds, "the store did not answer");
        prepared.case.trouble(format!("Not everything could be read within {seconds} s."));
    }
    let Prepared { ended, earlier, mut case } = prepared;
    if !ended {
        case.trouble("The incident could not be marked as escalated: it still counts as open.");
    }
    let delivery = match earlier {
        Some(delivery) => delivery,
        None => delivery::deliver(deps, input, &case).await?,
    };
    if !ended {
        within(WRITING, "end the incident", ending::end_as_escalated(deps, input)).await?;
    }
    Ok(delivery)
}

/// Side by side, so that a ledger that cannot be written leaves the time for reading as it is.
async fn prepare<H>(
    deps: &Deps<impl Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases, H, impl Clock>,
    input: &Input,
    prepared: &mut Prepared,
) {
    let Prepared { ended, earlier, case } = prepared;
    let ending = async {
        match ending::end_as_escalated(deps, input).await {
            Ok(()) => *ended = true,
            Err(error) => {
                tracing::warn!(incident.id = %input.incident_id, %error, "not ended yet");
            }
        }
    };
    let reading = async {
        match delivery::earlier(deps, input).await {
            Ok(delivery) => *earlier = delivery,
            Err(error) => {
                tracing::warn!(incident.id = %input.incident_id, %error, "sending without knowing of earlier deliveries");
            }
        }
        if earlier.is_none() {
            case::gather(&deps.store, input, case).await;
        }
    };
    tokio::join!(ending, reading);
}
