//! Checks text that a model wrote before people see it: it is as untrusted as a log line.

use common::untrusted_text::one_line;

use super::{AllowedValues, sanitizer::sanitize};
use crate::model_fault::ModelFault;

/// Words of a text that claims an approval. Nothing rests on it: it is counted, and left out.
const APPROVALS: &[&str] = &[
    "approved by",
    "been approved",
    "pre-approved",
    "preapproved",
    "approval granted",
    "approval was given",
    "already approved",
    "authorized by",
    "authorised by",
    "been authorized",
    "been authorised",
    "permission granted",
    "no approval needed",
    "no approval is needed",
    "approval is not required",
    "bypass approval",
    "skip approval",
];

/// Words of a text that was written to steer a model.
const INSTRUCTIONS: &[&str] = &[
    "ignore previous instructions",
    "ignore all previous",
    "ignore the above",
    "disregard the above",
    "disregard previous",
    "disregard all",
    "forget your instructions",
    "new instructions:",
    "system prompt",
    "you are now",
    "override your",
];

/// Words of a refusal.
const REFUSALS: &[&str] = &[
    "i can't",
    "i cannot",
    "i can’t",
    "i'm unable",
    "i am unable",
    "i won't",
    "i will not",
    "i'm sorry",
    "i am sorry",
];

/// The stop reason that some models have for a refusal.
pub(crate) const REFUSAL_STOP_REASON: &str = "refusal";

/// Characters of a line of the instructions that no text repeats by accident.
const LEAKED_CHARS: usize = 40;

/// True where a text of the model's refuses the task.
pub(crate) fn is_refusal(text: &str) -> bool {
    let text = text.to_lowercase();
    REFUSALS.iter().any(|words| text.contains(words))
}

/// Makes `text` safe to show, with short names spelled out; `None` where nothing is left of it. Everything found in
/// it is added to `faults`.
pub(super) fn checked_text(
    text: &str,
    max_chars: usize,
    allowed: &AllowedValues<'_>,
    faults: &mut Vec<ModelFault>,
) -> Option<String> {
    let fit = allowed.fence.fit(&allowed.names.spelled_out(text), max_chars);
    let kept = sanitize(&fit.text, |sentence| contains_any(sentence, APPROVALS));
    let found = [
        (fit.hidden, ModelFault::HiddenCharacters),
        (fit.token, ModelFault::FenceEcho),
        (!fit.secrets.is_empty(), ModelFault::SecretInAnswer),
        (kept.claims_approval || contains_any(&fit.text, APPROVALS), ModelFault::ClaimsApproval),
        (kept.has_command, ModelFault::CommandInAnswer),
        (kept.has_link, ModelFault::LinkInAnswer),
        (contains_any(&fit.text, INSTRUCTIONS), ModelFault::EchoesInstructions),
    ];
    faults.extend(found.into_iter().filter(|(is, _)| *is).map(|(_, fault)| fault));
    if repeats_instructions(&fit.text, allowed.system) {
        faults.push(ModelFault::PromptLeak);
        return None;
    }
    if fit.text.is_empty() {
        faults.push(ModelFault::EmptyText);
        return None;
    }
    Some(one_line(&kept.text, max_chars))
}

fn contains_any(text: &str, any: &[&str]) -> bool {
    let text = text.to_lowercase();
    any.iter().any(|words| text.contains(words))
}

fn repeats_instructions(text: &str, system: &str) -> bool {
    let beginnings = system.lines().map(|line| one_line(line, usize::MAX)).filter_map(|line| {
        let beginning: String = line.chars().take(LEAKED_CHARS).collect();
        (beginning.chars().count() == LEAKED_CHARS).then_some(beginning)
    });
    beginnings.into_iter().any(|beginning| text.contains(&beginning))
}
