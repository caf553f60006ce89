//! Stable names of errors, as the state machines match them in `ErrorEquals`.

/// An error that a state machine can tell by name. The names are a contract: the ASL tests hold
/// every `ErrorEquals` against what the crates declare.
pub trait ErrorName {
    /// The names of its own that [`error_name`](Self::error_name) can give; an error that wraps a
    /// [`PortError`](crate::PortError) also gives that one's.
    const NAMES: &'static [&'static str];

    /// `Area.Reason`, never the name of a Rust type.
    fn error_name(&self) -> &'static str;
}
