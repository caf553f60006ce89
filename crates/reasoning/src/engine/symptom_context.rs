//! What the calls and the engine say of a candidate. Both only ever change how sure a playbook is: what
//! may be done about it stays the policy's to decide.

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Arn, EvidenceId, ResourceKind, Signal,
    findings::{EngineFindings, EngineSuspect, EngineVerdict},
};

use crate::{
    candidates::resource_kind::function_of,
    evidence::call_graph::{Calls, symptom_component},
    evidence::evidence_index::{Seen, View},
};

/// From here on the engine is taken at its word: its confidence is calibrated, so four times in five
/// such a word is right.
pub const SURE: f64 = 0.8;

/// Below even odds the engine's word speaks against nothing.
pub const HEARD: f64 = 0.5;

/// The most that the engine's word counts for where no metric stands behind it.
const UNPROVEN: f64 = SURE - 0.01;

/// What the engine says of one candidate.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Said {
    #[default]
    Nothing,
    /// It may be the cause; rank 1 is the likeliest.
    Suspected { rank: u32, confidence: f64, evidence: EvidenceId },
    /// It was looked at and is not taken for the cause. `confidence` is that in the cause that is.
    Cleared { why: String, confidence: f64, evidence: EvidenceId },
}

/// The symptom's surroundings, as the evidence has them.
#[derive(Debug, Default)]
pub struct Around<'a> {
    /// How many calls away from the symptom a component is.
    hops: BTreeMap<String, u32>,
    calls: Calls<'a>,
    graphs: BTreeSet<EvidenceId>,
    engine: Option<Seen<'a, EngineFindings>>,
    symptom_within_usual: bool,
}

impl<'a> Around<'a> {
    pub fn of(signal: &Signal, view: &View<'a>) -> Self {
        let calls = Calls::of(view.graphs.iter().map(|seen| seen.it));
        let hops = symptom_component(signal)
            .map(|component| calls.reached(&calls.id_of(&component)).into_iter().collect())
            .unwrap_or_default();
        let graphs = view.graphs.iter().map(|seen| seen.id.clone()).collect();
        Self { hops, calls, graphs, engine: view.engine, symptom_within_usual: view.symptom_within_usual }
    }

    /// Whether calls lead from the symptom to one of `components`, and what shows it. The symptom's own
    /// component is not called by itself.
    pub fn called(&self, components: &[Arn]) -> Option<&BTreeSet<EvidenceId>> {
        let called =
            |component: &Arn| self.hops.get(&self.calls.id_of(component)).is_some_and(|hops| *hops > 0);
        components.iter().any(called).then_some(&self.graphs)
    }

    /// The engine's first suspect, where it names a root cause.
    pub fn first_suspect(&self) -> Option<(&'a EngineSuspect, &'a EvidenceId)> {
        let seen = self.engine?;
        (seen.it.verdict == EngineVerdict::RootCause)
            .then(|| seen.it.suspects.first())
            .flatten()
            .map(|first| (first, seen.id))
    }

    /// What shows that the symptom's own metric is no worse than usual, not by a single sample: an alarm may
    /// fire on one that the engine takes for chance.
    pub fn ordinary(&self) -> Option<&'a EvidenceId> {
        let seen = self.engine?;
        let healthy = matches!(seen.it.verdict, EngineVerdict::Healthy { .. });
        (healthy && seen.it.symptom_judged && self.symptom_within_usual).then_some(seen.id)
    }

    /// What the engine says of a candidate that is, or is a part of, all of `components`: suspected with
    /// any of them, cleared with every one of them.
    pub fn said(&self, components: &[Arn]) -> Said {
        let mut all: Vec<Said> = components.iter().map(|component| self.said_of(component)).collect();
        let rank = |said: &Said| match said {
            Said::Suspected { rank, .. } => *rank,
            Said::Nothing => u32::MAX.saturating_sub(1),
            Said::Cleared { .. } => u32::MAX,
        };
        all.sort_by_key(rank);
        all.into_iter().next().unwrap_or_default()
    }

    /// A cause that is seen elsewhere is there however the alarm is set.
    pub fn said_of_alarm(&self) -> Said {
        self.first_suspect().map_or(Said::Nothing, |(first, id)| Said::Cleared {
            why: format!("{} is out of its ordinary range, whatever the alarm is set to", first.name),
            confidence: first.confidence,
            evidence: id.clone(),
        })
    }

    fn said_of(&self, component: &Arn) -> Said {
        let (Some((first, id)), Some(engine)) = (self.first_suspect(), self.engine) else {
            return Said::Nothing;
        };
        let is_it = |resource: &Option<Arn>| resource.as_ref() == Some(component);
        let cleared = |why: String| Said::Cleared { why, confidence: first.confidence, evidence: id.clone() };
        let ranked = (1u32..).zip(&engine.it.suspects).find(|(_, suspect)| is_it(&suspect.resource));
        let out = engine.it.ruled_out.iter().find(|out| is_it(&out.resource));
        match (ranked, out) {
            (Some((1, suspect)), _) => {
                // Log lines and traces are anybody's to write who may write any; a metric of a resource
                // comes from AWS.
                let proven = suspect.strongest_metric.is_some() && engine.it.symptom_judged;
                let confidence = if proven { suspect.confidence } else { suspect.confidence.min(UNPROVEN) };
                Said::Suspected { rank: 1, confidence, evidence: id.clone() }
            }
            (_, Some(out)) => cleared(format!("{}: {}", out.name, out.why)),
            (Some((_, suspect)), None) if first.confidence >= SURE => cleared(format!(
                "{}: {} is taken for the root cause instead ({:.0} %)",
                suspect.name,
                first.name,
                first.confidence * 100.0
            )),
            (Some((rank, suspect)), None) => {
                Said::Suspected { rank, confidence: suspect.confidence, evidence: id.clone() }
            }
            (None, None) => Said::Nothing,
        }
    }
}

/// The components that a resource is, or is a part of: an alias of its function, a parameter of the
/// functions that were seen to read it, with what shows that.
pub fn components_of(resource: &Arn, view: &View<'_>) -> (Vec<Arn>, BTreeSet<EvidenceId>) {
    if !matches!(resource.kind(), ResourceKind::Parameter { .. }) {
        return (vec![resource.component()], BTreeSet::new());
    }
    let readers = view.readers.get(resource).into_iter().flatten();
    let (functions, evidence): (BTreeSet<Arn>, BTreeSet<EvidenceId>) =
        readers.filter_map(|(function, id)| Some((function_of(function)?, (*id).clone()))).unzip();
    (functions.into_iter().collect(), evidence)
}
