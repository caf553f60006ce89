//! What an investigation starts from, what it works with, and what it comes to.

use common::{
    ActionId, Arn, Clock, Evidence, Gap, Hypothesis, Incident,
    diagnosis::RuledOut,
    model::ToolDefinition,
    ports::{Counters, Model, Reasoning, Spending},
};

/// What is known before the model is asked.
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
    /// Those that may fit, best first.
    pub runbooks: &'a [Runbook],
    /// What the team wants every investigation to know. It is data like everything else.
    pub steering: Option<&'a str>,
    /// The team's own tools, each under the name that [`Tools::call`] knows it by.
    pub team_tools: &'a [ToolDefinition],
    /// Fresh for each investigation, of 16 to 64 letters and digits that nobody can guess.
    pub fence: &'a str,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Runbook {
    pub id: String,
    pub title: String,
    /// When it applies.
    pub applies: String,
    pub body: String,
    /// How well it fits, where it was searched for.
    pub score: Option<f64>,
}

/// The read-only tools.
///
/// `read_metrics`, `read_logs`, `read_changes` and `read_state` take `component`, the ARN of one of
/// [`Brief::components`]; `ask_provider` takes `provider`, a [`common::ContextSource`]'s name, and `component`;
/// `search_runbooks` takes `text`, `read_runbook` takes `id`, `past_incidents` takes nothing. A tool of the
/// team's own takes whatever object the model wrote.
#[allow(async_fn_in_trait)]
pub trait Tools {
    async fn call(&self, name: &str, input: &serde_json::Value) -> ToolAnswer;
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct ToolAnswer {
    /// Shown to the model beside the evidence, as data.
    pub text: String,
    /// May be cited from then on.
    pub evidence: Vec<Evidence>,
    pub failed: bool,
}

/// What an investigation works with.
#[derive(Debug)]
pub struct Ports<'a, M, T, S, R, N, C> {
    pub model: &'a M,
    pub tools: &'a T,
    pub spending: &'a S,
    pub reasoning: &'a R,
    pub counters: &'a N,
    pub clock: &'a C,
}

/// [`Ports`], whatever they are made of.
pub(crate) trait Outside {
    fn model(&self) -> &impl Model;
    fn tools(&self) -> &impl Tools;
    fn spending(&self) -> &impl Spending;
    fn reasoning(&self) -> &impl Reasoning;
    fn counters(&self) -> &impl Counters;
    fn clock(&self) -> &impl Clock;
}

impl<M, T, S, R, N, C> Outside for Ports<'_, M, T, S, R, N, C>
where
    M: Model,
    T: Tools,
    S: Spending,
    R: Reasoning,
    N: Counters,
    C: Clock,
{
    fn model(&self) -> &impl Model {
        self.model
    }

    fn tools(&self) -> &impl Tools {
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
