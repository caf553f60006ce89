//! The weighing, on the large model: all the evidence, the engine's ranking, and what the lines report.

use common::{EvidenceId, model::Said};

use crate::{
    answer::{Weighed, read_diagnosis},
    brief::Outside,
    bundle::WEIGH,
    conversation::{Inquiry, inquire},
    investigate::Investigation,
    investigate::lines_of_inquiry::Followed,
    model_fault::Problem,
    model_input::digest::gathered,
    model_input::tool_schemas,
};

pub(crate) async fn weigh<O: Outside>(
    it: &Investigation<'_, O>,
    followed: &[Followed<'_>],
) -> Result<Weighed, Problem> {
    let limits = &it.bundle.limits;
    let inquiry = Inquiry {
        line: WEIGH,
        model: &it.bundle.models.weigh,
        steps: limits.steps_of_weighing,
        tool_calls: limits.tool_calls_of_each(it.bundle.lines.len()),
        output_tokens: limits.output_tokens_of_weighing,
        caps: it.caps(it.bundle.money.per_incident),
        requests: limits.requests,
        all_input_tokens: limits.input_tokens,
        all_output_tokens: limits.output_tokens,
        waits: false,
        until: it.until(limits.seconds),
        place: 0,
    };
    let mut evidence = it.used.totals().gathered;
    // Whichever line was the first to read it.
    evidence.sort_by(|a, b| a.id.cmp(&b.id));
    let read = gathered(&evidence, it.fence, it.names, limits.gathered_bytes);
    let mut opening = vec![Said::Text { text: it.digest.text.clone() }];
    if !read.text.is_empty() {
        opening.push(Said::Text { text: format!("# What the lines of inquiry read\n\n{}", read.text) });
    }
    opening.push(Said::Text { text: reports(it, followed) });
    let task = format!(
        "# Your task: {WEIGH}\n\n{}\n\nYou have {} requests, and calls of tools: {}.",
        it.bundle.weigh, inquiry.steps, inquiry.tool_calls,
    );
    opening.push(Said::Text { text: task });
    let known = it.digest.shown.union(&read.shown).cloned().collect();
    inquire(
        it,
        &inquiry,
        opening,
        known,
        |known| tool_schemas::submit_diagnosis(it.bundle, it.names, it.brief.actions, known),
        |json, known| read_diagnosis(json, &it.closed(known)),
    )
    .await
}

fn reports<O: Outside>(it: &Investigation<'_, O>, followed: &[Followed<'_>]) -> String {
    let mut text = "# What the lines of inquiry report".to_owned();
    for Followed { line, report } in followed {
        let report = match report {
            Err(problem) => format!("{line}: no report ({})", problem.as_str()),
            Ok(report) => {
                let cause = report.cause.as_ref().map_or_else(
                    || "nothing found".to_owned(),
                    |cause| {
                        let component = it.names.name(&cause.component).unwrap_or_default();
                        format!("a cause in {component}, {}", cause.failure_mode.as_str())
                    },
                );
                format!(
                    "{line}: {cause}; for {}, against {}\n{}",
                    ids(&report.supports),
                    ids(&report.contradicts),
                    it.fence.around(&format!("line-{line}"), std::slice::from_ref(&report.finding)),
                )
            }
        };
        text.push_str("\n\n");
        text.push_str(&report);
    }
    text
}

fn ids(all: &[EvidenceId]) -> String {
    let ids: Vec<_> = all.iter().map(EvidenceId::as_str).collect();
    if ids.is_empty() { "nothing".to_owned() } else { ids.join(" ") }
}
