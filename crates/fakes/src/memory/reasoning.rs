//! Keeps reasoning steps, spending caps and precedents in memory.

use jiff::Timestamp;

use crate::{memory::MemoryStore, reading::reading};
use common::{
    IncidentId, PortError,
    money::MicroUsd,
    ports::{Caps, Precedents, Reading, Reasoning, Reserved, Spending},
    precedent::Precedent,
    reasoning::ReasoningStep,
};

impl Spending for MemoryStore {
    async fn reserve(
        &self,
        incident: IncidentId,
        at: Timestamp,
        amount: MicroUsd,
        caps: Caps,
    ) -> Result<Reserved, PortError> {
        self.faults.call("Spending::reserve", || {
            let mut tables = self.tables();
            let spent = |key: &String| tables.spent.get(key).copied().unwrap_or_default();
            let (of_incident, of_day) = (incident.to_string(), day(at));
            if spent(&of_incident) + amount > caps.incident {
                return Reserved::IncidentCap;
            }
            if spent(&of_day) + amount > caps.day {
                return Reserved::DayCap;
            }
            for key in [of_incident, of_day] {
                *tables.spent.entry(key).or_default() += amount;
            }
            Reserved::Granted
        })
    }

    async fn settle(
        &self,
        incident: IncidentId,
        at: Timestamp,
        reserved: MicroUsd,
        spent: MicroUsd,
    ) -> Result<(), PortError> {
        self.faults.call("Spending::settle", || {
            let mut tables = self.tables();
            for key in [incident.to_string(), day(at)] {
                let total = tables.spent.entry(key).or_default();
                *total = total.saturating_sub(reserved.saturating_sub(spent));
                *total += spent.saturating_sub(reserved);
            }
        })
    }

    async fn admit(
        &self,
        incident: IncidentId,
        application: &str,
        at: Timestamp,
        most: u32,
    ) -> Result<bool, PortError> {
        self.faults.call("Spending::admit", || {
            let hour = format!("{application} {}", at.as_second().div_euclid(3_600));
            let mut tables = self.tables();
            let admitted = tables.investigated.entry(hour).or_default();
            let room = u32::try_from(admitted.len()).unwrap_or(u32::MAX) < most;
            if room {
                admitted.insert(incident);
            }
            room || admitted.contains(&incident)
        })
    }
}

fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

impl Reasoning for MemoryStore {
    async fn put_step(&self, step: &ReasoningStep) -> Result<(), PortError> {
        self.faults.call("Reasoning::put_step", || {
            let mut tables = self.tables();
            let key = |one: &ReasoningStep| (one.incident_id, one.investigation, one.line.clone(), one.step);
            tables.reasoning.retain(|one| key(one) != key(step));
            tables.reasoning.push(step.clone());
        })
    }

    async fn steps(&self, incident: IncidentId) -> Result<Vec<ReasoningStep>, PortError> {
        self.faults.call("Reasoning::steps", || {
            let mut found: Vec<_> =
                self.tables().reasoning.iter().filter(|step| step.incident_id == incident).cloned().collect();
            found.sort_by(|a, b| (a.investigation, &a.line, a.step).cmp(&(b.investigation, &b.line, b.step)));
            found
        })
    }
}

impl Precedents for MemoryStore {
    async fn remember(&self, precedent: &Precedent) -> Result<(), PortError> {
        self.faults.call("Precedents::remember", || {
            let mut tables = self.tables();
            let same = |one: &Precedent| {
                one.incident_id == precedent.incident_id && one.attempt == precedent.attempt
            };
            tables.precedents.retain(|one| !same(one));
            tables.precedents.push(precedent.clone());
        })
    }

    async fn precedents(&self, application: &str, most: u32) -> Result<Reading<Vec<Precedent>>, PortError> {
        self.faults.call("Precedents::precedents", || {
            let tables = self.tables();
            let of_it = tables.precedents.iter().filter(|one| one.application == application);
            let mut found: Vec<Precedent> = of_it
                .map(|one| Precedent {
                    outcome: tables.incidents.get(&one.incident_id).and_then(|it| it.outcome.clone()),
                    ..one.clone()
                })
                .collect();
            found.sort_by_key(|one| std::cmp::Reverse((one.at, one.incident_id)));
            found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
            reading(&format!("precedents of {application}"), found)
        })
    }
}
