//! Finds what lies around the symptom of a recording: its own components, what they call, and the rest of their
//! application.

use std::collections::{BTreeMap, BTreeSet};

use common::{Arn, ResourceKind, Signal};
use ingest::ParsedEvent;

use crate::{Recording, account::APPLICATION_TAG};

/// The components that the event is about, alarms left out.
pub(crate) fn symptom_components(signal: &Signal) -> Vec<Arn> {
    let mut found = Vec::new();
    for arn in &signal.resources {
        let component = arn.component();
        if !matches!(arn.kind(), ResourceKind::Alarm { .. }) && !found.contains(&component) {
            found.push(component);
        }
    }
    found
}

/// The resources that call `component`, are called by it or are read by it, each once.
pub(crate) fn neighbours(recording: &Recording, component: &Arn) -> Vec<Arn> {
    let component = component.component();
    let calls = calls(recording).into_iter().filter_map(|(caller, callee)| {
        if caller == component { Some(callee) } else { (callee == component).then_some(caller) }
    });
    let found: BTreeSet<Arn> = calls.filter(|arn| *arn != component).collect();
    found.into_iter().collect()
}

/// The components that `from` calls, directly or through others, the nearest first; none of `from`.
pub(crate) fn callees(recording: &Recording, from: &[Arn]) -> Vec<Arn> {
    let mut by_caller: BTreeMap<Arn, Vec<Arn>> = BTreeMap::new();
    for (caller, callee) in calls(recording) {
        by_caller.entry(caller).or_default().push(callee);
    }
    let mut seen: BTreeSet<Arn> = from.iter().cloned().collect();
    let (mut found, mut level) = (Vec::new(), from.to_vec());
    while !level.is_empty() {
        let called: BTreeSet<Arn> =
            level.iter().filter_map(|caller| by_caller.get(caller)).flatten().cloned().collect();
        level = called.into_iter().filter(|arn| seen.insert(arn.clone())).collect();
        found.extend(level.iter().cloned());
    }
    found
}

/// The application of the symptom: that of the tag of one of its components, or the one that the event names.
pub(crate) fn application(recording: &Recording) -> Option<String> {
    let ParsedEvent::Signal(signal) = &recording.reading else { return None };
    let tag = |arn: &Arn| recording.resources.by_arn.get(arn)?.tags.get(APPLICATION_TAG).cloned();
    let of_components = signal.resources.iter().find_map(|arn| tag(arn).or_else(|| tag(&arn.component())));
    signal.application.clone().or(of_components)
}

/// The components of `application` by their tags, in the order of their ARNs.
pub(crate) fn members(recording: &Recording, application: &str) -> Vec<Arn> {
    let tagged = recording.resources.by_arn.iter();
    let tagged = tagged
        .filter(|(_, recorded)| recorded.tags.get(APPLICATION_TAG).is_some_and(|name| name == application));
    let found: BTreeSet<Arn> = tagged.map(|(arn, _)| arn.component()).collect();
    found.into_iter().collect()
}

/// Each pair is a component and what it depends on: by calls, by event sources, by configured connections, and by the
/// parameters that a function reads.
fn calls(recording: &Recording) -> BTreeSet<(Arn, Arn)> {
    let graphs = &recording.graphs;
    let mut found: BTreeSet<(Arn, Arn)> = BTreeSet::new();
    for graph in [&graphs.traced, &graphs.configured] {
        let by_id: BTreeMap<String, &Arn> =
            graph.nodes.iter().filter_map(|node| Some((node.id(), node.resource.as_ref()?))).collect();
        let resolved = graph.calls.iter().filter_map(|call| {
            let component = |id: &String| by_id.get(id).map(|resource| resource.component());
            Some((component(&call.caller)?, component(&call.callee)?))
        });
        found.extend(resolved);
    }
    found.extend(graphs.event_sources.iter().map(|(from, to)| (from.component(), to.component())));
    for (arn, recorded) in &recording.resources.by_arn {
        found.extend(recorded.reads.iter().map(|parameter| (arn.component(), parameter.clone())));
    }
    found
}
