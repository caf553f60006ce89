//! Log lines, as their templates.

use common::findings::LogTemplate;

use super::entry::{WIDEST, first};
use crate::fence::Fence;

const MOST_TEMPLATES: usize = 12;

pub(super) fn lines(templates: &[LogTemplate], fence: &Fence) -> Vec<String> {
    let mut sorted: Vec<&LogTemplate> = templates.iter().collect();
    sorted.sort_by_key(|one| std::cmp::Reverse(one.incident.saturating_sub(one.baseline)));
    let shown = sorted.into_iter().map(|one| {
        fence.line(&format!("{} → {} lines: {}", one.baseline, one.incident, one.template), WIDEST)
    });
    first(MOST_TEMPLATES, shown.collect())
}
