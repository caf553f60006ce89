//! Digests log lines as templates with counts, those that increased most first.

use common::findings::LogTemplate;

use super::entry::{LINE_CHARS, first_lines};
use crate::fence::Fence;

const MAX_TEMPLATES: usize = 12;

pub(super) fn lines(templates: &[LogTemplate], fence: &Fence) -> Vec<String> {
    let mut sorted: Vec<&LogTemplate> = templates.iter().collect();
    sorted.sort_by_key(|one| std::cmp::Reverse(one.incident.saturating_sub(one.baseline)));
    let shown = sorted.into_iter().map(|one| {
        fence.line(&format!("{} → {} lines: {}", one.baseline, one.incident, one.template), LINE_CHARS)
    });
    first_lines(MAX_TEMPLATES, shown.collect())
}
