//! A part of a digest.

use common::EvidenceId;

use crate::fence::Fence;

/// The widest that a line of somebody else's text may be.
pub(super) const WIDEST: usize = 300;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) text: String,
    /// What it is, for what was left out.
    pub(super) kind: &'static str,
    pub(super) evidence: Option<EvidenceId>,
    /// Without it the rest makes no sense, so it stays whatever its size; its own parts are capped.
    pub(super) needed: bool,
}

impl Entry {
    /// `head` is ours: ids, numbers, times and words of closed lists. `body` is inside the fence.
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
            format!("{head}\n{}", fence.around(source, &body))
        };
        Self { text, kind, evidence: None, needed: false }
    }

    pub(super) fn needed(self) -> Self {
        Self { needed: true, ..self }
    }
}

/// The first `most` of `lines`, and how many more there are.
pub(super) fn first(most: usize, lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(most);
    let mut shown: Vec<String> = lines.into_iter().take(most).collect();
    if more > 0 {
        shown.push(format!("({more} more)"));
    }
    shown
}
