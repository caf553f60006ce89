//! Renders the reason of a hand-over from what the state machine reports.

use common::untrusted_text::one_line;

use crate::Input;

/// The length at which the state machine cuts, too: the reason of an undo comes after that of the action.
const MAX_REASON_CHARS: usize = 1000;

/// Renders why the incident is handed over.
pub(crate) fn escalation_reason(input: &Input) -> String {
    let text = |field: &Option<String>| {
        field.as_deref().map(|text| one_line(text, MAX_REASON_CHARS)).filter(|text| !text.is_empty())
    };
    let status = || {
        text(&input.status).map(|status| format!("the Step Functions execution ended with status {status}"))
    };
    match (text(&input.reason).or_else(status), text(&input.failed_state)) {
        (Some(reason), Some(state)) => format!("{reason} (in state {state})"),
        (Some(reason), None) => reason,
        (None, Some(state)) => format!("state {state} failed"),
        (None, None) => "no reason was recorded".to_owned(),
    }
}
