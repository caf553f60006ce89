//! Hands an incident over to a human: ends it and sends the message, whatever the store does.

use common::{
    Clock, Resolution,
    notification::Delivery,
    ports::{Approvals, CaseFile, Channel, Deliveries, Incidents, Leases, Ledger},
};

use crate::{
    Deps, Error, Input, delivery,
    incident_snapshot::IncidentSnapshot,
    mark_escalated::mark_escalated,
    time_limits::{PREPARE_TIMEOUT, WRITE_TIMEOUT, with_timeout},
};

/// The steps before sending, as far as they could be taken in time.
#[derive(Debug, Default)]
struct Preparation {
    ended: bool,
    earlier: Option<Delivery>,
    snapshot: IncidentSnapshot,
}

/// Marks the incident as escalated and tells a human. A message that went out while the incident could not be
/// ended is followed by an error, so that the caller repeats.
pub(crate) async fn escalate(
    deps: &Deps<
        impl Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases,
        impl Channel,
        impl Clock,
    >,
    input: &Input,
) -> Result<Delivery, Error> {
    let mut preparation = Preparation::default();
    if tokio::time::timeout(PREPARE_TIMEOUT, prepare(deps, input, &mut preparation)).await.is_err() {
        let seconds = PREPARE_TIMEOUT.as_secs();
        tracing::warn!(incident.id = %input.incident_id, timeout_seconds = seconds, "the store did not answer");
        preparation.snapshot.add_problem(format!(
            "Store: no answer within {seconds} s, parts of this message may be missing"
        ));
    }
    let Preparation { ended, earlier, mut snapshot } = preparation;
    if !ended {
        snapshot.add_problem("Incident: could not be marked as escalated, so it still counts as open");
    }
    let delivery = match earlier {
        Some(delivery) => delivery,
        None => match ended_by_a_person(input, &snapshot) {
            Some(input) => tell_end(deps, &input, &snapshot).await?,
            None => delivery::deliver(deps, input, &snapshot).await?,
        },
    };
    if !ended {
        with_timeout(WRITE_TIMEOUT, "end the incident", mark_escalated(deps, input)).await?;
    }
    Ok(delivery)
}

/// Returns the message of a person's end, where there is nothing to hand over because a person ended the incident: it is
/// theirs already, and their command stops the execution, which may be at any step by then.
fn ended_by_a_person(input: &Input, snapshot: &IncidentSnapshot) -> Option<Input> {
    let outcome = snapshot.incident.as_ref()?.outcome.as_ref()?;
    let is_by_a_person = matches!(outcome.resolution, Resolution::Closed | Resolution::TakenOver);
    is_by_a_person
        .then(|| Input::new(outcome.resolution.occasion(), input.incident_id).because(outcome.reason.clone()))
}

/// Tells a person's end, unless the command that ended the incident has told it.
async fn tell_end(
    deps: &Deps<
        impl Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases,
        impl Channel,
        impl Clock,
    >,
    input: &Input,
    snapshot: &IncidentSnapshot,
) -> Result<Delivery, Error> {
    match with_timeout(WRITE_TIMEOUT, "read the delivery", delivery::earlier(deps, input)).await {
        Ok(Some(delivery)) => Ok(delivery),
        Ok(None) | Err(_) => delivery::deliver(deps, input, snapshot).await,
    }
}

/// Ends the incident and reads it at the same time, so that a ledger that cannot be written takes no time from
/// reading.
async fn prepare<H>(
    deps: &Deps<impl Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases, H, impl Clock>,
    input: &Input,
    preparation: &mut Preparation,
) {
    let Preparation { ended, earlier, snapshot } = preparation;
    let end = async {
        match mark_escalated(deps, input).await {
            Ok(()) => *ended = true,
            Err(error) => {
                tracing::warn!(incident.id = %input.incident_id, %error, "not ended yet");
            }
        }
    };
    let read = async {
        match delivery::earlier(deps, input).await {
            Ok(delivery) => *earlier = delivery,
            Err(error) => {
                tracing::warn!(incident.id = %input.incident_id, %error, "sending without knowing of earlier deliveries");
            }
        }
        if earlier.is_none() {
            snapshot.read(&deps.store, input).await;
        }
    };
    tokio::join!(end, read);
}
