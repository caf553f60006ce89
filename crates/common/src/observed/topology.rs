//! Maps which component depends on which, as far as it is known. The map is drawn from traces, configuration
//! and permissions, and is kept so that the next incident need not draw it anew.

mod assemble;
mod cap;
mod merge;
mod reach;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Arn, Gap, PortError,
    evidence::{ConnectionSource, ReadSource},
    telemetry::CallGraph,
    untrusted_text::one_line,
};

pub use assemble::{TopologyReadings, assembled};
pub use cap::{Caps, STORED};

/// Names are whatever a program calls itself.
const LABEL_CHARS: usize = 120;

/// Holds the components of an application and their connections. Parts may be missing; `gaps` says which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopologyMap {
    pub components: Vec<Component>,
    pub edges: Vec<Edge>,
    /// The time when the map's oldest part was read.
    pub read_at: Timestamp,
    #[serde(default)]
    pub gaps: Vec<Gap>,
}

/// Holds the components and connections that one source knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Connected {
    pub components: Vec<Component>,
    pub edges: Vec<Edge>,
    /// Lists what the source could not read, or left out.
    pub gaps: Vec<Gap>,
    /// The source; [`ReadSource::Unrecorded`] for what several together know.
    pub source: ReadSource,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// The component's ARN, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Arn>,
    /// The name that its source gives it: text from outside, which is not trusted.
    pub name: String,
    /// AWS's word, `AWS::Lambda::Function`, or the service's prefix in ARNs where nothing says more.
    pub kind: String,
    /// The application that its tag names, as far as that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
}

/// `from` depends on `to`, unless `kind` says otherwise. Both are [`Component::id`]s.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    pub from: String,
    pub to: String,
    pub kind: EdgeKind,
    /// True if the connection is only possible: a permission, which may never be used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub weak: bool,
}

/// Says which source shows that two components are connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKind {
    /// Traces show the call.
    Calls,
    /// An event-source mapping: a queue, table or stream is emptied by its function.
    EmptiedBy,
    /// A load balancer sends requests to its target.
    Targets,
    /// A rule or schedule starts its target.
    Triggers,
    /// The one is the stack that made the other: they belong together, and neither depends on the other.
    StackOf,
    /// A role's permission names the resource.
    MayUse,
}

impl EdgeKind {
    pub const ALL: [Self; 6] =
        [Self::Calls, Self::EmptiedBy, Self::Targets, Self::Triggers, Self::StackOf, Self::MayUse];

    /// Returns true if a failure of `to` could become a failure of `from`.
    pub const fn is_dependency(self) -> bool {
        !matches!(self, Self::StackOf)
    }

    /// Between the names of the two, as people read it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::EmptiedBy => "is emptied by",
            Self::Targets => "targets",
            Self::Triggers => "triggers",
            Self::StackOf => "is the stack of",
            Self::MayUse => "may use",
        }
    }
}

impl Component {
    pub fn from_resource(resource: Arn, kind: &str) -> Self {
        Self { name: resource.name(), kind: kind.to_owned(), resource: Some(resource), application: None }
    }

    /// Returns a component without an ARN, known by its name alone.
    pub fn named(name: &str, kind: &str) -> Self {
        Self { resource: None, name: name.to_owned(), kind: kind.to_owned(), application: None }
    }

    /// Names the component within a map, and the same one across maps and call graphs.
    pub fn id(&self) -> String {
        self.resource.as_ref().map_or_else(|| format!("{} {}", self.kind, self.name), Arn::to_string)
    }

    /// Name and kind as people read them, in one line.
    pub fn label(&self) -> String {
        let kind = match &self.resource {
            Some(resource) => resource.service().to_owned(),
            None => self.kind.trim_start_matches("AWS::").replace("::", " "),
        };
        // `table/orders`, where nobody gave a better name.
        let is_path = self.resource.as_ref().is_some_and(|resource| resource.resource() == self.name);
        let name = self.name.split_once(['/', ':']).filter(|_| is_path).map_or(&*self.name, |(_, name)| name);
        one_line(&format!("{name} ({kind})"), LABEL_CHARS)
    }
}

impl Edge {
    pub fn new(from: String, kind: EdgeKind, to: String) -> Self {
        Self { from, to, kind, weak: kind == EdgeKind::MayUse }
    }
}

impl Connected {
    /// A call graph, all of whose calls are of one kind.
    pub fn of_calls(graph: &CallGraph, kind: EdgeKind) -> Self {
        let component = |node: &crate::telemetry::CallNode| Component {
            resource: node.resource.clone(),
            name: node.name.clone(),
            kind: node.kind.clone(),
            application: None,
        };
        let edge = |call: &crate::telemetry::Call| Edge::new(call.caller.clone(), kind, call.callee.clone());
        Self {
            components: graph.nodes.iter().map(component).collect(),
            edges: graph.calls.iter().map(edge).collect(),
            gaps: Vec::new(),
            source: ReadSource::default(),
        }
    }

    /// Returns an empty value for one source of connections.
    pub fn from_source(source: ConnectionSource) -> Self {
        Self { source: ReadSource::Connections(source), ..Self::default() }
    }

    /// Both components, and that the one leads to the other.
    pub fn connect(&mut self, from: Component, kind: EdgeKind, to: Component) {
        self.edges.push(Edge::new(from.id(), kind, to.id()));
        self.components.extend([from, to]);
    }

    /// Records a call of this source that failed. No conclusion rests on a map.
    pub fn missed(&mut self, error: &PortError) {
        self.gaps.push(Gap::from_error(self.source.clone(), error).as_context());
    }

    /// Records what of this source was left out. No conclusion rests on a map.
    pub fn gap(&mut self, operation: &str, reason: &str) {
        self.gaps.push(Gap::new(self.source.clone(), operation, reason).as_context());
    }
}

impl TopologyMap {
    pub const fn empty(read_at: Timestamp) -> Self {
        Self { components: Vec::new(), edges: Vec::new(), read_at, gaps: Vec::new() }
    }

    pub fn from_connected(connected: Connected, read_at: Timestamp) -> Self {
        let Connected { components, edges, gaps, .. } = connected;
        Self { components, edges, read_at, gaps }.normal()
    }

    /// Returns the time since the map was read; zero where a clock was wrong.
    pub fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.read_at).max(SignedDuration::ZERO)
    }

    pub fn component(&self, id: &str) -> Option<&Component> {
        self.components.iter().find(|component| component.id() == id)
    }

    /// Returns the component's [`Component::label`], or the id where only an edge names the component.
    pub fn label(&self, id: &str) -> String {
        self.component(id).map_or_else(|| one_line(id, LABEL_CHARS), Component::label)
    }

    /// The ids that a resource goes by: its own, and that of the only component that bears its name and
    /// is no other resource, as a traced program that calls itself what its service is called.
    pub fn ids_of(&self, resource: &Arn) -> BTreeSet<String> {
        let component = resource.component();
        let mut ids = BTreeSet::from([component.to_string()]);
        let name = component.name();
        let name = name.rsplit('/').next().unwrap_or(&name);
        // A remote address is nobody's resource, and of two of one name neither is known to be it.
        let named = |of: &&Component| of.resource.is_none() && of.kind != "remote" && of.name == name;
        let mut found = self.components.iter().filter(named);
        if let (Some(only), None) = (found.next(), found.next()) {
            ids.insert(only.id());
        }
        ids
    }
}

#[cfg(test)]
mod tests;
