//! Defines the ports of the model, its budget, its transcript, earlier incidents, and what the team adds.

use jiff::Timestamp;
use serde_json::Value;

use super::{PortError, Reading};
use crate::{
    IncidentId,
    context_source::{ContextSource, Note, Scope},
    model::{ModelRequest, ModelResponse, ToolDefinition},
    money::MicroUsd,
    precedent::Precedent,
    reasoning::ReasoningStep,
};

/// A language model.
pub trait Model {
    /// Returns the model's next turn.
    async fn converse(&self, request: &ModelRequest) -> Result<ModelResponse, PortError>;
}

/// The budget for the model: money is set aside before each request so that a crash cannot spend it twice.
pub trait Spending {
    /// Sets `amount` aside for the incident and the UTC day of `at`, unless that passes a cap.
    async fn reserve(
        &self,
        incident: IncidentId,
        at: Timestamp,
        amount: MicroUsd,
        caps: Caps,
    ) -> Result<Reserved, PortError>;

    /// Gives back what of `reserved` was not `spent`, or adds what was spent beyond it, whatever the caps.
    /// `at` is that of the reservation.
    async fn settle(
        &self,
        incident: IncidentId,
        at: Timestamp,
        reserved: MicroUsd,
        spent: MicroUsd,
    ) -> Result<(), PortError>;

    /// Counts `incident` among those investigated for `application` in the UTC hour of `at`; `false`
    /// where `most` others were. Asked again for the same incident, it says the same.
    async fn admit(
        &self,
        incident: IncidentId,
        application: &str,
        at: Timestamp,
        most: u32,
    ) -> Result<bool, PortError>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    pub incident: MicroUsd,
    pub day: MicroUsd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserved {
    Granted,
    IncidentCap,
    DayCap,
}

/// Stores what the model was asked and answered, for whoever asks why.
pub trait Reasoning {
    /// Stores a step; stored again, it replaces the same step of the same line.
    async fn put_step(&self, step: &ReasoningStep) -> Result<(), PortError>;

    /// Returns the steps by investigation, line and step.
    async fn steps(&self, incident: IncidentId) -> Result<Vec<ReasoningStep>, PortError>;
}

/// Stores what later incidents of an application are to know of this one.
pub trait Precedents {
    /// Stores a precedent.
    async fn remember(&self, precedent: &Precedent) -> Result<(), PortError>;

    /// Returns the newest `most` of the application, newest first, with the outcomes of their incidents.
    async fn precedents(&self, application: &str, most: u32) -> Result<Reading<Vec<Precedent>>, PortError>;
}

/// Reads the optional sources of context.
pub trait ContextSources {
    /// Returns what the source knows about `scope`.
    async fn look(&self, source: ContextSource, scope: &Scope) -> Result<Reading<Vec<Note>>, PortError>;
}

/// Reads what the team knows: its runbooks and its steering.
pub trait TeamKnowledge {
    /// Returns the Markdown files of the team's own, by name without folders; none where none are configured.
    async fn files(&self) -> Result<Reading<Vec<(String, String)>>, PortError>;

    /// Returns passages of a knowledge base, best first; none where none is configured.
    async fn passages(&self, question: &str, most: u32) -> Result<Reading<Vec<String>>, PortError>;
}

/// The team's own read-only tools.
pub trait TeamTools {
    /// Returns the tools that are allowed by name, and the errors of the servers that could not be listed.
    async fn definitions(&self) -> (Vec<ToolDefinition>, Vec<PortError>);

    /// Calls a tool and returns the text of its answer, which is as untrusted as any.
    async fn call(&self, name: &str, input: &Value) -> Result<String, PortError>;
}

/// Counts for a metric.
pub trait Counters {
    fn count(&self, metric: &'static str, kind: &str, by: u32);
}
