//! Holds the symptom's context: which components its calls lead to, and the engine's verdict on each. Both
//! only ever change the confidence in a playbook's cause: what may be done about it stays the policy's to
//! decide.

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Arn, EvidenceId, ResourceKind, Signal,
    findings::{EngineFindings, EngineSuspect, EngineVerdict},
};

use crate::{
    engine::engine_verdict::{CONFIDENT, ComponentVerdict, MAX_WITHOUT_METRIC},
    evidence::call_graph::{CallIndex, symptom_component},
    evidence::evidence_index::{Cited, EvidenceIndex},
    evidence::load_balancers::balancers_in_front_of,
    evidence::text::{VALUE_CHARS, one_line},
};

/// The surroundings of the symptom, as the evidence shows them.
#[derive(Debug, Default)]
pub struct SymptomContext<'a> {
    /// The number of calls from the symptom to a component, by the component's id.
    hops: BTreeMap<String, u32>,
    /// The ids of what calls the symptom's component itself.
    callers: BTreeSet<&'a str>,
    calls: CallIndex<'a>,
    graphs: BTreeSet<EvidenceId>,
    engine: Option<Cited<'a, EngineFindings>>,
    usual_symptom: Option<&'a EvidenceId>,
}

impl<'a> SymptomContext<'a> {
    /// Returns the context of the symptom that `signal` reports.
    pub fn new(signal: &Signal, index: &EvidenceIndex<'a>) -> Self {
        let calls = CallIndex::new(index.graphs.iter().map(|seen| seen.fact));
        let own = symptom_component(signal).map(|component| calls.node_id(&component));
        let hops = own.as_ref().map(|id| calls.reachable_from(id).into_iter().collect()).unwrap_or_default();
        let callers = own.map(|id| calls.callers_of(&id)).unwrap_or_default();
        let graphs = index.graphs.iter().map(|seen| seen.id.clone()).collect();
        Self {
            hops,
            callers,
            calls,
            graphs,
            engine: index.engine,
            usual_symptom: index.evidence_of_usual_symptom(),
        }
    }

    /// Returns the evidence that calls lead from the symptom to one of `components`; `None` where none do. The
    /// symptom's own component is not called by itself.
    pub fn evidence_of_calls_to(&self, components: &[Arn]) -> Option<&BTreeSet<EvidenceId>> {
        let called =
            |component: &Arn| self.hops.get(&self.calls.node_id(component)).is_some_and(|hops| *hops > 0);
        components.iter().any(called).then_some(&self.graphs)
    }

    /// Returns the evidence that calls lead from the symptom to one of `components`, or from one of them to the symptom:
    /// what starts it may have stopped. `None` where none do.
    pub fn evidence_of_connection_with(&self, components: &[Arn]) -> Option<&BTreeSet<EvidenceId>> {
        let starts = |component: &Arn| self.callers.contains(self.calls.node_id(component).as_str());
        let started = components.iter().any(starts).then_some(&self.graphs);
        self.evidence_of_calls_to(components).or(started)
    }

    /// Returns the engine's first suspect, with its evidence, where the engine names a root cause.
    pub fn first_suspect(&self) -> Option<(&'a EngineSuspect, &'a EvidenceId)> {
        let seen = self.engine?;
        (seen.fact.verdict == EngineVerdict::RootCause)
            .then(|| seen.fact.suspects.first())
            .flatten()
            .map(|first| (first, seen.id))
    }

    /// Returns the evidence that the symptom's own metric is no worse than usual.
    pub const fn evidence_of_usual_symptom(&self) -> Option<&'a EvidenceId> {
        self.usual_symptom
    }

    /// Returns the engine's verdict on a candidate that is, or is a part of, all of `components`: it is suspected with
    /// any of them, and cleared only with every one of them.
    pub fn verdict_on(&self, components: &[Arn]) -> ComponentVerdict {
        let mut all: Vec<ComponentVerdict> =
            components.iter().map(|component| self.verdict_on_component(component)).collect();
        let rank = |verdict: &ComponentVerdict| match verdict {
            ComponentVerdict::Suspected { rank, .. } => *rank,
            ComponentVerdict::NotNamed => u32::MAX.saturating_sub(1),
            ComponentVerdict::Cleared { .. } => u32::MAX,
        };
        all.sort_by_key(rank);
        all.into_iter().next().unwrap_or_default()
    }

    /// Returns the verdict on the alarm itself: a cause that is seen elsewhere is there however the alarm is set.
    pub fn verdict_on_alarm(&self) -> ComponentVerdict {
        self.first_suspect().map_or(ComponentVerdict::NotNamed, |(first, id)| ComponentVerdict::Cleared {
            why: format!("the alarm's threshold is not the cause: {} is outside its usual range", first.name),
            confidence: first.confidence,
            evidence: id.clone(),
        })
    }

    fn verdict_on_component(&self, component: &Arn) -> ComponentVerdict {
        let (Some((first, id)), Some(engine)) = (self.first_suspect(), self.engine) else {
            return ComponentVerdict::NotNamed;
        };
        let is_it = |resource: &Option<Arn>| resource.as_ref() == Some(component);
        let cleared = |why: String| ComponentVerdict::Cleared {
            why,
            confidence: first.confidence,
            evidence: id.clone(),
        };
        let ranked = (1u32..).zip(&engine.fact.suspects).find(|(_, suspect)| is_it(&suspect.resource));
        let out = engine.fact.ruled_out.iter().find(|out| is_it(&out.resource));
        match (ranked, out) {
            (Some((1, suspect)), _) => {
                // Log lines and traces are anybody's to write who may write any; a metric of a resource
                // comes from AWS.
                let proven = suspect.strongest_metric.is_some() && engine.fact.symptom_judged;
                let confidence =
                    if proven { suspect.confidence } else { suspect.confidence.min(MAX_WITHOUT_METRIC) };
                ComponentVerdict::Suspected { rank: 1, confidence, evidence: id.clone() }
            }
            (_, Some(out)) => cleared(format!("{}: {}", out.name, out.why)),
            (Some((_, suspect)), None) if first.confidence >= CONFIDENT => cleared(format!(
                "{}: the root-cause engine ranks {} first (confidence {:.0} %)",
                suspect.name,
                first.name,
                first.confidence * 100.0
            )),
            (Some((rank, suspect)), None) => {
                ComponentVerdict::Suspected { rank, confidence: suspect.confidence, evidence: id.clone() }
            }
            (None, None) => ComponentVerdict::NotNamed,
        }
    }
}

/// Returns the components that a resource is, or is a part of, with the evidence: an alias is a part of its function, a
/// parameter of the functions that were seen to read it, a service of the load balancers that send requests to it alone,
/// and what has no metrics of its own (a bucket, a record, a role) of what uses it, where its failure shows.
pub fn components_of(resource: &Arn, index: &EvidenceIndex<'_>) -> (Vec<Arn>, BTreeSet<EvidenceId>) {
    if matches!(resource.kind(), ResourceKind::Service { .. }) {
        let (balancers, evidence) = balancers_in_front_of(resource, index);
        return (std::iter::once(resource.component()).chain(balancers).collect(), evidence);
    }
    if matches!(resource.kind(), ResourceKind::Parameter { .. }) {
        let readers = index.readers.get(resource).into_iter().flatten();
        let (functions, evidence): (BTreeSet<Arn>, BTreeSet<EvidenceId>) =
            readers.filter_map(|(function, id)| Some((function.function()?, (*id).clone()))).unzip();
        return (functions.into_iter().collect(), evidence);
    }
    let own = resource.component();
    if MEASURED.contains(&resource.service()) {
        return (vec![own], BTreeSet::new());
    }
    let id = own.to_string();
    let mut found = vec![own];
    let mut evidence = BTreeSet::new();
    for graph in &index.graphs {
        let ends = graph.fact.calls.iter().filter_map(|call| match (call.caller == id, call.callee == id) {
            (true, false) => Some(&call.callee),
            (false, true) => Some(&call.caller),
            _ => None,
        });
        for end in ends {
            let user = graph.fact.nodes.iter().find(|node| node.id() == *end);
            if let Some(user) =
                user.and_then(|node| node.resource.as_ref()).filter(|user| !found.contains(user))
            {
                found.push(user.clone());
                evidence.insert(graph.id.clone());
            }
        }
    }
    (found, evidence)
}

/// The services whose resources have metrics that the engine judges.
const MEASURED: [&str; 9] =
    ["dynamodb", "ecs", "elasticache", "kinesis", "lambda", "rds", "sqs", "states", "cloudwatch"];

/// Returns the calls that lead from the symptom to a component as a sentence of its own; empty where the component is
/// the symptom's own.
pub fn call_path(path: &[String]) -> String {
    if path.len() < 2 {
        return String::new();
    }
    let names: Vec<_> = path.iter().map(|name| one_line(name, VALUE_CHARS)).collect();
    format!(" Call path from the symptom: {}.", names.join(" → "))
}
