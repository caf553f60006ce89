//! Cuts and masks text from anywhere, and puts it on one line, before it is shown.

use common::secrets::masked;
pub use common::untrusted_text::one_line;

/// The longest a single name or actor may be in a sentence, in characters.
pub const VALUE_CHARS: usize = 160;

/// The longest a sentence may be, in characters.
pub const SENTENCE_CHARS: usize = 600;

/// The longest that one line of the timeline, or the impact, may be, in characters.
pub const LINE_CHARS: usize = 240;

/// Returns a text on one line of at most `most` characters, with secrets masked.
pub fn masked_line(text: &str, most: usize) -> String {
    one_line(&masked(text), most)
}
