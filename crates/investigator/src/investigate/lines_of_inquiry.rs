//! The lines of inquiry, all at once on the small model.

use std::time::Duration;

use common::model::Said;
use futures_util::future::join_all;
use tokio::time::timeout;

use crate::{
    answer::{LineReport, read_line},
    brief::Outside,
    bundle::Line,
    conversation::{Inquiry, inquire},
    investigate::Investigation,
    model_fault::Problem,
    model_input::tool_schemas,
};

/// What came of one line.
pub(crate) struct Followed<'a> {
    pub(crate) line: &'a str,
    pub(crate) report: Result<LineReport, Problem>,
}

/// Follows every line, and answers in the bundle's order whichever is the first to end.
pub(crate) async fn follow<'a, O: Outside>(it: &Investigation<'a, O>) -> Vec<Followed<'a>> {
    let limits = &it.bundle.limits;
    let most = Duration::from_secs(limits.seconds_of_lines);
    let lines = it.bundle.lines.iter().zip(0u64..);
    join_all(lines.map(async |(line, place)| {
        let report = timeout(most, one(it, line, place)).await;
        let report = report.unwrap_or_else(|_| {
            it.met(Problem::OutOfTime);
            Err(Problem::OutOfTime)
        });
        Followed { line: &line.name, report }
    }))
    .await
}

async fn one<O: Outside>(it: &Investigation<'_, O>, line: &Line, place: u64) -> Result<LineReport, Problem> {
    let limits = &it.bundle.limits;
    let kept = limits.steps_of_weighing.saturating_add(1);
    let inquiry = Inquiry {
        line: &line.name,
        model: &it.bundle.models.investigate,
        steps: limits.steps_per_line,
        tool_calls: limits.tool_calls_of_each(it.bundle.lines.len()),
        output_tokens: limits.output_tokens_of_line,
        caps: it.caps(it.bundle.money.for_lines()),
        requests: limits.requests.saturating_sub(kept),
        all_input_tokens: limits.input_tokens.saturating_sub(limits.input_tokens_per_request),
        all_output_tokens: limits.output_tokens.saturating_sub(u64::from(limits.output_tokens_of_weighing)),
        waits: true,
        until: it.until(limits.seconds_of_lines),
        place,
    };
    let task = format!(
        "# Your line of inquiry: {}\n\n{}\n\nYou have {} requests, and calls of tools: {}. End with `{}`.",
        line.name,
        line.prompt,
        inquiry.steps,
        inquiry.tool_calls,
        tool_schemas::REPORT_LINE,
    );
    let opening = vec![Said::Text { text: it.digest.text.clone() }, Said::Text { text: task }];
    inquire(
        it,
        &inquiry,
        opening,
        it.digest.shown.clone(),
        |_| tool_schemas::report_line(it.bundle, it.names),
        |json, known| read_line(json, &it.closed(known)),
    )
    .await
}
