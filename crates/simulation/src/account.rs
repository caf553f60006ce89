//! Implements the account's ports on a recorded account.

use std::collections::BTreeSet;

use common::{
    Arn, ChangeCalendar, Mode, OwnRoles, Plan, PortError, ResourceKind,
    ports::{ConnectionSource, Modes, PortErrorKind},
    topology::{Connected, EdgeKind},
};
use fakes::{FakeAccount, Faults};
use guard::{Allow, Automations, Progress};
use ingest::ParsedEvent;
use jiff::Timestamp;

use crate::Recording;

/// The tag whose value is the application's name, as the template has it by default.
pub(crate) const APPLICATION_TAG: &str = "application";

/// The mode that every application has. What belongs to none is supervised at most, as deployed.
#[derive(Debug, Clone)]
pub(crate) struct EveryApplication {
    pub(crate) mode: Mode,
    pub(crate) faults: Faults,
}

impl Modes for EveryApplication {
    async fn effective(&self, application: Option<&str>) -> Result<Mode, PortError> {
        self.faults.call("Modes::effective", || Mode::effective(self.mode, application.map(|_| self.mode)))
    }

    async fn change_calendar(&self) -> Result<ChangeCalendar, PortError> {
        self.faults.call("Modes::change_calendar", || ChangeCalendar::Open)
    }
}

/// A simulation ends before anything is started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NothingStarts;

fn refused(operation: &str) -> PortError {
    PortError::new(operation, PortErrorKind::Denied, "a simulation starts nothing")
}

impl Automations for NothingStarts {
    async fn verified_version(&self, _plan: &Plan) -> Result<String, PortError> {
        Err(refused("GetDocument"))
    }

    async fn start(&self, _allow: &Allow, _version: &str) -> Result<String, PortError> {
        Err(refused("StartAutomationExecution"))
    }

    async fn find(&self, _plan: &Plan, _since: Timestamp) -> Result<Option<String>, PortError> {
        Ok(None)
    }

    async fn progress(&self, _execution_id: &str) -> Result<Progress, PortError> {
        Err(refused("GetAutomationExecution"))
    }
}

/// All but the changes, which are listed as time goes on.
pub(crate) fn account(recording: &Recording, faults: &Faults) -> FakeAccount {
    let account = FakeAccount::new(faults);
    let resources = &recording.resources;
    for read in &resources.unreadable {
        faults.fail_operation(read);
    }
    account.set_observation(resources.symptom.observation());
    account.set_transitions(resources.symptom.history.clone());
    let known = known(recording);
    for (arn, recorded) in &resources.by_arn {
        if let Some(application) = recorded.tags.get(APPLICATION_TAG) {
            account.tag(arn, application);
        }
        for (key, value) in &recorded.tags {
            account.set_tag(arn, key, value);
        }
        for finding in &recorded.findings {
            account.add_finding(arn, finding.clone());
        }
        if let Some(state) = &recorded.state {
            account.set_resource(arn, state.clone());
        }
        for reader in known.iter().filter(|other| *other == arn || is_alias_of(other, arn)) {
            account.set_reads(reader, &recorded.reads);
        }
        for (provider, note) in recorded.notes.iter().map(|note| note.about(Some(arn))) {
            account.add_note(provider, note);
        }
    }
    for (provider, note) in resources.notes.iter().cloned() {
        account.add_note(provider, note);
    }
    account.set_call_graph(recording.graphs.traced.clone());
    let pairs: Vec<_> = recording.graphs.event_sources.iter().map(|(from, to)| (from, to)).collect();
    account.set_event_sources(&pairs);
    let configured = Connected::of_calls(&recording.graphs.configured, EdgeKind::Targets);
    account.set_connections(ConnectionSource::LoadBalancers, configured);
    for series in &recording.series {
        account.add_series(series.clone());
    }
    for series in &recording.alias_series {
        account.add_alias_series(series.clone());
    }
    for line in &recording.lines {
        account.add_line(&line.component, line.at, &line.message);
    }
    account
}

/// An alias runs with what its function's versions were given.
fn is_alias_of(arn: &Arn, function: &Arn) -> bool {
    matches!(arn.kind(), ResourceKind::FunctionAlias { .. }) && arn.function().as_ref() == Some(function)
}

/// Every resource that the recording names.
pub(crate) fn known(recording: &Recording) -> BTreeSet<Arn> {
    let of_signal = match &recording.reading {
        ParsedEvent::Signal(signal) => signal.resources.as_slice(),
        _ => &[],
    };
    let graphs = &recording.graphs;
    let called = graphs.traced.nodes.iter().filter_map(|node| node.resource.as_ref());
    let emptied = graphs.event_sources.iter().flat_map(|(source, function)| [source, function]);
    of_signal.iter().chain(recording.resources.by_arn.keys()).chain(called).chain(emptied).cloned().collect()
}

/// Adds the changes that the trail lists at `now` and did not at `before`.
pub(crate) fn list_changes(
    account: &FakeAccount,
    recording: &Recording,
    own_roles: &OwnRoles,
    before: Option<Timestamp>,
    now: Timestamp,
) {
    let known: Vec<Arn> = known(recording).into_iter().collect();
    let delay = jiff::SignedDuration::from_secs(recording.resources.trail_delay_seconds);
    for record in &recording.records {
        let listed = record.at.checked_add(delay).unwrap_or(Timestamp::MAX);
        if listed <= now && before.is_none_or(|before| listed > before) {
            for change in record.changes(&known, own_roles) {
                account.add_change(change);
            }
        }
    }
}
