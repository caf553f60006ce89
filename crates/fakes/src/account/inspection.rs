//! Fakes the reads of an account's present state: symptoms, alarms, tags, changes, states, modes.

use std::collections::BTreeMap;

use common::{
    Arn, ChangeCalendar, Mode, Observation, Observed, PortError, Symptom,
    alarm_evaluation::AlarmEvaluation,
    evidence::{AlarmTransition, Change},
    intent::SecurityFinding,
    ports::{AlarmHistory, Changes, Modes, Reading, Resources, SecurityFindings, Symptoms, Topology},
    telemetry::CallGraph,
};
use jiff::Timestamp;

use crate::{account::FakeAccount, reading::reading};

impl Symptoms for FakeAccount {
    async fn observe(&self, symptom: &Symptom) -> Result<Reading<Observation>, PortError> {
        self.faults.call("Symptoms::observe", || {
            reading(&format!("observe {symptom:?}"), self.state().symptom.clone())
        })
    }

    async fn evaluation(
        &self,
        _symptom: &Symptom,
        _since: Timestamp,
    ) -> Result<Option<AlarmEvaluation>, PortError> {
        self.faults.call("Symptoms::evaluation", || self.state().evaluation.clone())
    }
}

impl AlarmHistory for FakeAccount {
    async fn transitions(
        &self,
        alarm: &str,
        since: Timestamp,
    ) -> Result<Reading<Vec<AlarmTransition>>, PortError> {
        self.faults.call("AlarmHistory::transitions", || {
            let found = self.state().transitions.iter().filter(|t| t.at >= since).cloned().collect();
            reading(&format!("history {alarm}"), found)
        })
    }
}

impl Topology for FakeAccount {
    async fn application_of(&self, resources: &[Arn]) -> Result<Reading<Option<String>>, PortError> {
        self.faults.call("Topology::application_of", || {
            let state = self.state();
            // An alias has no tags of its own: its function's are asked for.
            let tag = |arn: &Arn| {
                state.applications.get(arn).or_else(|| state.applications.get(&arn.component())).cloned()
            };
            reading("tags", resources.iter().find_map(tag))
        })
    }

    async fn resources_of(&self, application: &str) -> Result<Reading<Vec<Arn>>, PortError> {
        self.faults.call("Topology::resources_of", || {
            let state = self.state();
            let tagged = state.applications.iter().filter(|(_, name)| *name == application);
            reading(&format!("resources of {application}"), tagged.map(|(arn, _)| arn.clone()).collect())
        })
    }

    async fn tags_of(
        &self,
        resources: &[Arn],
    ) -> Result<Reading<BTreeMap<Arn, BTreeMap<String, String>>>, PortError> {
        self.faults.call("Topology::tags_of", || {
            let state = self.state();
            let tagged = state.tags.iter().filter(|(arn, _)| resources.contains(arn));
            reading("tags of resources", tagged.map(|(arn, tags)| (arn.clone(), tags.clone())).collect())
        })
    }

    async fn read_by(&self, function: &Arn, parameters: &[Arn]) -> Result<Reading<Vec<Arn>>, PortError> {
        self.faults.call("Topology::read_by", || {
            let state = self.state();
            let reads = state.reads.get(function).into_iter().flatten();
            reading(
                &format!("read by {function}"),
                reads.filter(|arn| parameters.contains(arn)).cloned().collect(),
            )
        })
    }

    async fn used_by(&self, function: &Arn, _known: &[Arn]) -> Result<Reading<Vec<Arn>>, PortError> {
        self.faults.call("Topology::used_by", || {
            let found = self.state().uses.get(function).cloned().unwrap_or_default();
            reading(&format!("used by {function}"), found)
        })
    }

    async fn event_sources(&self) -> Result<Reading<CallGraph>, PortError> {
        self.faults.call("Topology::event_sources", || {
            reading("event source mappings", self.state().telemetry.event_sources.clone())
        })
    }
}

impl Changes for FakeAccount {
    async fn changes(
        &self,
        _resources: &[Arn],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Reading<Vec<Change>>, PortError> {
        self.faults.call("Changes::changes", || {
            let state = self.state();
            let within = |change: &&Change| (from..=to).contains(&change.at);
            let mut found: Vec<_> = state.changes.iter().filter(within).cloned().collect();
            found.sort_by_key(|change| std::cmp::Reverse(change.at));
            reading("changes", found)
        })
    }

    async fn target_changes(
        &self,
        resources: &[Arn],
        to: Timestamp,
    ) -> Result<Reading<Vec<Change>>, PortError> {
        self.faults.call("Changes::target_changes", || {
            let state = self.state();
            let of_them = |change: &&Change| resources.contains(&change.resource) && change.at <= to;
            let mut found: Vec<_> = state.changes.iter().filter(of_them).cloned().collect();
            found.sort_by_key(|change| std::cmp::Reverse(change.at));
            reading(&format!("target changes of {} resources", resources.len()), found)
        })
    }

    async fn changes_of(
        &self,
        resource: &Arn,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Reading<Vec<Change>>, PortError> {
        self.faults.call("Changes::changes_of", || {
            let state = self.state();
            let of_it = |change: &&Change| change.resource == *resource && (from..=to).contains(&change.at);
            let mut found: Vec<_> = state.changes.iter().filter(of_it).cloned().collect();
            found.sort_by_key(|change| std::cmp::Reverse(change.at));
            reading(&format!("changes of {resource}"), found).truncated(state.changes_cut.clone())
        })
    }
}

impl SecurityFindings for FakeAccount {
    async fn open_findings(&self, resource: &Arn) -> Result<Reading<Vec<SecurityFinding>>, PortError> {
        self.faults.call("SecurityFindings::open_findings", || {
            let found = self.state().findings.get(resource).cloned().unwrap_or_default();
            reading(&format!("security findings of {resource}"), found)
        })
    }
}

impl Resources for FakeAccount {
    async fn state(
        &self,
        resource: &Arn,
        _history: &[Change],
    ) -> Result<Option<Reading<Observed>>, PortError> {
        self.faults.call("Resources::state", || {
            let found = self.state().resources.get(resource).cloned();
            found.map(|observed| reading(&format!("state of {resource}"), observed))
        })
    }
}

impl Modes for FakeAccount {
    async fn effective(&self, application: Option<&str>) -> Result<Mode, PortError> {
        self.faults.call("Modes::effective", || {
            let state = self.state();
            let own = application.and_then(|name| state.application_modes.get(name).copied());
            Mode::effective(state.deployment_mode, own)
        })
    }

    async fn change_calendar(&self) -> Result<ChangeCalendar, PortError> {
        self.faults.call("Modes::change_calendar", || self.state().change_calendar)
    }
}
