//! Defines the brief of an investigation: everything that is known before the model is asked.

use common::{
    ActionId, Arn, Evidence, Gap, Hypothesis, Incident, diagnosis::RuledOut, model::ToolDefinition,
};

/// Everything that is known before the model is asked, and the closed lists that its answer is held to.
#[derive(Debug, Clone, Copy)]
pub struct Brief<'a> {
    pub incident: &'a Incident,
    pub attempt: u32,
    pub evidence: &'a [Evidence],
    pub gaps: &'a [Gap],
    /// As the playbooks and the engine rank them, best first.
    pub hypotheses: &'a [Hypothesis],
    pub ruled_out: &'a [RuledOut],
    /// The only components that may be named.
    pub components: &'a [Arn],
    /// The only actions that may be proposed.
    pub actions: &'a [ActionId],
    /// The runbooks that may fit, best first.
    pub runbooks: &'a [RunbookMatch],
    /// The text that the team wants every investigation to know. It is data like everything else.
    pub steering: Option<&'a str>,
    /// The team's own tools, each under the name that [`crate::ReadOnlyTools::call`] knows it by.
    pub team_tools: &'a [ToolDefinition],
    /// The fence's token: 16 to 64 letters and digits that nobody can guess, drawn anew for each
    /// investigation.
    pub fence: &'a str,
}

/// The place that a [`RunbookMatch`] is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunbookSource {
    /// A runbook that ships with Nightshift, or of the team's own.
    Library,
    /// A passage of the team's knowledge base.
    KnowledgeBase,
}

/// A runbook, or a passage of the knowledge base, that may fit the incident.
#[derive(Debug, Clone, PartialEq)]
pub struct RunbookMatch {
    pub source: RunbookSource,
    pub id: String,
    pub title: String,
    /// The condition under which it applies, in the team's words.
    pub applies: String,
    pub body: String,
    /// The search score, where it was searched for; higher fits better.
    pub score: Option<f64>,
}
