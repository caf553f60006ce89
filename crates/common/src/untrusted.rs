//! Makes text from outside fit to keep and to show.

pub mod secrets;
pub mod shell;
pub mod untrusted_text;
