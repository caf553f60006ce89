//! Text from outside, made fit to keep and to show.

pub mod secrets;
pub mod untrusted_text;
