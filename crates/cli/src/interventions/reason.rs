//! Reads the reason that a person gives for an intervention.

use common::untrusted_text::one_line;

use crate::failure::Failure;

const MAX_CHARS: usize = 500;

/// Returns the reason as one line, which may be empty.
pub(super) fn reason(text: &str) -> String {
    one_line(text, MAX_CHARS)
}

/// Returns the reason as one line. `intervention` ends the sentence that asks for one that is empty.
pub(super) fn required_reason(text: &str, intervention: &str) -> Result<String, Failure> {
    let reason = reason(text);
    if reason.is_empty() {
        return Err(Failure::Input(format!("--reason is empty: say in a few words why {intervention}")));
    }
    Ok(reason)
}
