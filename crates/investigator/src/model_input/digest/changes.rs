//! Who changed what.

use common::evidence::Change;

use super::entry::WIDEST;
use crate::{fence::Fence, model_input::component_names::Names};

pub(super) fn lines(change: &Change, fence: &Fence, names: Names<'_>) -> Vec<String> {
    let what = names.name(&change.resource).unwrap_or_default();
    let request: Vec<_> = change.request.iter().map(|(name, value)| format!("{name}={value}")).collect();
    vec![
        fence.line(&format!("{} by {}", change.event_name, change.actor), WIDEST),
        fence.line(&format!("on {what} {}", change.resource), WIDEST),
        fence.line(&request.join(" "), WIDEST),
    ]
}
