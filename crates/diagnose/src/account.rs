//! Bundles the ports that a diagnosis reads the account with: a port for each thing that is read, none of
//! which writes.

use common::ports::{
    AlarmHistory, Changes, Connections, ContextSources, Logs, Metrics, Resources, SecurityFindings, Symptoms,
    TeamKnowledge, TeamTools, Topology, Traces,
};

/// The account that a diagnosis reads, with what the team adds to it.
pub trait Account {
    type Symptoms: Symptoms;
    type Alarms: AlarmHistory;
    type Topology: Topology;
    type Changes: Changes;
    type Resources: Resources;
    type Findings: SecurityFindings;
    type Traces: Traces;
    type Metrics: Metrics;
    type Logs: Logs;
    type Context: ContextSources;
    type Connections: Connections;
    type Knowledge: TeamKnowledge;
    type TeamTools: TeamTools;

    fn symptoms(&self) -> &Self::Symptoms;
    fn alarms(&self) -> &Self::Alarms;
    fn topology(&self) -> &Self::Topology;
    fn changes(&self) -> &Self::Changes;
    fn resources(&self) -> &Self::Resources;
    fn findings(&self) -> &Self::Findings;
    fn traces(&self) -> &Self::Traces;
    fn metrics(&self) -> &Self::Metrics;
    fn logs(&self) -> &Self::Logs;
    /// The optional sources of context.
    fn context(&self) -> &Self::Context;
    fn connections(&self) -> &Self::Connections;
    fn knowledge(&self) -> &Self::Knowledge;
    fn team_tools(&self) -> &Self::TeamTools;
}

/// An account whose every port is the same thing: a fake, or a recording.
#[derive(Debug, Clone)]
pub struct OneAccount<Port>(pub Port);

impl<Port> Account for OneAccount<Port>
where
    Port: Symptoms
        + AlarmHistory
        + Topology
        + Changes
        + Resources
        + SecurityFindings
        + Traces
        + Metrics
        + Logs
        + ContextSources
        + Connections
        + TeamKnowledge
        + TeamTools,
{
    type Symptoms = Port;
    type Alarms = Port;
    type Topology = Port;
    type Changes = Port;
    type Resources = Port;
    type Findings = Port;
    type Traces = Port;
    type Metrics = Port;
    type Logs = Port;
    type Context = Port;
    type Connections = Port;
    type Knowledge = Port;
    type TeamTools = Port;

    fn symptoms(&self) -> &Port {
        &self.0
    }

    fn alarms(&self) -> &Port {
        &self.0
    }

    fn topology(&self) -> &Port {
        &self.0
    }

    fn changes(&self) -> &Port {
        &self.0
    }

    fn resources(&self) -> &Port {
        &self.0
    }

    fn findings(&self) -> &Port {
        &self.0
    }

    fn traces(&self) -> &Port {
        &self.0
    }

    fn metrics(&self) -> &Port {
        &self.0
    }

    fn logs(&self) -> &Port {
        &self.0
    }

    fn context(&self) -> &Port {
        &self.0
    }

    fn connections(&self) -> &Port {
        &self.0
    }

    fn knowledge(&self) -> &Port {
        &self.0
    }

    fn team_tools(&self) -> &Port {
        &self.0
    }
}
