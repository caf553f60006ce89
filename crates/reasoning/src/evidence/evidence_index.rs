//! Indexes the evidence by what it is about, so that the order of evidence cannot matter.

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Arn, Evidence, EvidenceId, Observation, Observed,
    alias_traffic::AliasTraffic,
    evidence::{AlarmTransition, Change},
    findings::{EngineFindings, EngineVerdict, LogTemplate},
    intent::IntentSign,
    telemetry::CallGraph,
};

/// A fact, with the id of the evidence that shows it.
#[derive(Debug)]
pub struct Cited<'a, T> {
    pub id: &'a EvidenceId,
    pub fact: &'a T,
}

// Derived, these would ask the same of `T`.
impl<T> Clone for Cited<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Cited<'_, T> {}

/// The templates that stand out in the log of one function.
#[derive(Debug, Clone, Copy)]
pub struct FunctionTemplates<'a> {
    pub function: &'a Arn,
    pub id: &'a EvidenceId,
    pub templates: &'a [LogTemplate],
}

/// All evidence of one incident, sorted by what it is about.
#[derive(Debug, Default)]
pub struct EvidenceIndex<'a> {
    pub symptom: Option<Cited<'a, Observation>>,
    pub history: Option<Cited<'a, Vec<AlarmTransition>>>,
    /// The resources of the application.
    pub members: BTreeMap<&'a Arn, &'a EvidenceId>,
    /// Oldest first, one for each event and resource.
    pub changes: Vec<Cited<'a, Change>>,
    /// The functions that read a parameter.
    pub readers: BTreeMap<&'a Arn, Vec<(&'a Arn, &'a EvidenceId)>>,
    /// Who calls whom, by trace, event source mapping and network connection.
    pub graphs: Vec<Cited<'a, CallGraph>>,
    pub engine: Option<Cited<'a, EngineFindings>>,
    pub logs: Vec<FunctionTemplates<'a>>,
    /// True if no sample of the symptom's own metric lies beyond what it was before.
    pub symptom_within_usual: bool,
    pub states: BTreeMap<&'a Arn, Cited<'a, Observed>>,
    /// The traffic of aliases by metrics of their own.
    pub traffic: BTreeMap<&'a Arn, Cited<'a, AliasTraffic>>,
    /// The signs that a resource's state is meant.
    pub intents: BTreeMap<&'a Arn, Cited<'a, Vec<IntentSign>>>,
}

impl<'a> EvidenceIndex<'a> {
    /// Indexes `evidence`. Where the same thing was read more than once, the last reading counts.
    pub fn new(evidence: &'a [Evidence]) -> Self {
        let mut sorted: Vec<_> = evidence.iter().collect();
        sorted.sort_by(|a, b| (a.observed_at, &a.id).cmp(&(b.observed_at, &b.id)));
        let mut index = Self::default();
        for Evidence { id, observed, .. } in sorted {
            match observed {
                Observed::Symptom { observation } => index.symptom = Some(Cited { id, fact: observation }),
                Observed::AlarmHistory { transitions } => {
                    index.history = Some(Cited { id, fact: transitions });
                }
                Observed::Application { resources, .. } => {
                    index.members.extend(resources.iter().map(|arn| (arn, id)));
                }
                Observed::Change { change } => index.changes.push(Cited { id, fact: change }),
                Observed::AliasTraffic { traffic } => {
                    index.traffic.insert(&traffic.alias, Cited { id, fact: traffic });
                }
                Observed::Intent { resource, signs } => {
                    index.intents.insert(resource, Cited { id, fact: signs });
                }
                Observed::Reads { function, parameters } => {
                    for parameter in parameters {
                        index.readers.entry(parameter).or_default().push((function, id));
                    }
                }
                Observed::Calls { graph }
                | Observed::EventSources { graph }
                | Observed::Connections { graph } => {
                    index.graphs.push(Cited { id, fact: graph });
                }
                Observed::Engine { findings } => index.engine = Some(Cited { id, fact: findings }),
                // What metrics mean is in the engine's findings.
                Observed::Metrics { series, .. } => {
                    let mut of_symptom = series.iter().filter(|one| one.resource.is_none()).peekable();
                    index.symptom_within_usual |=
                        of_symptom.peek().is_some() && of_symptom.all(|one| one.within_usual);
                }
                Observed::Logs { function, templates, .. } => {
                    index.logs.push(FunctionTemplates { function, id, templates });
                }
                // The rest is for the model and for people.
                Observed::Notes { .. } | Observed::Precedents { .. } | Observed::TeamTool { .. } => {}
                Observed::Parameter { .. }
                | Observed::Alias { .. }
                | Observed::Instance { .. }
                | Observed::Service { .. } => {
                    for subject in observed.subjects() {
                        index.states.insert(subject, Cited { id, fact: observed });
                    }
                }
            }
        }
        let mut known = BTreeSet::new();
        index.changes.retain(|change| known.insert((&change.fact.event_id, &change.fact.resource)));
        index.changes.sort_by_key(|change| (change.fact.at, &change.fact.event_id));
        index
    }

    /// Returns the evidence that the symptom's own metric is no worse than usual, not by a single sample: an alarm may
    /// fire on one that the engine takes for chance. `None` where it is worse, or was not judged.
    pub fn evidence_of_usual_symptom(&self) -> Option<&'a EvidenceId> {
        let seen = self.engine?;
        let healthy = matches!(seen.fact.verdict, EngineVerdict::Healthy { .. });
        (healthy && seen.fact.symptom_judged && self.symptom_within_usual).then_some(seen.id)
    }
}
