//! Digests changes: who changed what, and by which request.

use common::evidence::Change;

use super::entry::LINE_CHARS;
use crate::{fence::Fence, model_input::ComponentNames};

pub(super) fn lines(change: &Change, fence: &Fence, names: ComponentNames<'_>) -> Vec<String> {
    let what = names.short_name(&change.resource).unwrap_or_default();
    let request: Vec<_> = change.request.iter().map(|(name, value)| format!("{name}={value}")).collect();
    vec![
        fence.line(&format!("{} by {}", change.event_name, change.actor), LINE_CHARS),
        fence.line(&format!("on {what} {}", change.resource), LINE_CHARS),
        fence.line(&request.join(" "), LINE_CHARS),
    ]
}
