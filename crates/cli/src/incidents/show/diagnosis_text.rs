//! Prints a diagnosis and the evidence that it rests on.

use common::{
    Conclusion, Diagnosis, Evidence, EvidenceId, Hypothesis, evidence::gap_lines, untrusted_text::one_line,
};

use super::{story_text::story, telemetry_text, timeline_text::concluded};
use crate::{
    incidents::check::about_cause,
    output::plain::{date_time, hanging, wrapped},
};

/// A call for a hundred metrics is pages long: `--evidence` shows it whole.
const QUERY_CHARS: usize = 400;

pub(super) fn diagnosis(diagnosis: &Diagnosis) -> String {
    let reason = match &diagnosis.conclusion {
        Conclusion::Abstained { reason } | Conclusion::NoFault { reason } => format!(": {reason}"),
        Conclusion::Explained | Conclusion::AlreadyRecovered => String::new(),
    };
    let said = format!(
        "{} at {} by {}{reason}",
        concluded(&diagnosis.conclusion),
        date_time(diagnosis.made_at),
        diagnosis.producer
    );
    let mut text = hanging(&format!("attempt {}  ", diagnosis.attempt), &said, 2, 4);
    for (rank, hypothesis) in (1..).zip(&diagnosis.hypotheses) {
        text.push_str(&ranked(rank, hypothesis));
    }
    for out in &diagnosis.ruled_out {
        let said = format!("{} ({}): {}", out.component.name(), out.by, out.why);
        text.push_str(&hanging("ruled out     ", &said, 4, 18));
    }
    for gap in gap_lines(&diagnosis.gaps) {
        text.push_str(&hanging("unknown       ", &gap, 4, 18));
    }
    text.push_str(&story(diagnosis));
    text
}

fn ranked(rank: u32, hypothesis: &Hypothesis) -> String {
    let said = format!(
        "{}, {} (confidence {:.0} %, from {})",
        hypothesis.component.name(),
        hypothesis.failure_mode.as_str().replace('_', " "),
        // Rounded down, as the policies see it.
        (hypothesis.confidence * 100.0 + 1e-9).floor(),
        hypothesis.origin
    );
    let mut text = hanging(&format!("{rank}. "), &said, 4, 7);
    text.push_str(&wrapped(&hypothesis.cause, 7));
    // The others are named by the first one's rival.
    for check in hypothesis.causality.iter().filter(|_| rank == 1).flat_map(about_cause) {
        text.push_str(&check.line(7));
    }
    for (lead, ids) in [("for      ", &hypothesis.supports), ("against  ", &hypothesis.contradicts)] {
        if !ids.is_empty() {
            let ids: Vec<_> = ids.iter().map(EvidenceId::as_str).collect();
            text.push_str(&hanging(lead, &ids.join(" "), 7, 16));
        }
    }
    if let Some(bundle) = &hypothesis.raised_by {
        text.push_str(&hanging(
            "model    ",
            &format!("the confidence includes the assessment of {bundle}"),
            7,
            16,
        ));
    }
    if let Some(proposal) = &hypothesis.proposal {
        let said = format!("{} on {}", proposal.action, proposal.target.name());
        text.push_str(&hanging("action   ", &said, 7, 16));
    }
    text
}

/// `whole` adds everything that the read returned.
pub(super) fn evidence(evidence: &Evidence, whole: bool) -> String {
    let untrusted = if evidence.trusted { "" } else { " (contains untrusted text)" };
    let mut text = hanging(&format!("{}  ", evidence.id), &format!("{}{untrusted}", evidence.summary), 2, 4);
    for line in telemetry_text::lines(&evidence.observed) {
        text.push_str(&hanging("", &line, 4, 8));
    }
    let query = if whole { evidence.command_line() } else { one_line(&evidence.command_line(), QUERY_CHARS) };
    text.push_str(&hanging("$ ", &query, 4, 8));
    if whole {
        text.push_str(&wrapped(
            &format!("{} sha256 {}", date_time(evidence.observed_at), evidence.digest),
            4,
        ));
        let observed = serde_json::to_string_pretty(&evidence.observed).unwrap_or_default();
        for line in observed.lines() {
            let level = line.len().saturating_sub(line.trim_start().len());
            text.push_str(&wrapped(line, level.saturating_add(4)));
        }
    }
    text
}
