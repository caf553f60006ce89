//! A conversation with a model that ends with one tool: a line of inquiry, or the weighing.

pub(crate) mod recorder;
mod request;
pub(crate) mod response;
pub(crate) mod tool_calls;

use std::collections::BTreeSet;

use common::{
    EvidenceId,
    model::{ModelRequest, Said, Speaker, ToolDefinition, Turn},
    ports::Caps,
};

use tokio::time::Instant;

use crate::{
    answer::Reading,
    brief::Outside,
    bundle::PricedModel,
    conversation::request::{Thread, ask},
    conversation::response::{Heard, hear},
    conversation::tool_calls::Calls,
    investigate::Investigation,
    model_fault::Problem,
};

/// Who asks, and how far it may go.
#[derive(Debug)]
pub(crate) struct Inquiry<'a> {
    /// As the trace names it.
    pub(crate) line: &'a str,
    pub(crate) model: &'a PricedModel,
    /// One more where the answer has to be repaired.
    pub(crate) steps: u32,
    pub(crate) tool_calls: u32,
    pub(crate) output_tokens: u32,
    pub(crate) caps: Caps,
    /// How many requests there may be altogether once this one asks, and how many tokens.
    pub(crate) requests: u32,
    pub(crate) all_input_tokens: u64,
    pub(crate) all_output_tokens: u64,
    /// Whether others may give money back that this one lacks.
    pub(crate) waits: bool,
    /// No request and no call of a tool goes on beyond it.
    pub(crate) until: Instant,
    /// Apart from the others, so that they do not all try again at once.
    pub(crate) place: u64,
}

/// Asks until the answer is given that `read` takes, at most `inquiry.steps` times and once more.
pub(crate) async fn inquire<O: Outside, T>(
    it: &Investigation<'_, O>,
    inquiry: &Inquiry<'_>,
    opening: Vec<Said>,
    shown: BTreeSet<EvidenceId>,
    answer_tool: impl Fn(&BTreeSet<EvidenceId>) -> ToolDefinition,
    read: impl Fn(&str, &BTreeSet<EvidenceId>) -> Reading<T>,
) -> Result<T, Problem> {
    let mut thread = Thread::new(inquiry, &opening);
    let mut calls = Calls::new(inquiry.tool_calls, shown);
    let mut turns = vec![Turn { by: Speaker::Nightshift, said: opening }];
    let mut repaired = false;
    let mut step = 0u32;
    loop {
        step = step.saturating_add(1);
        let last = repaired || step >= inquiry.steps;
        let tool = answer_tool(calls.shown());
        let answer_name = tool.name.clone();
        let request = ModelRequest {
            model: inquiry.model.id.clone(),
            guardrail: it.bundle.guardrail.clone(),
            system: it.bundle.system.clone(),
            tools: it.tools.iter().cloned().chain([tool]).collect(),
            must_use: last.then(|| answer_name.clone()),
            turns: turns.clone(),
            max_output_tokens: inquiry.output_tokens,
        };
        let asked = ask(it, &mut thread, &request).await?;
        let mut heard = hear(&asked.answer, &request, &answer_name, &it.bundle.limits, it.fence);
        if last && heard.answer.is_none() && heard.fault.is_none() {
            // It was to give its answer, and went on to ask.
            heard.fault = Some(Problem::NoFinalAnswer);
            heard.problems.push(Problem::NoFinalAnswer);
        }
        heard.problems.extend(asked.problem);
        let reading = heard.answer.as_deref().map(|json| read(json, calls.shown()));
        heard.problems.extend(reading.iter().flat_map(|reading| reading.problems.iter().copied()));
        recorder::heard(it, &mut thread, &asked, &heard).await?;
        it.may_go_on()?;

        let fault = match reading {
            Some(Reading { answer: Some(answer), .. }) => return Ok(answer),
            Some(Reading { answer: None, problems }) => {
                problems.first().copied().unwrap_or(Problem::NoFinalAnswer)
            }
            None => match heard.fault {
                Some(Problem::Filtered) => return Err(Problem::Filtered),
                Some(fault) => fault,
                None => {
                    let mut results = calls.run(it, inquiry.until, &heard.uses).await;
                    let left = inquiry.steps.saturating_sub(step);
                    results.push(Said::Text {
                        text: format!("Requests left, with the one that answers: {left}."),
                    });
                    thread.says(&results);
                    turns.extend(exchange(heard, results));
                    continue;
                }
            },
        };
        if repaired {
            return Err(fault);
        }
        repaired = true;
        let correction = correction(&heard, fault, &answer_name);
        thread.says(&correction);
        turns.extend(exchange(heard, correction));
    }
}

/// What the model said, and what it is answered.
fn exchange(heard: Heard, said: Vec<Said>) -> [Turn; 2] {
    [Turn { by: Speaker::Model, said: heard.echo }, Turn { by: Speaker::Nightshift, said }]
}

/// What was wrong, in words of ours alone.
fn correction(heard: &Heard, fault: Problem, answer_name: &str) -> Vec<Said> {
    let results = heard.echo.iter().filter_map(|said| match said {
        Said::UseTool { id, .. } => {
            Some(Said::ToolResult { id: id.clone(), text: "Not taken.".to_owned(), failed: true })
        }
        Said::Text { .. } | Said::ToolResult { .. } => None,
    });
    let advice = fault.advice();
    let text = format!("Your answer could not be used. {advice} Use the tool {answer_name} once, now.");
    results.chain([Said::Text { text }]).collect()
}
