//! What the team wrote down.

use super::entry::{Entry, WIDEST};
use crate::{brief::Brief, fence::Fence};

const MOST_RUNBOOKS: usize = 3;
const RUNBOOK_BYTES: usize = 1_500;

pub(super) fn steering(brief: &Brief<'_>, fence: &Fence, most: usize) -> Option<Entry> {
    let body = fence.lines(brief.steering?, most, WIDEST);
    let head = "# What the team wants every investigation to know";
    (!body.is_empty()).then(|| Entry::fenced("the team's steering", head, "steering", &body, fence))
}

pub(super) fn runbooks(brief: &Brief<'_>, fence: &Fence) -> Vec<Entry> {
    let entry = |(at, runbook): (usize, &crate::brief::Runbook)| {
        let mut body = vec![
            fence.line(&format!("id: {}", runbook.id), WIDEST),
            fence.line(&format!("title: {}", runbook.title), WIDEST),
            fence.line(&format!("applies: {}", runbook.applies), WIDEST),
        ];
        body.extend(fence.lines(&runbook.body, RUNBOOK_BYTES, WIDEST));
        let head = format!("# Runbook {} that may fit", at.saturating_add(1));
        Entry::fenced("runbook", &head, "runbook", &body, fence)
    };
    brief.runbooks.iter().take(MOST_RUNBOOKS).enumerate().map(entry).collect()
}
