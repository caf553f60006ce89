//! Digests the ranking of Nightshift's own rules, what they ruled out, and the gaps in the evidence.

use common::EvidenceId;

use super::{
    entry::{Entry, LINE_CHARS, first_lines},
    number::number,
};
use crate::{brief::Brief, fence::Fence, model_input::ComponentNames};

const MAX_HYPOTHESES: usize = 5;
const MAX_RULED_OUT: usize = 12;
const MAX_GAPS: usize = 12;

pub(super) fn hypotheses(brief: &Brief<'_>, fence: &Fence, names: ComponentNames<'_>) -> Option<Entry> {
    let lines: Vec<String> = brief
        .hypotheses
        .iter()
        .map(|one| {
            let component = names.short_name(&one.component).unwrap_or_else(|| one.component.name());
            let proposal = one.proposal.as_ref().map(|it| format!(", would do {}", it.action));
            let text = format!(
                "{component} {} confidence {} by {}{}, for {}, against {}: {}",
                one.failure_mode.as_str(),
                number(one.confidence),
                one.origin,
                proposal.unwrap_or_default(),
                ids(&one.supports),
                ids(&one.contradicts),
                one.cause,
            );
            fence.line(&text, 600)
        })
        .collect();
    let head = "# How Nightshift's own rules rank the causes, best first";
    let body = first_lines(MAX_HYPOTHESES, lines);
    (!body.is_empty()).then(|| Entry::fenced("ranking", head, "ranking", &body, fence))
}

pub(super) fn ruled_out(brief: &Brief<'_>, fence: &Fence, names: ComponentNames<'_>) -> Option<Entry> {
    let lines: Vec<String> = brief
        .ruled_out
        .iter()
        .map(|one| {
            let component = names.short_name(&one.component).unwrap_or_else(|| one.component.name());
            fence.line(&format!("{component} by {}: {}", one.by, one.why), LINE_CHARS)
        })
        .collect();
    let body = first_lines(MAX_RULED_OUT, lines);
    (!body.is_empty()).then(|| Entry::fenced("ruled out", "# Ruled out by them", "ruled-out", &body, fence))
}

pub(super) fn gaps(brief: &Brief<'_>, fence: &Fence) -> Option<Entry> {
    let lines: Vec<String> = brief
        .gaps
        .iter()
        .map(|gap| fence.line(&format!("{} ({})", gap.operation, gap.reason), LINE_CHARS))
        .collect();
    let body = first_lines(MAX_GAPS, lines);
    (!body.is_empty()).then(|| Entry::fenced("gaps", "# What could not be read", "gaps", &body, fence))
}

fn ids(all: &[EvidenceId]) -> String {
    let ids: Vec<_> = all.iter().map(EvidenceId::as_str).collect();
    if ids.is_empty() { "nothing".to_owned() } else { ids.join(" ") }
}
