//! Tells a human what happened, on the first channel that accepts it, and ends an incident that is
//! handed over.
//!
//! - Input: `{"occasion":"approval_needed"|"resolved"|"escalated"|"execution_broken","incident_id", "plan_hash"?,"reason"?,"failed_state"?,"execution_arn"?,"status"?}`
//! - Output: `{"result":"delivered","channel","message_id"}`
//! - Errors: `Notify.NoChannelAccepted`, `Port.Throttled`, `Port.Unavailable`, `Port.Denied`, `Port.NotFound`, `Port.Invalid`
//! - Environment: `ALERT_TOPIC_ARN`, `FALLBACK_TOPIC_ARN`, `INCIDENT_STATE_MACHINE_ARN`, `TABLE_NAME`
//! - IAM:
//!   - dynamodb: `GetItem`, `PutItem`, `Query`, `UpdateItem`
//!   - sns: `Publish`
//! - Timeout: 60 s

mod case;
mod delivery;
mod ending;
mod full;
mod handover;
mod links;
mod message;
mod message_parts;
mod mitigation;
mod patience;
mod runbook;
mod subject;

use common::{
    Clock, ErrorName, IncidentId, PlanHash, PortError,
    notification::{Delivery, Occasion},
    ports::{Approvals, CaseFile, Channel, Deliveries, Incidents, Leases, Ledger},
};
use serde::{Deserialize, Serialize};

pub use links::Links;
pub use message_parts::STATES_THAT_ASK;

/// What notify needs of the outside.
#[derive(Debug, Clone)]
pub struct Deps<S, H, C> {
    pub store: S,
    /// In the order in which they are tried.
    pub channels: Vec<H>,
    pub clock: C,
    pub links: Links,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    pub occasion: Occasion,
    pub incident_id: IncidentId,
    /// The plan that asks for approval.
    pub plan_hash: Option<PlanHash>,
    /// Why it is handed over.
    pub reason: Option<String>,
    /// The state of the execution that could not go on.
    pub failed_state: Option<String>,
    pub execution_arn: Option<String>,
    /// How a broken execution ended: `FAILED`, `TIMED_OUT` or `ABORTED`.
    pub status: Option<String>,
}

impl Input {
    /// Whether the incident ends here, in a human's hands.
    const fn hands_over(&self) -> bool {
        matches!(self.occasion, Occasion::Escalated | Occasion::ExecutionBroken)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case", deny_unknown_fields)]
pub enum Output {
    Delivered { channel: String, message_id: String },
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no channel accepted the message about incident {incident_id}: {tried}")]
    NoChannelAccepted { incident_id: IncidentId, tried: String },
    #[error(transparent)]
    Port(#[from] PortError),
}

impl ErrorName for Error {
    const NAMES: &'static [&'static str] = &["Notify.NoChannelAccepted"];

    fn error_name(&self) -> &'static str {
        match self {
            Self::NoChannelAccepted { .. } => "Notify.NoChannelAccepted",
            Self::Port(error) => error.error_name(),
        }
    }
}

/// Two rules meet here: a record that cannot be written stops the effect, and a human always hears.
///
/// For `approval_needed` and `resolved` the first one holds. They fail, and the state machine then
/// hands the incident over. For `escalated` and `execution_broken` there is nobody left to hand over
/// to, so the second one holds: the message goes out whatever the store does, made of what could be
/// read or of the input alone, and says itself what could not be read or recorded.
///
/// An incident that could not be ended is an error *after* the message went out: left open it would
/// silently swallow the next alarm of its kind. Repeating mends it, and sends nothing again as long
/// as the delivery could be recorded.
pub async fn handle(
    deps: &Deps<
        impl Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases,
        impl Channel,
        impl Clock,
    >,
    input: Input,
) -> Result<Output, Error> {
    let delivery =
        if input.hands_over() { handover::hand_over(deps, &input).await } else { tell(deps, &input).await }?;
    Ok(Output::Delivered { channel: delivery.channel, message_id: delivery.message_id })
}

async fn tell(
    deps: &Deps<
        impl Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases,
        impl Channel,
        impl Clock,
    >,
    input: &Input,
) -> Result<Delivery, Error> {
    if let Some(delivery) = delivery::earlier(deps, input).await? {
        return Ok(delivery);
    }
    let mut case = case::Case::default();
    case::gather(&deps.store, input, &mut case).await;
    delivery::deliver(deps, input, &case).await
}
