//! Defines the ports: small traits in domain words that name what the functions need of the outside. `aws`
//! implements them on the SDK and `fakes` in memory.
//!
//! They are used as generics, by one task at a time, so their futures need not be `Send`.
#![allow(async_fn_in_trait)]

mod action_history;
mod executions;
mod inspection;
mod intake_entries;
mod reading;
mod reasoning;
mod remediation;
mod returns;
mod store;
mod target_leases;
mod telemetry;
mod topology;
mod webhook;

pub use action_history::{ActionHistory, ActionRun, BreakerClosure, BudgetPlace, OpenIncidents};
pub use executions::{DeadLetters, ExecutionState, Executions, WaitingLetters};
pub use inspection::{AlarmHistory, Changes, Modes, Resources, SecurityFindings, Symptoms, Topology};
pub use intake_entries::{HOUR, IntakeEntries, IntakeEntry, start_of_hour};
pub use reading::Reading;
pub use reasoning::{
    Caps, ContextSources, Counters, Model, Precedents, Reasoning, Reserved, Spending, TeamKnowledge,
    TeamTools,
};
pub use remediation::{Acquired, Approvals, Decided, Lease, LeaseEnd, Leases};
pub use returns::{AlarmChange, Return, Returns};
pub use store::{
    Advance, CaseFile, CurrentIncident, Deliveries, Digest, EndedIncident, EventOutcome, EventRecord, Events,
    Incidents, Intake, IntakeWrite, Ledger, OpenIncident, Purges, RejectedEvent, Sweeps,
};
pub use target_leases::{TargetLease, TargetLeases, TargetTaken};
pub use telemetry::{Logs, Metrics, Traces};
pub use topology::{Connections, TopologyCache};
pub use webhook::{AlertBus, SnsSubscriber, WebhookSecret, WebhookSecrets};

pub use crate::{
    evidence::ConnectionSource,
    port_error::{PortError, PortErrorKind},
};

use crate::notification::Message;

/// A channel that reaches a human.
pub trait Channel {
    /// Names the channel in the ledger, for example `sns:nightshift-alerts`.
    fn name(&self) -> &str;

    /// Returns the channel's own id of the message once the channel has accepted it.
    async fn send(&self, message: &Message) -> Result<String, PortError>;
}
