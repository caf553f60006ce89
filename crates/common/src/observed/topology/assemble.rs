//! Assembles one map from the answers of several sources.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Component, Connected, EdgeKind, TopologyMap};
use crate::{Arn, Gap, telemetry::CallGraph};

/// Holds the answers of a map's sources, each of which may have failed or not have been asked.
#[derive(Debug, Default)]
pub struct TopologyReadings {
    pub calls: Option<Result<CallGraph, Gap>>,
    pub event_sources: Option<Result<CallGraph, Gap>>,
    /// The resources that carry the application's tag.
    pub members: Option<Result<Vec<Arn>, Gap>>,
    pub connections: Vec<Result<Connected, Gap>>,
}

impl TopologyReadings {
    /// Returns `true` where something was asked and nothing at all could be read.
    pub fn failed(&self) -> bool {
        let graphs = [&self.calls, &self.event_sources].into_iter().flatten().map(Result::is_err);
        let connections = self.connections.iter().map(Result::is_err);
        let members = self.members.iter().map(Result::is_err);
        let mut asked = graphs.chain(connections).chain(members).peekable();
        asked.peek().is_some() && asked.all(|failed| failed)
    }
}

/// Assembles the map. If the members of an application are known, only the part connected to them is kept; `also`
/// belongs to them whatever its tag. Without an application, or if its members could not be read, all is kept.
pub fn assembled(
    readings: TopologyReadings,
    application: Option<&str>,
    also: &[Arn],
    read_at: Timestamp,
) -> TopologyMap {
    let mut all = Connected::default();
    let graphs = [(readings.calls, EdgeKind::Calls), (readings.event_sources, EdgeKind::EmptiedBy)];
    for (reading, kind) in graphs.into_iter().filter_map(|(reading, kind)| Some((reading?, kind))) {
        if let Some(graph) = all.accept(reading) {
            all.add(Connected::of_calls(&graph, kind));
        }
    }
    for reading in readings.connections {
        if let Some(connected) = all.accept(reading) {
            all.add(connected);
        }
    }
    let members = readings.members.and_then(|reading| all.accept(reading));
    let members: Option<BTreeSet<Arn>> = members.map(|members| members.iter().map(Arn::component).collect());
    for member in members.iter().flatten() {
        all.components.push(Component {
            application: application.map(str::to_owned),
            ..Component::from_resource(member.clone(), member.service())
        });
    }
    let also: BTreeSet<Arn> = also.iter().map(Arn::component).collect();
    all.components.extend(also.iter().map(|arn| Component::from_resource(arn.clone(), arn.service())));
    let map = TopologyMap::from_connected(all, read_at);
    match members {
        Some(members) if application.is_some() => {
            let ids = members.union(&also).flat_map(|arn| map.ids_of(arn)).collect();
            map.around(&ids)
        }
        _ => map,
    }
}

impl Connected {
    fn add(&mut self, other: Self) {
        self.components.extend(other.components);
        self.edges.extend(other.edges);
        self.gaps.extend(other.gaps);
    }

    /// Returns what was read; a gap of a map is never essential.
    fn accept<T>(&mut self, reading: Result<T, Gap>) -> Option<T> {
        reading.map_err(|gap| self.gaps.push(gap.as_context())).ok()
    }
}
