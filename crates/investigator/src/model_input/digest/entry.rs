//! Builds one entry of a digest.

use common::EvidenceId;

use crate::fence::Fence;

/// The most characters that a line of somebody else's text may have.
pub(super) const LINE_CHARS: usize = 300;

/// A part of a digest that is shown as a whole or left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) text: String,
    /// The word under which it is counted where it is left out.
    pub(super) kind: &'static str,
    pub(super) evidence: Option<EvidenceId>,
    /// True where the rest makes no sense without it: it stays whatever its size. Its own parts are capped.
    pub(super) needed: bool,
}

impl Entry {
    /// An entry of `head` and, inside the fence, `body`. `head` is ours: ids, numbers, times and words of closed
    /// lists.
    pub(super) fn fenced(
        kind: &'static str,
        head: &str,
        source: &str,
        body: &[String],
        fence: &Fence,
    ) -> Self {
        let body: Vec<String> = body.iter().filter(|line| !line.is_empty()).cloned().collect();
        let text = if body.is_empty() {
            head.to_owned()
        } else {
            format!("{head}\n{}", fence.enclose(source, &body))
        };
        Self { text, kind, evidence: None, needed: false }
    }

    pub(super) fn needed(self) -> Self {
        Self { needed: true, ..self }
    }
}

/// Returns the first `max` of `lines`, and a line that says how many more there are.
pub(super) fn first_lines(max: usize, lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(max);
    let mut shown: Vec<String> = lines.into_iter().take(max).collect();
    if more > 0 {
        shown.push(format!("({more} more)"));
    }
    shown
}

/// A piece of evidence in words, before it becomes an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EvidenceText {
    pub(super) kind: &'static str,
    /// Structured facts, for a line of ours outside the fence.
    pub(super) facts: String,
    /// Lines that anybody may have written, each already made safe to show.
    pub(super) body: Vec<String>,
}

impl EvidenceText {
    pub(super) fn new(kind: &'static str, facts: impl Into<String>, body: Vec<String>) -> Self {
        Self { kind, facts: facts.into(), body }
    }
}
