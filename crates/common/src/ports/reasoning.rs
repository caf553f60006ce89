//! A model, what may be spent on it, what was said, and what the team adds to it.

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
    async fn converse(&self, request: &ModelRequest) -> Result<ModelResponse, PortError>;
}

/// What may be spent, set aside before each request so that a crash cannot spend it twice.
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

/// What was said, kept for whoever asks why.
pub trait Reasoning {
    /// Kept again, it is the same step of the same line, as it is then.
    async fn put_step(&self, step: &ReasoningStep) -> Result<(), PortError>;

    /// By investigation, line and step.
    async fn steps(&self, incident: IncidentId) -> Result<Vec<ReasoningStep>, PortError>;
}

/// Earlier incidents.
pub trait Precedents {
    async fn remember(&self, precedent: &Precedent) -> Result<(), PortError>;

    /// The newest `most` of the application, newest first, with the outcomes of their incidents.
    async fn precedents(&self, application: &str, most: u32) -> Result<Reading<Vec<Precedent>>, PortError>;
}

/// Sources of context.
pub trait ContextSources {
    async fn look(&self, source: ContextSource, scope: &Scope) -> Result<Reading<Vec<Note>>, PortError>;
}

/// What the team knows: its runbooks and its steering.
pub trait TeamKnowledge {
    /// The Markdown files of the team's own, by name without folders; none where none are configured.
    async fn files(&self) -> Result<Reading<Vec<(String, String)>>, PortError>;

    /// Passages of a knowledge base, best first; none where none is configured.
    async fn passages(&self, question: &str, most: u32) -> Result<Reading<Vec<String>>, PortError>;
}

/// The team's own read-only tools.
pub trait TeamTools {
    /// Those that are allowed by name, each with why a server's could not be listed.
    async fn definitions(&self) -> (Vec<ToolDefinition>, Vec<PortError>);

    /// The text of its answer, which is as untrusted as any.
    async fn call(&self, name: &str, input: &Value) -> Result<String, PortError>;
}

/// Counts for a metric.
pub trait Counters {
    fn count(&self, metric: &'static str, kind: &str, by: u32);
}
