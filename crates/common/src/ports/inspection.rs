//! Read-only looks at the account.

use jiff::Timestamp;

use super::{PortError, Reading};
use crate::{
    Arn, Mode, Observation, Observed, Symptom,
    evidence::{AlarmTransition, Change},
    telemetry::CallGraph,
};

/// Whether a symptom is there.
pub trait Symptoms {
    async fn observe(&self, symptom: &Symptom) -> Result<Reading<Observation>, PortError>;
}

pub trait AlarmHistory {
    async fn transitions(
        &self,
        alarm: &str,
        since: Timestamp,
    ) -> Result<Reading<Vec<AlarmTransition>>, PortError>;
}

/// What belongs together: by tags, and by what is configured to read or to empty what.
pub trait Topology {
    /// The application that the resources' tags name; `None` where none of them has the tag.
    async fn application_of(&self, resources: &[Arn]) -> Result<Reading<Option<String>>, PortError>;

    async fn resources_of(&self, application: &str) -> Result<Reading<Vec<Arn>>, PortError>;

    /// Those of `parameters` whose names the function's environment holds.
    async fn read_by(&self, function: &Arn, parameters: &[Arn]) -> Result<Reading<Vec<Arn>>, PortError>;

    /// Which functions are invoked with what is in which queues, tables and streams.
    async fn event_sources(&self) -> Result<Reading<CallGraph>, PortError>;
}

/// What was written in the account.
pub trait Changes {
    /// Writes to any of `resources`, and to any alias of the functions among them, from `from` to
    /// `to`, newest first.
    async fn changes(
        &self,
        resources: &[Arn],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Reading<Vec<Change>>, PortError>;

    /// Writes up to `to` that set what any of `resources` points to (an alias its version, a service its
    /// task definition), newest first, as far back as is known. None for what points to nothing.
    async fn target_changes(
        &self,
        resources: &[Arn],
        to: Timestamp,
    ) -> Result<Reading<Vec<Change>>, PortError>;
}

/// The present state of one resource.
pub trait Resources {
    /// `None` where Nightshift does not know how to read this kind.
    async fn state(&self, resource: &Arn, history: &[Change])
    -> Result<Option<Reading<Observed>>, PortError>;
}

/// The mode in force, read afresh at every call.
pub trait Modes {
    async fn effective(&self, application: Option<&str>) -> Result<Mode, PortError>;
}
