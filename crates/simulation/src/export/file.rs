//! Collects the part of a stored incident that can be simulated: what the first diagnosis was made of.

use std::collections::BTreeMap;

use common::{
    Arn, Diagnosis, Evidence, Gap, Incident, Observed, PortError, evidence::Change, ports::CaseFile,
};
use jiff::{SignedDuration, Timestamp};
use reasoning::evidence::evidence_window::EvidenceWindow;

use crate::{AUTOMATION_ROLES, role_in_simulations};

/// The attempt that is exported: after an action of Nightshift's, the account is no longer as it was.
const FIRST_ATTEMPT: u32 = 1;

/// The time from the event to the first read, where nothing was read.
const A_MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Stands for a role that the evidence calls Nightshift's and that the deployment no longer has.
const SOME_ROLE: &str = AUTOMATION_ROLES[0];

#[derive(Debug, Clone)]
pub struct IncidentFile {
    pub incident: Incident,
    /// The evidence of the first diagnosis, in its order.
    pub evidence: Vec<Evidence>,
    /// The first.
    pub diagnosis: Option<Diagnosis>,
    /// The roles of Nightshift's automations by their names in the account, each with that in simulations.
    pub own_roles: BTreeMap<String, String>,
}

impl IncidentFile {
    pub async fn read(
        store: &impl CaseFile,
        incident: Incident,
        mut own_roles: BTreeMap<String, String>,
    ) -> Result<Self, PortError> {
        let mut evidence = store.evidence(incident.id).await?;
        let diagnosis = store.diagnosis(incident.id, FIRST_ATTEMPT).await?;
        if let Some(made) = &diagnosis {
            let places: BTreeMap<_, _> = made.evidence.iter().zip(0usize..).collect();
            evidence.retain(|one| places.contains_key(&one.id));
            evidence.sort_by_key(|one| places.get(&one.id).copied());
        }
        for role in evidence.iter().filter_map(|one| own_role(&one.observed)) {
            own_roles.entry(role).or_insert_with(|| role_in_simulations(SOME_ROLE));
        }
        Ok(Self { incident, evidence, diagnosis, own_roles })
    }

    pub(super) fn observed(&self) -> impl Iterator<Item = &Observed> {
        self.evidence.iter().map(|one| &one.observed)
    }

    /// Newest first, as they were found.
    pub(super) fn changes(&self) -> impl Iterator<Item = &Change> {
        self.observed().filter_map(|observed| match observed {
            Observed::Change { change } => Some(change),
            _ => None,
        })
    }

    pub(super) fn gaps(&self) -> &[Gap] {
        self.diagnosis.as_ref().map(|made| made.gaps.as_slice()).unwrap_or_default()
    }

    /// The time of the reads that the diagnosis rests on: a simulation must see the same samples, and not a minute
    /// more.
    pub(super) fn looked_at(&self) -> Timestamp {
        let occurred_at = self.incident.signal.occurred_at;
        let Some(first) = self.evidence.iter().map(|one| one.observed_at).min() else {
            return occurred_at.checked_add(A_MINUTE).unwrap_or(occurred_at);
        };
        let measured_to = self.observed().find_map(|observed| match observed {
            Observed::Metrics { to, .. } => Some(*to),
            _ => None,
        });
        let changed_at = self.changes().map(|change| change.at).max();
        [Some(first), measured_to, changed_at].into_iter().flatten().fold(occurred_at, Timestamp::max)
    }

    /// Returns when the account was read, in whole seconds after the event.
    pub(super) fn looked_after_seconds(&self) -> i64 {
        let after = self.looked_at().duration_since(self.incident.signal.occurred_at);
        after.as_secs().clamp(0, i64::from(u32::MAX))
    }

    pub(super) fn window(&self) -> EvidenceWindow {
        let occurred_at = self.incident.signal.occurred_at;
        let after = SignedDuration::from_secs(self.looked_after_seconds());
        EvidenceWindow::new(&self.incident.signal, occurred_at.checked_add(after).unwrap_or(occurred_at))
    }

    /// Every resource that the incident or its evidence names.
    pub(super) fn resources(&self) -> Vec<Arn> {
        let of = |observed: &Observed| -> Vec<Arn> {
            match observed {
                Observed::Metrics { series, .. } => {
                    series.iter().filter_map(|digest| digest.resource.clone()).collect()
                }
                Observed::Calls { graph }
                | Observed::EventSources { graph }
                | Observed::Connections { graph } => {
                    graph.nodes.iter().filter_map(|node| node.resource.clone()).collect()
                }
                Observed::Logs { function, .. } => vec![function.clone()],
                other => other.subjects().into_iter().cloned().collect(),
            }
        };
        self.incident.resources().iter().cloned().chain(self.observed().flat_map(of)).collect()
    }
}

/// The role of Nightshift's that made a change.
fn own_role(observed: &Observed) -> Option<String> {
    let Observed::Change { change } = observed else { return None };
    let actor: Arn = change.actor.parse().ok().filter(|_| change.by_nightshift)?;
    actor.resource().strip_prefix("assumed-role/")?.split('/').next().map(str::to_owned)
}
