//! Digests the team's own texts: steering, runbooks and passages of the knowledge base.

use super::entry::{Entry, LINE_CHARS};
use crate::{
    brief::{Brief, RunbookMatch, RunbookSource},
    fence::Fence,
};

/// Runbooks and passages together, at most.
const MAX_TEXTS: usize = 4;
const MAX_RUNBOOKS: usize = 3;
/// Places that neither runbooks nor passages take from the other.
const KEPT_FOR_EACH: usize = 2;
const RUNBOOK: &str = "runbook";
const OF_KNOWLEDGE: &str = "passage of the knowledge base";
const RUNBOOK_BYTES: usize = 1_500;

pub(super) fn steering(brief: &Brief<'_>, fence: &Fence, most: usize) -> Option<Entry> {
    let body = fence.lines(brief.steering?, most, LINE_CHARS);
    let head = "# What the team wants every investigation to know";
    (!body.is_empty()).then(|| Entry::fenced("the team's steering", head, "steering", &body, fence))
}

/// The entries of runbooks and passages of the knowledge base, and the number of each that there is no place for.
pub(super) fn texts(brief: &Brief<'_>, fence: &Fence) -> (Vec<Entry>, [(&'static str, usize); 2]) {
    let (passages, runbooks): (Vec<_>, Vec<_>) =
        brief.runbooks.iter().partition(|one| one.source == RunbookSource::KnowledgeBase);
    let of_passages = passages.len().min(KEPT_FOR_EACH);
    let of_runbooks = runbooks.len().min(MAX_RUNBOOKS).min(MAX_TEXTS.saturating_sub(of_passages));
    let left_out = [
        (RUNBOOK, runbooks.len().saturating_sub(of_runbooks)),
        (OF_KNOWLEDGE, passages.len().saturating_sub(of_passages)),
    ];
    let runbooks = runbooks.into_iter().take(of_runbooks).map(|one| (RUNBOOK, one));
    let passages = passages.into_iter().take(of_passages).map(|one| (OF_KNOWLEDGE, one));
    let entry = |(at, (kind, runbook)): (usize, (&'static str, &RunbookMatch))| {
        let mut body = vec![
            fence.line(&format!("id: {}", runbook.id), LINE_CHARS),
            fence.line(&format!("title: {}", runbook.title), LINE_CHARS),
            fence.line(&format!("applies: {}", runbook.applies), LINE_CHARS),
        ];
        body.extend(fence.lines(&runbook.body, RUNBOOK_BYTES, LINE_CHARS));
        let head = format!("# Runbook {} that may fit", at.saturating_add(1));
        Entry::fenced(kind, &head, "runbook", &body, fence)
    };
    (runbooks.chain(passages).enumerate().map(entry).collect(), left_out)
}
