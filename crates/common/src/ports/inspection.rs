//! Reads of the account: what is in it, what was changed, and how it is now.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{PortError, Reading};
use crate::{
    Arn, ChangeCalendar, Mode, Observation, Observed, Symptom,
    alarm_evaluation::AlarmEvaluation,
    evidence::{AlarmTransition, Change},
    intent::SecurityFinding,
    telemetry::CallGraph,
};

/// Reads the present state of symptoms.
pub trait Symptoms {
    async fn observe(&self, symptom: &Symptom) -> Result<Reading<Observation>, PortError>;

    /// Returns how the alarm evaluates its metric, with what was measured since then; `None` for a symptom that is no
    /// alarm: its state is read directly and lags behind nothing.
    async fn evaluation(
        &self,
        symptom: &Symptom,
        since: Timestamp,
    ) -> Result<Option<AlarmEvaluation>, PortError>;
}

/// Reads what states an alarm was in.
pub trait AlarmHistory {
    /// Returns the transitions of the alarm since then.
    async fn transitions(
        &self,
        alarm: &str,
        since: Timestamp,
    ) -> Result<Reading<Vec<AlarmTransition>>, PortError>;
}

/// Reads what belongs together: by tags, and by what is configured to read or to empty what.
pub trait Topology {
    /// Returns the application that the resources' tags name; `None` where none of them has the tag.
    async fn application_of(&self, resources: &[Arn]) -> Result<Reading<Option<String>>, PortError>;

    /// Returns the resources that carry the application's tag.
    async fn resources_of(&self, application: &str) -> Result<Reading<Vec<Arn>>, PortError>;

    /// Returns the tags of those of `resources` that have any.
    async fn tags_of(
        &self,
        resources: &[Arn],
    ) -> Result<Reading<BTreeMap<Arn, BTreeMap<String, String>>>, PortError>;

    /// Returns those of `parameters` whose names the function's environment holds.
    async fn read_by(&self, function: &Arn, parameters: &[Arn]) -> Result<Reading<Vec<Arn>>, PortError>;

    /// Returns what the function's configuration names, of its own account and region: its role, its network, and the data
    /// stores in its environment. Of `known`, a bare name is enough.
    async fn used_by(&self, function: &Arn, known: &[Arn]) -> Result<Reading<Vec<Arn>>, PortError>;

    /// Returns which functions are invoked with what is in which queues, tables and streams.
    async fn event_sources(&self) -> Result<Reading<CallGraph>, PortError>;
}

/// Reads what was changed in the account.
pub trait Changes {
    /// Returns the writes to any of `resources`, to any alias of the functions among them, and to whatever else of the
    /// account a record names, from `from` to `to`, newest first. Which of the others has to do with anything, the caller
    /// decides.
    async fn changes(
        &self,
        resources: &[Arn],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Reading<Vec<Change>>, PortError>;

    /// Returns the writes up to `to` that set what any of `resources` points to (an alias its version, a service its
    /// task definition), newest first, as far back as is known. None for what points to nothing.
    async fn target_changes(
        &self,
        resources: &[Arn],
        to: Timestamp,
    ) -> Result<Reading<Vec<Change>>, PortError>;

    /// Returns the writes to `resource` from `from` to `to`, newest first, in a single lookup however long ago `from`
    /// is: of more than it holds the newest are returned, and the truncation says so.
    async fn changes_of(
        &self,
        resource: &Arn,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Reading<Vec<Change>>, PortError>;
}

/// Reads what is known of a resource's security.
pub trait SecurityFindings {
    /// Returns the active findings about `resource` that nobody has settled, of severity high and critical. None where
    /// the account has no Security Hub, and so nothing that could be known.
    async fn open_findings(&self, resource: &Arn) -> Result<Reading<Vec<SecurityFinding>>, PortError>;
}

/// Reads the present state of one resource.
pub trait Resources {
    /// Returns its state, with what `history` tells of before; `None` where Nightshift does not know how to read this kind.
    async fn state(&self, resource: &Arn, history: &[Change])
    -> Result<Option<Reading<Observed>>, PortError>;
}

/// Reads what people have set: the mode in force and the change calendars, afresh at every call.
pub trait Modes {
    async fn effective(&self, application: Option<&str>) -> Result<Mode, PortError>;

    /// Returns the state of the team's change calendars, taken together: open where it names none. An error where one
    /// cannot be read, never [`ChangeCalendar::Unreadable`].
    async fn change_calendar(&self) -> Result<ChangeCalendar, PortError>;
}
