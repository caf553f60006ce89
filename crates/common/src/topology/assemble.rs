//! One map of what several looks showed.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Component, Connected, EdgeKind, TopologyMap};
use crate::{Arn, PortError, ports::Reading, telemetry::CallGraph};

/// What the sources showed, each of which may have failed or not have been asked.
#[derive(Debug, Default)]
pub struct Looks {
    pub calls: Option<Result<Reading<CallGraph>, PortError>>,
    pub event_sources: Option<Result<Reading<CallGraph>, PortError>>,
    /// What carries the application's tag.
    pub members: Option<Result<Reading<Vec<Arn>>, PortError>>,
    pub connections: Vec<Result<Reading<Connected>, PortError>>,
}

impl Looks {
    /// Whether nothing at all could be read.
    pub fn failed(&self) -> bool {
        let graphs = [&self.calls, &self.event_sources].into_iter().flatten().map(Result::is_err);
        let connections = self.connections.iter().map(Result::is_err);
        let members = self.members.iter().map(Result::is_err);
        let mut asked = graphs.chain(connections).chain(members).peekable();
        asked.peek().is_some() && asked.all(|failed| failed)
    }
}

/// The map. Of an application whose members are known, that part which hangs together with them; `also`
/// is what belongs to them whatever its tag. Of none, or where its members could not be read, all.
pub fn assembled(looks: Looks, application: Option<&str>, also: &[Arn], read_at: Timestamp) -> TopologyMap {
    let mut all = Connected::default();
    let graphs = [(looks.calls, EdgeKind::Calls), (looks.event_sources, EdgeKind::EmptiedBy)];
    for (look, kind) in graphs.into_iter().filter_map(|(look, kind)| Some((look?, kind))) {
        if let Some(graph) = all.found(look) {
            all.add(Connected::of_calls(&graph, kind));
        }
    }
    for look in looks.connections {
        if let Some(connected) = all.found(look) {
            all.add(connected);
        }
    }
    let members = looks.members.and_then(|look| all.found(look));
    let members: Option<BTreeSet<Arn>> = members.map(|members| members.iter().map(Arn::component).collect());
    for member in members.iter().flatten() {
        all.components.push(Component {
            application: application.map(str::to_owned),
            ..Component::of(member.clone(), member.service())
        });
    }
    let also: BTreeSet<Arn> = also.iter().map(Arn::component).collect();
    all.components.extend(also.iter().map(|arn| Component::of(arn.clone(), arn.service())));
    let map = TopologyMap::of(all, read_at);
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

    /// What was looked for, or a gap.
    fn found<T>(&mut self, look: Result<Reading<T>, PortError>) -> Option<T> {
        look.map(|look| look.value).map_err(|error| self.missed(&error)).ok()
    }
}
