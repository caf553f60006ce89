//! Text that a model wrote: as little to be trusted as any.

use common::untrusted_text::one_line;

use super::{Closed, sanitizer};
use crate::model_fault::Problem;

/// What a text says that claims to be allowed something. Nothing rests on it: it is counted, and left out.
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

/// What a text says that was written to steer a model.
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

/// How a model says that it will not.
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

/// The stop reason that some models have for it.
pub(crate) const DECLINED: &str = "refusal";

/// So much of a line of the instructions is no accident.
const LEAKED_CHARS: usize = 40;

pub(crate) fn declines(text: &str) -> bool {
    let text = text.to_lowercase();
    REFUSALS.iter().any(|words| text.contains(words))
}

/// `text` made fit to be shown, with short names spelled out; `None` where nothing is left of it.
pub(super) fn fit(
    text: &str,
    most: usize,
    closed: &Closed<'_>,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    let fit = closed.fence.fit(&closed.names.spelled_out(text), most);
    let kept = sanitizer::plain(&fit.text, |sentence| says(sentence, APPROVALS));
    let found = [
        (fit.hidden, Problem::HiddenCharacters),
        (fit.token, Problem::FenceEcho),
        (!fit.secrets.is_empty(), Problem::SecretInAnswer),
        (kept.approval || says(&fit.text, APPROVALS), Problem::ClaimsApproval),
        (kept.command, Problem::CommandInAnswer),
        (kept.link, Problem::LinkInAnswer),
        (says(&fit.text, INSTRUCTIONS), Problem::EchoesInstructions),
    ];
    problems.extend(found.into_iter().filter(|(is, _)| *is).map(|(_, problem)| problem));
    if leaks(&fit.text, closed.system) {
        problems.push(Problem::PromptLeak);
        return None;
    }
    if fit.text.is_empty() {
        problems.push(Problem::EmptyText);
        return None;
    }
    Some(one_line(&kept.text, most))
}

fn says(text: &str, any: &[&str]) -> bool {
    let text = text.to_lowercase();
    any.iter().any(|words| text.contains(words))
}

fn leaks(text: &str, system: &str) -> bool {
    let beginnings = system.lines().map(|line| one_line(line, usize::MAX)).filter_map(|line| {
        let beginning: String = line.chars().take(LEAKED_CHARS).collect();
        (beginning.chars().count() == LEAKED_CHARS).then_some(beginning)
    });
    beginnings.into_iter().any(|beginning| text.contains(&beginning))
}
