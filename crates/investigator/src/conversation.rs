//! Holds one conversation with the model: requests, tool calls and their results, until the answer is given
//! with the tool that ends it. Each line of inquiry is one, and the weighing.

mod recorder;
mod request;
mod reservation;
mod response;
mod spec;
mod tool_calls;

use std::collections::BTreeSet;

use common::{
    EvidenceId,
    model::{ContentBlock, ModelRequest, Speaker, ToolDefinition, Turn},
};

pub(crate) use self::spec::ConversationSpec;
use self::{
    recorder::StepRecorder,
    request::send,
    response::{ParsedResponse, parse_response},
    tool_calls::ToolCaller,
};
use crate::{
    answer::ParsedAnswer, context::InvestigationContext, model_fault::ModelFault, ports::InvestigatorPorts,
};

/// Converses until `parse` accepts an answer: at most `spec.steps` requests, and one more where the answer has
/// to be repaired.
///
/// # Arguments
///
/// - `opening`: the first turn: the digest and the task.
/// - `shown`: the evidence in it, which may be cited.
/// - `answer_tool`: the tool that the answer is given with, when this evidence may be cited.
/// - `parse`: holds the answer's JSON to the closed lists.
pub(crate) async fn converse<P: InvestigatorPorts, T>(
    context: &InvestigationContext<'_, P>,
    spec: &ConversationSpec<'_>,
    opening: Vec<ContentBlock>,
    shown: BTreeSet<EvidenceId>,
    answer_tool: impl Fn(&BTreeSet<EvidenceId>) -> ToolDefinition,
    parse: impl Fn(&str, &BTreeSet<EvidenceId>) -> ParsedAnswer<T>,
) -> Result<T, ModelFault> {
    let mut recorder = StepRecorder::new(spec, &opening);
    let mut caller = ToolCaller::new(spec.tool_calls, shown);
    let mut turns = vec![Turn { by: Speaker::Nightshift, content: opening }];
    let mut repaired = false;
    let mut step = 0u32;
    loop {
        step = step.saturating_add(1);
        let last = repaired || step >= spec.steps;
        let tool = answer_tool(caller.shown());
        let answer_name = tool.name.clone();
        let request = ModelRequest {
            model: spec.model.id.clone(),
            guardrail: context.bundle.guardrail.clone(),
            system: context.bundle.system.clone(),
            tools: context.tools.iter().cloned().chain([tool]).collect(),
            must_use: last.then(|| answer_name.clone()),
            turns: turns.clone(),
            max_output_tokens: spec.output_tokens,
        };
        let received = send(context, &mut recorder, &request).await?;
        let limits = &context.bundle.limits;
        let mut parsed = parse_response(&received.response, &request, &answer_name, limits, context.fence);
        if last && parsed.answer.is_none() && parsed.unusable.is_none() {
            // It had to give its answer, and asked for more.
            parsed.unusable = Some(ModelFault::NoFinalAnswer);
            parsed.faults.push(ModelFault::NoFinalAnswer);
        }
        parsed.faults.extend(received.fault);
        let answer = parsed.answer.as_deref().map(|json| parse(json, caller.shown()));
        parsed.faults.extend(answer.iter().flat_map(|answer| answer.faults.iter().copied()));
        recorder.record_response(context, &received, &parsed).await?;
        context.check_not_stopped()?;

        let fault = match answer {
            Some(ParsedAnswer { value: Some(value), .. }) => return Ok(value),
            Some(ParsedAnswer { value: None, faults }) => {
                faults.first().copied().unwrap_or(ModelFault::NoFinalAnswer)
            }
            None => match parsed.unusable {
                Some(ModelFault::Filtered) => return Err(ModelFault::Filtered),
                Some(fault) => fault,
                None => {
                    let mut results = caller.call_all(context, spec.deadline, &parsed.tool_uses).await;
                    let left = spec.steps.saturating_sub(step);
                    results.push(ContentBlock::Text {
                        text: format!("Requests left, with the one that answers: {left}."),
                    });
                    recorder.add_asked(&results);
                    turns.extend(exchange(parsed, results));
                    continue;
                }
            },
        };
        if repaired {
            return Err(fault);
        }
        repaired = true;
        let correction = correction(&parsed, fault, &answer_name);
        recorder.add_asked(&correction);
        turns.extend(exchange(parsed, correction));
    }
}

/// The model's turn, and the reply to it.
fn exchange(parsed: ParsedResponse, reply: Vec<ContentBlock>) -> [Turn; 2] {
    [Turn { by: Speaker::Model, content: parsed.echo }, Turn { by: Speaker::Nightshift, content: reply }]
}

/// The reply to an answer that could not be used, in words of ours alone.
fn correction(parsed: &ParsedResponse, fault: ModelFault, answer_name: &str) -> Vec<ContentBlock> {
    let results = parsed.echo.iter().filter_map(|block| match block {
        ContentBlock::UseTool { id, .. } => {
            Some(ContentBlock::ToolResult { id: id.clone(), text: "Not taken.".to_owned(), failed: true })
        }
        ContentBlock::Text { .. } | ContentBlock::ToolResult { .. } => None,
    });
    let advice = fault.advice();
    let text = format!("Your answer could not be used. {advice} Use the tool {answer_name} once, now.");
    results.chain([ContentBlock::Text { text }]).collect()
}
