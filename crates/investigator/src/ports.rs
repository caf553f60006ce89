//! Defines the ports that an investigation works through.

use common::{
    Clock, Evidence,
    ports::{Counters, Model, Reasoning, Spending},
};

/// The read-only tools that a model may call.
///
/// `read_metrics`, `read_logs`, `read_changes` and `read_state` take `component`, the ARN of one of
/// [`crate::Brief::components`]; `ask_provider` takes `provider`, a [`common::ContextSource`]'s name, and
/// `component`; `search_runbooks` takes `text`, `read_runbook` takes `id`, `past_incidents` takes nothing. A
/// tool of the team's own takes whatever object the model wrote.
#[allow(async_fn_in_trait)]
pub trait ReadOnlyTools {
    /// Calls the tool `name`. A tool that fails says so in its answer: an investigation goes on without it.
    async fn call(&self, name: &str, input: &serde_json::Value) -> ToolAnswer;
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct ToolAnswer {
    /// The model sees this text beside the evidence, as data.
    pub text: String,
    /// The model may cite this evidence from then on.
    pub evidence: Vec<Evidence>,
    pub failed: bool,
}

/// The ports that an investigation needs. [`Ports`] is one of each, held by reference.
pub trait InvestigatorPorts {
    fn model(&self) -> &impl Model;
    fn tools(&self) -> &impl ReadOnlyTools;
    fn spending(&self) -> &impl Spending;
    fn reasoning(&self) -> &impl Reasoning;
    fn counters(&self) -> &impl Counters;
    fn clock(&self) -> &impl Clock;
}

/// One of each port.
#[derive(Debug)]
pub struct Ports<'a, M, T, S, R, N, C> {
    pub model: &'a M,
    pub tools: &'a T,
    pub spending: &'a S,
    pub reasoning: &'a R,
    pub counters: &'a N,
    pub clock: &'a C,
}

impl<M, T, S, R, N, C> InvestigatorPorts for Ports<'_, M, T, S, R, N, C>
where
    M: Model,
    T: ReadOnlyTools,
    S: Spending,
    R: Reasoning,
    N: Counters,
    C: Clock,
{
    fn model(&self) -> &impl Model {
        self.model
    }

    fn tools(&self) -> &impl ReadOnlyTools {
        self.tools
    }

    fn spending(&self) -> &impl Spending {
        self.spending
    }

    fn reasoning(&self) -> &impl Reasoning {
        self.reasoning
    }

    fn counters(&self) -> &impl Counters {
        self.counters
    }

    fn clock(&self) -> &impl Clock {
        self.clock
    }
}
