//! Digests the root-cause engine's findings in the telemetry.

use common::findings::{EngineFindings, EngineSuspect, EngineVerdict};

use super::{
    entry::{LINE_CHARS, first_lines},
    number::number,
};
use crate::{fence::Fence, model_input::ComponentNames};

const MAX_SUSPECTS: usize = 5;
const MAX_REASONS: usize = 4;
const MAX_RULED_OUT: usize = 8;

pub(super) const fn verdict(findings: &EngineFindings) -> &'static str {
    match findings.verdict {
        EngineVerdict::RootCause => "root_cause",
        EngineVerdict::Healthy { .. } => "healthy",
        EngineVerdict::Abstain { .. } => "abstain",
    }
}

pub(super) fn lines(findings: &EngineFindings, fence: &Fence, names: ComponentNames<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    if let EngineVerdict::Healthy { why } | EngineVerdict::Abstain { why } = &findings.verdict {
        lines.push(fence.line(&format!("why: {why}"), LINE_CHARS));
    }
    for (at, suspect) in findings.suspects.iter().take(MAX_SUSPECTS).enumerate() {
        lines.extend(suspect_lines(at.saturating_add(1), suspect, fence, names));
    }
    let ruled_out = findings.ruled_out.iter().map(|one| {
        let name =
            one.resource.as_ref().and_then(|arn| names.short_name(arn)).unwrap_or_else(|| one.name.clone());
        fence.line(&format!("not {name}: {}", one.why), LINE_CHARS)
    });
    lines.extend(first_lines(MAX_RULED_OUT, ruled_out.collect()));
    if !findings.missing.is_empty() {
        lines.push(fence.line(&format!("not given: {}", findings.missing.join(", ")), LINE_CHARS));
    }
    lines
}

fn suspect_lines(
    place: usize,
    suspect: &EngineSuspect,
    fence: &Fence,
    names: ComponentNames<'_>,
) -> Vec<String> {
    let name = suspect.resource.as_ref().and_then(|arn| names.short_name(arn));
    let head = format!(
        "{place}. {} ({}) {} confidence {}{}",
        name.unwrap_or_else(|| "not listed".to_owned()),
        suspect.name,
        suspect.failure_mode.as_str(),
        number(suspect.confidence),
        if suspect.path.is_empty() { String::new() } else { format!(", path {}", suspect.path.join(" > ")) },
    );
    let reasons = |word: &str, all: &[String]| -> Vec<String> {
        all.iter().take(MAX_REASONS).map(|why| fence.line(&format!("{word}: {why}"), LINE_CHARS)).collect()
    };
    let mut lines = vec![fence.line(&head, LINE_CHARS)];
    lines.extend(reasons("   for", &suspect.supports));
    lines.extend(reasons("   against", &suspect.contradicts));
    lines
}
