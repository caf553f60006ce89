//! Sends a human the message about an incident, on the first channel that accepts it, and ends an incident that
//! is handed over. On a schedule, sweeps for what fell silent.
//!
//! - Input: `{"occasion":"preliminary"|"approval_needed"|"resolved"|"escalated"|"execution_broken"|"still_firing","incident_id", "plan_hash"?,"reason"?,"failed_state"?,"execution_arn"?,"status"?,"approval_window_seconds"?,"wait_limit_seconds"?}` or `{"step":"sweep"}`
//! - Output: `{"result":"delivered","channel","message_id"}`, `{"result":"not_needed","reason"}` or `{"result":"swept","left","started","handed_over","told"}`
//! - Errors: `Notify.NoChannelAccepted`, `Notify.SweepIncomplete`, `Notify.DigestNotAccepted`, `Port.Throttled`, `Port.Unavailable`, `Port.Denied`, `Port.NotFound`, `Port.Invalid`
//! - Environment: `ALERT_TOPIC_ARN`, `DEAD_LETTER_QUEUE_URLS`, `FALLBACK_TOPIC_ARN`, `INCIDENT_STATE_MACHINE_ARN`, `INCIDENT_RETENTION_DAYS`, `LEDGER_RETENTION_DAYS`, `TABLE_NAME`
//! - IAM:
//!   - dynamodb: `GetItem`, `PutItem`, `Query`, `UpdateItem`
//!   - sns: `GetTopicAttributes`, `Publish`
//!   - sqs: `GetQueueAttributes`
//!   - states: `DescribeExecution`, `StartExecution`
//! - Timeout: 60 s

mod delivery;
mod escalate;
mod escalation_reason;
mod incident_snapshot;
mod mark_escalated;
mod message;
mod request;
mod sweep;
mod time_limits;

use common::{
    Clock, ErrorName, IncidentId, PlanHash, PortError,
    notification::{Delivery, Occasion},
    ports::{Approvals, CaseFile, Channel, Deliveries, Incidents, Leases, Ledger},
};
use serde::{Deserialize, Serialize};

use crate::incident_snapshot::IncidentSnapshot;
pub use crate::{
    message::{Links, STATES_THAT_ASK},
    request::{Request, Scheduled, serve},
    sweep::SweepDeps,
};

/// The ports and settings that notify works with.
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
    /// The reason of a hand-over.
    pub reason: Option<String>,
    /// The state in which the execution failed.
    pub failed_state: Option<String>,
    pub execution_arn: Option<String>,
    /// The status of a broken execution: `FAILED`, `TIMED_OUT` or `ABORTED`.
    pub status: Option<String>,
    /// For how long a request for approval stays open, from when it is recorded.
    pub approval_window_seconds: Option<u32>,
    /// For how long an incident is waited for at the most, from now.
    pub wait_limit_seconds: Option<u32>,
}

impl Input {
    pub const fn new(occasion: Occasion, incident_id: IncidentId) -> Self {
        Self {
            occasion,
            incident_id,
            plan_hash: None,
            reason: None,
            failed_state: None,
            execution_arn: None,
            status: None,
            approval_window_seconds: None,
            wait_limit_seconds: None,
        }
    }

    /// The same with a reason.
    #[must_use]
    pub fn because(self, reason: String) -> Self {
        Self { reason: Some(reason), ..self }
    }

    /// `true` where the message says why it is sent.
    const fn has_reason(&self) -> bool {
        matches!(
            self.occasion,
            Occasion::Escalated
                | Occasion::ExecutionBroken
                | Occasion::NotMoving
                | Occasion::StillFiring
                | Occasion::Flapping
                | Occasion::Closed
                | Occasion::TakenOver
        )
    }

    /// `true` where the incident ends here, in a human's hands.
    const fn hands_over(&self) -> bool {
        matches!(self.occasion, Occasion::Escalated | Occasion::ExecutionBroken)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case", deny_unknown_fields)]
pub enum Output {
    Delivered {
        channel: String,
        message_id: String,
    },
    /// Nothing was to be told.
    NotNeeded {
        reason: String,
    },
    /// A sweep has looked at all that is unsettled.
    Swept {
        left: u32,
        started: u32,
        handed_over: u32,
        told: u32,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no channel accepted the message about incident {incident_id}: {tried}")]
    NoChannelAccepted { incident_id: IncidentId, tried: String },
    #[error("{failed} parts of the sweep failed; the log names each")]
    SweepIncomplete { failed: u32 },
    #[error("no channel accepted the digest of dead letters and rejected events: {tried}")]
    DigestNotAccepted { tried: String },
    #[error(transparent)]
    Port(#[from] PortError),
}

impl ErrorName for Error {
    const NAMES: &'static [&'static str] =
        &["Notify.NoChannelAccepted", "Notify.SweepIncomplete", "Notify.DigestNotAccepted"];

    fn error_name(&self) -> &'static str {
        match self {
            Self::NoChannelAccepted { .. } => "Notify.NoChannelAccepted",
            Self::SweepIncomplete { .. } => "Notify.SweepIncomplete",
            Self::DigestNotAccepted { .. } => "Notify.DigestNotAccepted",
            Self::Port(error) => error.error_name(),
        }
    }
}

/// Sends one message.
///
/// Two rules conflict here: an effect needs its record first, and a human is always told.
///
/// For `approval_needed` and `resolved` the first one holds. They fail, and the state machine then
/// hands the incident over. It holds for `preliminary` too, whose failure changes nothing: the incident goes on. For `escalated` and `execution_broken` there is nobody left to hand over
/// to, so the second one holds: the message goes out whatever the store does, made of what could be
/// read or of the input alone, and names what could not be read or recorded.
///
/// An incident that could not be ended is an error *after* the message went out: left open it would
/// silently absorb the next alarm of its kind. A repeated call ends it, and sends nothing again as
/// long as the delivery could be recorded.
pub async fn handle(
    deps: &Deps<
        impl Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases,
        impl Channel,
        impl Clock,
    >,
    input: Input,
) -> Result<Output, Error> {
    if input.hands_over() {
        escalate::escalate(deps, &input).await.map(delivered)
    } else {
        notify(deps, &input).await
    }
}

fn delivered(Delivery { channel, message_id, .. }: Delivery) -> Output {
    Output::Delivered { channel, message_id }
}

async fn notify(
    deps: &Deps<
        impl Incidents + CaseFile + Ledger + Deliveries + Approvals + Leases,
        impl Channel,
        impl Clock,
    >,
    input: &Input,
) -> Result<Output, Error> {
    if let Some(delivery) = delivery::earlier(deps, input).await? {
        return Ok(delivered(delivery));
    }
    let mut snapshot = IncidentSnapshot::default();
    snapshot.read(&deps.store, input).await;
    // A person may have ended it meanwhile, and has told everybody.
    if input.occasion == Occasion::Preliminary
        && snapshot.incident.as_ref().is_some_and(|it| it.status.is_end())
    {
        return Ok(Output::NotNeeded { reason: "the incident has ended".to_owned() });
    }
    delivery::deliver(deps, input, &snapshot).await.map(delivered)
}
