//! Runs the lines of inquiry: each follows one kind of cause with the small model, all at once.

use std::time::Duration;

use common::model::ContentBlock;
use futures_util::future::join_all;

use crate::{
    answer::{LineReport, parse_line_report},
    budget::{Allowance, within},
    bundle::LineOfInquiry,
    context::InvestigationContext,
    conversation::{ConversationSpec, converse},
    model_fault::ModelFault,
    model_input::tool_schemas,
    ports::InvestigatorPorts,
};

/// A line of inquiry and its report, or the fault that ended it.
pub(super) struct LineOutcome<'a> {
    pub(super) line: &'a str,
    pub(super) report: Result<LineReport, ModelFault>,
}

/// Follows every line. The outcomes are in the bundle's order, whichever line is the first to end.
pub(super) async fn follow_lines<'a, P: InvestigatorPorts>(
    context: &InvestigationContext<'a, P>,
) -> Vec<LineOutcome<'a>> {
    let lines = context.bundle.lines.iter().zip(0u32..);
    join_all(lines.map(async |(line, position)| LineOutcome {
        line: &line.name,
        report: follow_in_time(context, line, position).await,
    }))
    .await
}

async fn follow_in_time<P: InvestigatorPorts>(
    context: &InvestigationContext<'_, P>,
    line: &LineOfInquiry,
    position: u32,
) -> Result<LineReport, ModelFault> {
    let limit = Duration::from_secs(context.bundle.limits.seconds_of_lines);
    let out_of_time = || {
        context.count_fault(ModelFault::OutOfTime);
        ModelFault::OutOfTime
    };
    within(limit, out_of_time, follow(context, line, position)).await
}

async fn follow<P: InvestigatorPorts>(
    context: &InvestigationContext<'_, P>,
    line: &LineOfInquiry,
    position: u32,
) -> Result<LineReport, ModelFault> {
    let limits = &context.bundle.limits;
    let kept_for_weighing = limits.steps_of_weighing.saturating_add(1);
    let spec = ConversationSpec {
        line: &line.name,
        model: &context.bundle.models.investigate,
        steps: limits.steps_per_line,
        tool_calls: limits.tool_calls_of_each(context.bundle.lines.len()),
        output_tokens: limits.output_tokens_of_line,
        caps: context.spending_caps(context.bundle.money.for_lines()),
        allowance: Allowance {
            requests: limits.requests.saturating_sub(kept_for_weighing),
            input_tokens: limits.input_tokens.saturating_sub(limits.input_tokens_per_request),
            output_tokens: limits.output_tokens.saturating_sub(u64::from(limits.output_tokens_of_weighing)),
        },
        waits_for_money: true,
        deadline: context.deadline(limits.seconds_of_lines),
        position,
    };
    let task = format!(
        "# Your line of inquiry: {}\n\n{}\n\nYou have {} requests, and calls of tools: {}. End with `{}`.",
        line.name,
        line.prompt,
        spec.steps,
        spec.tool_calls,
        tool_schemas::REPORT_LINE,
    );
    let opening =
        vec![ContentBlock::Text { text: context.digest.text.clone() }, ContentBlock::Text { text: task }];
    converse(
        context,
        &spec,
        opening,
        context.digest.shown.clone(),
        |_| tool_schemas::report_line(context.bundle, context.names),
        |json, citable| parse_line_report(json, &context.allowed_values(citable)),
    )
    .await
}
