use crate::evidence::Truncation;

/// The answer of one read, with the call that anyone could repeat.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading<T> {
    /// The call as an AWS CLI command; empty where nothing had to be asked.
    pub command: String,
    pub value: T,
    /// Says which part of the answer is missing; `None` where all of it was read.
    pub truncation: Option<Truncation>,
}

impl<T> Reading<T> {
    /// A reading of the whole answer.
    pub const fn new(command: String, value: T) -> Self {
        Self { command, value, truncation: None }
    }

    /// The same reading, of which `truncation` says what is missing.
    #[must_use]
    pub fn truncated(self, truncation: Option<Truncation>) -> Self {
        Self { truncation, ..self }
    }
}
