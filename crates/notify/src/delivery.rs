//! Tries one channel after the other and records each try before it is made.

use common::untrusted_text::one_line;
use common::{
    AuditEntry, AuditRecord, Clock, PortError,
    audit::readable_bodies,
    notification::{Delivery, Occasion},
    ports::{Approvals, CaseFile, Channel, Deliveries, Incidents, Leases, Ledger},
};

use jiff::SignedDuration;

use crate::{
    Deps, Error, Input,
    incident_snapshot::IncidentSnapshot,
    message,
    time_limits::{SETTLE_TIMEOUT, WRITE_TIMEOUT, with_timeout},
};

/// Returns the delivery of this very message by an earlier invocation.
///
/// An incident can ask for approval more than once: of another plan, or of the same one after the
/// world had changed. So a request that was delivered counts only if no verdict on the plan followed.
pub(crate) async fn earlier<H, C>(
    deps: &Deps<impl Deliveries + Ledger, H, C>,
    input: &Input,
) -> Result<Option<Delivery>, PortError>
where
    C: Clock,
{
    let Some(delivery) = deps.store.delivery(input.incident_id, input.occasion).await? else {
        return Ok(None);
    };
    if let Some(interval) = repeated_every(input.occasion) {
        let is_recent = deps.clock.now().duration_since(delivery.at) < interval;
        return Ok(is_recent.then_some(delivery));
    }
    if input.occasion != Occasion::ApprovalNeeded {
        return Ok(Some(delivery));
    }
    // Rather told twice than never: a record that cannot be read, or a chain that does not hold, keeps nobody from hearing.
    let records = deps.store.timeline(input.incident_id).await?;
    let entries: Vec<_> = readable_bodies(&records).map(|body| body.entry).collect();
    let last = |wanted: &dyn Fn(&AuditEntry) -> bool| entries.iter().rposition(wanted);
    let delivered = last(&|entry| {
        matches!(entry, AuditEntry::NotificationDelivered { occasion: Occasion::ApprovalNeeded, .. })
    });
    let judged = last(&|entry| match entry {
        AuditEntry::Judged { plan_hash, .. } => Some(plan_hash) == input.plan_hash.as_ref(),
        _ => false,
    });
    Ok((delivered > judged).then_some(delivery))
}

/// Returns after which time a message is sent again while its reason lasts; `None` for one that is sent once.
const fn repeated_every(occasion: Occasion) -> Option<SignedDuration> {
    match occasion {
        Occasion::NotMoving => Some(SignedDuration::from_hours(6)),
        Occasion::StillFiring => Some(SignedDuration::from_mins(30)),
        Occasion::Flapping => Some(SignedDuration::from_hours(1)),
        _ => None,
    }
}

/// Sends the message on the first channel that accepts it.
pub(crate) async fn deliver(
    deps: &Deps<
        impl Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases,
        impl Channel,
        impl Clock,
    >,
    input: &Input,
    snapshot: &IncidentSnapshot,
) -> Result<Delivery, Error> {
    let subject = message::subject(input, snapshot.incident.as_ref(), snapshot.severity());
    let mut tried = Vec::new();
    for channel in &deps.channels {
        let name = channel.name();
        let intent = AuditEntry::NotificationIntended {
            occasion: input.occasion,
            channel: name.to_owned(),
            subject: subject.clone(),
        };
        let anchor = match record(deps, input, &intent).await {
            Ok(record) => Some(record),
            // A hand-over goes out even without its record, see `handle`.
            Err(error) if input.hands_over() => {
                tracing::warn!(incident.id = %input.incident_id, %error, "sending without a record");
                None
            }
            Err(error) => return Err(error.into()),
        };
        let now = deps.clock.now();
        let message = message::compose(input, snapshot, &deps.links, &subject, anchor.as_ref(), now);
        match channel.send(&message).await {
            Ok(message_id) => return Ok(record_delivery(deps, input, name, message_id).await),
            Err(error) => {
                let reason = reason(&error);
                tracing::warn!(incident.id = %input.incident_id, channel = name, %reason, "a channel failed");
                tried.push(format!("{name}: {reason}"));
                let channel = name.to_owned();
                let entry = AuditEntry::NotificationFailed { occasion: input.occasion, channel, reason };
                log_failure(input, record(deps, input, &entry).await.map(drop));
            }
        }
    }
    let tried = if tried.is_empty() { "there is none".to_owned() } else { tried.join("; ") };
    Err(Error::NoChannelAccepted { incident_id: input.incident_id, tried })
}

/// Records an accepted message. A failure here is only logged: an error would have the message sent again.
async fn record_delivery<H>(
    deps: &Deps<impl Ledger + Deliveries, H, impl Clock>,
    input: &Input,
    channel: &str,
    message_id: String,
) -> Delivery {
    let (incident_id, occasion, at) = (input.incident_id, input.occasion, deps.clock.now());
    let delivery = Delivery { incident_id, occasion, channel: channel.to_owned(), message_id, at };
    let entry = AuditEntry::NotificationDelivered {
        occasion,
        channel: delivery.channel.clone(),
        message_id: delivery.message_id.clone(),
    };
    log_failure(input, record(deps, input, &entry).await.map(drop));
    let put = in_time(input, "put the delivery", deps.store.put_delivery(&delivery)).await;
    let is_put = put.is_ok();
    log_failure(input, put);
    // A sweep settles what is not settled here, and repeats a message whose delivery was not recorded.
    if is_put && occasion.is_end() {
        let settle = deps.store.settle(incident_id);
        log_failure(input, with_timeout(SETTLE_TIMEOUT, "settle the incident", settle).await);
    }
    delivery
}

async fn record<H>(
    deps: &Deps<impl Ledger, H, impl Clock>,
    input: &Input,
    entry: &AuditEntry,
) -> Result<AuditRecord, PortError> {
    let append = deps.store.append(input.incident_id, deps.clock.now(), entry);
    in_time(input, "append to the audit trail", append).await
}

/// Limits the time of `call` in a hand-over, which goes on without its records.
async fn in_time<T>(
    input: &Input,
    operation: &str,
    call: impl Future<Output = Result<T, PortError>>,
) -> Result<T, PortError> {
    if input.hands_over() { with_timeout(WRITE_TIMEOUT, operation, call).await } else { call.await }
}

fn log_failure(input: &Input, written: Result<(), PortError>) {
    if let Err(error) = written {
        tracing::warn!(incident.id = %input.incident_id, %error, "the result of sending could not be recorded");
    }
}

/// Renders the error with its cause on one line.
fn reason(error: &PortError) -> String {
    one_line(&format!("{error}: {}", error.source), 300)
}
