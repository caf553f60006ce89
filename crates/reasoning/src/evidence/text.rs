//! How much of somebody else's text is shown.

pub use common::untrusted_text::one_line;

/// The longest a single name or actor may be in a sentence.
pub const VALUE_CHARS: usize = 160;

/// The longest a sentence may be.
pub const SENTENCE_CHARS: usize = 600;
