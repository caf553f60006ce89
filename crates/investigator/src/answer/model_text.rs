//! Checks text that a model wrote before people see it: it is as untrusted as a log line.

use common::untrusted_text::one_line;

use super::{AllowedValues, plain_prose::plain_prose};
use crate::model_fault::ModelFault;

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

/// Returns what of `text` people may read: plain prose, with short names spelled out; `None` where there is none.
/// Everything found in it is added to `faults`.
pub(super) fn checked_text(
    text: &str,
    max_chars: usize,
    allowed: &AllowedValues<'_>,
    faults: &mut Vec<ModelFault>,
) -> Option<String> {
    let fit = allowed.fence.fit(&allowed.names.spelled_out(text), max_chars);
    let is_known_name =
        |word: &str| allowed.names.all().any(|(_, arn)| arn.name() == word || arn.to_string() == word);
    let prose = plain_prose(&fit.text, is_known_name);
    let found = [
        (fit.hidden, ModelFault::HiddenCharacters),
        (fit.token, ModelFault::FenceEcho),
        (!fit.secrets.is_empty(), ModelFault::SecretInAnswer),
        (contains_any(&fit.text, INSTRUCTIONS), ModelFault::EchoesInstructions),
    ];
    faults.extend(found.into_iter().filter(|(is, _)| *is).map(|(_, fault)| fault));
    faults.extend(prose.faults);
    if repeats_instructions(&fit.text, allowed.system) {
        faults.push(ModelFault::PromptLeak);
        return None;
    }
    if fit.text.is_empty() {
        faults.push(ModelFault::EmptyText);
        return None;
    }
    Some(one_line(&prose.text, max_chars))
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
