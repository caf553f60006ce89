//! Selects the evidence that no outsider can write, for what is done unattended.
//!
//! Configuration, CloudTrail and metrics in namespaces that are reserved for AWS services are such evidence; log lines and
//! custom metrics are not. Traces anybody may write who may call `PutTraceSegments`. A traced call counts only between two
//! resources of the application that both fail by their own metrics, the callee no later than the caller: whoever wrote
//! it, what is put back then is what itself fails, from the very period of its own change.

use std::collections::BTreeMap;

use common::{
    Arn, Evidence, Observed,
    findings::{EngineFindings, EngineSuspect, EngineVerdict, MetricsVerdict},
    telemetry::CallGraph,
};
use jiff::Timestamp;

use crate::evidence::evidence_index::EvidenceIndex;

/// Returns the evidence that no outsider can write, with what metrics alone make the engine conclude.
pub fn measured_evidence(all: &[Evidence]) -> Vec<Evidence> {
    let index = EvidenceIndex::new(all);
    let failing: BTreeMap<&Arn, Timestamp> = index
        .engine
        .into_iter()
        .flat_map(|engine| &engine.fact.courses)
        .filter(|course| course.shows_failures && index.members.contains_key(&course.resource))
        .filter_map(|course| Some((&course.resource, course.abnormal_since?)))
        .collect();
    all.iter()
        .filter_map(|one| match &one.observed {
            _ if one.trusted => Some(one.clone()),
            Observed::Engine { findings } => {
                let findings = by_metrics(findings, findings.by_metrics.as_ref()?);
                Some(Evidence { observed: Observed::Engine { findings }, ..one.clone() })
            }
            Observed::Calls { graph } => {
                let graph = borne_out(graph, &failing);
                Some(Evidence { observed: Observed::Calls { graph }, ..one.clone() })
            }
            _ => None,
        })
        .collect()
}

fn by_metrics(findings: &EngineFindings, verdict: &MetricsVerdict) -> EngineFindings {
    let is_cleared = |resource: &Option<Arn>| {
        resource.as_ref().is_some_and(|resource| verdict.ruled_out.contains(resource))
    };
    let suspect = findings.suspects.iter().find(|one| one.resource.as_ref() == Some(&verdict.suspect));
    EngineFindings {
        verdict: EngineVerdict::RootCause,
        suspects: suspect
            .map(|one| EngineSuspect { confidence: verdict.confidence, ..one.clone() })
            .into_iter()
            .collect(),
        ruled_out: findings.ruled_out.iter().filter(|out| is_cleared(&out.resource)).cloned().collect(),
        by_metrics: None,
        ..findings.clone()
    }
}

/// Returns the calls between what fails, where the callee failed no later than the caller.
fn borne_out(graph: &CallGraph, failing: &BTreeMap<&Arn, Timestamp>) -> CallGraph {
    let since: BTreeMap<String, Timestamp> =
        failing.iter().map(|(arn, since)| (arn.to_string(), *since)).collect();
    let is_seen = |call: &&common::telemetry::Call| {
        let ends = since.get(&call.caller).zip(since.get(&call.callee));
        ends.is_some_and(|(caller, callee)| callee <= caller)
    };
    CallGraph {
        nodes: graph.nodes.iter().filter(|node| since.contains_key(&node.id())).cloned().collect(),
        calls: graph.calls.iter().filter(is_seen).cloned().collect(),
    }
}
