//! The evidence, sorted by what it is about, so that its order cannot matter.

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Arn, Evidence, EvidenceId, Observation, Observed,
    evidence::{AlarmTransition, Change},
    findings::EngineFindings,
    telemetry::CallGraph,
};

/// A fact of the evidence with the evidence it comes from.
#[derive(Debug)]
pub struct Seen<'a, T> {
    pub id: &'a EvidenceId,
    pub it: &'a T,
}

// Derived, these would ask the same of `T`.
impl<T> Clone for Seen<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Seen<'_, T> {}

#[derive(Debug, Default)]
pub struct View<'a> {
    pub symptom: Option<Seen<'a, Observation>>,
    pub history: Option<Seen<'a, Vec<AlarmTransition>>>,
    /// The resources of the application.
    pub members: BTreeMap<&'a Arn, &'a EvidenceId>,
    /// Oldest first, one for each event and resource.
    pub changes: Vec<Seen<'a, Change>>,
    /// The functions that read a parameter.
    pub readers: BTreeMap<&'a Arn, Vec<(&'a Arn, &'a EvidenceId)>>,
    /// Who calls whom, by trace and by mapping.
    pub graphs: Vec<Seen<'a, CallGraph>>,
    pub engine: Option<Seen<'a, EngineFindings>>,
    /// Whether nothing of the symptom's own metric is beyond what it was before.
    pub symptom_within_usual: bool,
    pub states: BTreeMap<&'a Arn, Seen<'a, Observed>>,
}

impl<'a> View<'a> {
    /// Where the same thing was looked at more than once, the last look counts.
    pub fn of(evidence: &'a [Evidence]) -> Self {
        let mut sorted: Vec<_> = evidence.iter().collect();
        sorted.sort_by(|a, b| (a.observed_at, &a.id).cmp(&(b.observed_at, &b.id)));
        let mut view = Self::default();
        for Evidence { id, observed, .. } in sorted {
            match observed {
                Observed::Symptom { observation } => view.symptom = Some(Seen { id, it: observation }),
                Observed::AlarmHistory { transitions } => view.history = Some(Seen { id, it: transitions }),
                Observed::Application { resources, .. } => {
                    view.members.extend(resources.iter().map(|arn| (arn, id)));
                }
                Observed::Change { change } => view.changes.push(Seen { id, it: change }),
                Observed::Reads { function, parameters } => {
                    for parameter in parameters {
                        view.readers.entry(parameter).or_default().push((function, id));
                    }
                }
                Observed::Calls { graph }
                | Observed::EventSources { graph }
                | Observed::Connections { graph } => {
                    view.graphs.push(Seen { id, it: graph });
                }
                Observed::Engine { findings } => view.engine = Some(Seen { id, it: findings }),
                // What metrics mean is in the engine's findings.
                Observed::Metrics { series, .. } => {
                    view.symptom_within_usual |=
                        series.iter().any(|one| one.resource.is_none() && one.within_usual);
                }
                // So is what logs mean; the rest is for the model and for people.
                Observed::Logs { .. }
                | Observed::Notes { .. }
                | Observed::Precedents { .. }
                | Observed::TeamTool { .. } => {}
                Observed::Parameter { .. }
                | Observed::Alias { .. }
                | Observed::Instance { .. }
                | Observed::Service { .. } => {
                    for subject in observed.subjects() {
                        view.states.insert(subject, Seen { id, it: observed });
                    }
                }
            }
        }
        let mut known = BTreeSet::new();
        view.changes.retain(|change| known.insert((&change.it.event_id, &change.it.resource)));
        view.changes.sort_by_key(|change| (change.it.at, &change.it.event_id));
        view
    }
}
