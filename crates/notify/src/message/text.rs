//! Makes texts from anywhere fit for a message.

use common::{secrets::masked, untrusted_text::one_line};
use jiff::Timestamp;

const LINE_CHARS: usize = 400;

/// Returns a text from anywhere on one line, with secrets masked.
pub(crate) fn line(text: &str) -> String {
    one_line(&masked(text), LINE_CHARS)
}

/// Returns the name of a resource or of a person on one line. A part of it that looks like a secret is none.
pub(crate) fn name(name: &impl ToString) -> String {
    one_line(&name.to_string(), LINE_CHARS)
}

/// Returns the text with a full stop, unless it ends a sentence already.
pub(crate) fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}

/// Renders a confidence from 0 to 1 in whole percent, rounded down as the policies see it: `87 %`.
pub(crate) fn confidence(confidence: f64) -> String {
    format!("{:.0} %", (confidence.clamp(0.0, 1.0) * 100.0 + 1e-9).floor())
}

pub(crate) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Returns the first `max` lines, and a last one with the number of the others.
pub(crate) fn at_most(mut lines: Vec<String>, max: usize) -> Vec<String> {
    let more = lines.len().saturating_sub(max);
    lines.truncate(max);
    if more > 0 {
        lines.push(format!("(and {more} more)"));
    }
    lines
}
