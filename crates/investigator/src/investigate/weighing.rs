//! Runs the weighing: the large model decides between all the evidence, the engine's ranking, and the reports
//! of the lines of inquiry.

use common::{EvidenceId, model::ContentBlock};

use super::lines_of_inquiry::LineOutcome;
use crate::{
    answer::{SubmittedDiagnosis, parse_diagnosis},
    budget::Allowance,
    bundle::WEIGH,
    context::InvestigationContext,
    conversation::{ConversationSpec, converse},
    model_fault::ModelFault,
    model_input::{gathered_digest, tool_schemas},
    ports::InvestigatorPorts,
};

/// Asks the large model for the diagnosis.
pub(super) async fn weigh_reports<P: InvestigatorPorts>(
    context: &InvestigationContext<'_, P>,
    outcomes: &[LineOutcome<'_>],
) -> Result<SubmittedDiagnosis, ModelFault> {
    let limits = &context.bundle.limits;
    let spec = ConversationSpec {
        line: WEIGH,
        model: &context.bundle.models.weigh,
        steps: limits.steps_of_weighing,
        tool_calls: limits.tool_calls_of_each(context.bundle.lines.len()),
        output_tokens: limits.output_tokens_of_weighing,
        caps: context.spending_caps(context.bundle.money.per_incident),
        allowance: Allowance {
            requests: limits.requests,
            input_tokens: limits.input_tokens,
            output_tokens: limits.output_tokens,
        },
        waits_for_money: false,
        deadline: context.deadline(limits.seconds),
        position: 0,
    };
    let mut evidence = context.usage.totals().gathered;
    // The order must not depend on which line was the first to read it.
    evidence.sort_by(|a, b| a.id.cmp(&b.id));
    let read = gathered_digest(&evidence, context.fence, context.names, limits.gathered_bytes);
    let mut opening = vec![ContentBlock::Text { text: context.digest.text.clone() }];
    if !read.text.is_empty() {
        let text = format!("# What the lines of inquiry read\n\n{}", read.text);
        opening.push(ContentBlock::Text { text });
    }
    opening.push(ContentBlock::Text { text: reports_text(context, outcomes) });
    let task = format!(
        "# Your task: {WEIGH}\n\n{}\n\nYou have {} requests, and calls of tools: {}.",
        context.bundle.weigh, spec.steps, spec.tool_calls,
    );
    opening.push(ContentBlock::Text { text: task });
    let citable = context.digest.shown.union(&read.shown).cloned().collect();
    converse(
        context,
        &spec,
        opening,
        citable,
        |citable| {
            tool_schemas::submit_diagnosis(context.bundle, context.names, context.brief.actions, citable)
        },
        |json, citable| parse_diagnosis(json, &context.allowed_values(citable)),
    )
    .await
}

fn reports_text<P: InvestigatorPorts>(
    context: &InvestigationContext<'_, P>,
    outcomes: &[LineOutcome<'_>],
) -> String {
    let mut text = "# What the lines of inquiry report".to_owned();
    for LineOutcome { line, report } in outcomes {
        let report = match report {
            Err(fault) => format!("{line}: no report ({})", fault.as_str()),
            Ok(report) => {
                let cause = report.cause.as_ref().map_or_else(
                    || "nothing found".to_owned(),
                    |cause| {
                        let component = context.names.short_name(&cause.component).unwrap_or_default();
                        format!("a cause in {component}, {}", cause.failure_mode.as_str())
                    },
                );
                format!(
                    "{line}: {cause}; for {}, against {}\n{}",
                    id_list(&report.supports),
                    id_list(&report.contradicts),
                    context.fence.enclose(&format!("line-{line}"), std::slice::from_ref(&report.finding)),
                )
            }
        };
        text.push_str("\n\n");
        text.push_str(&report);
    }
    text
}

fn id_list(ids: &[EvidenceId]) -> String {
    let ids: Vec<_> = ids.iter().map(EvidenceId::as_str).collect();
    if ids.is_empty() { "nothing".to_owned() } else { ids.join(" ") }
}
