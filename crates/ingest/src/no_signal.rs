//! Names the two reasons for which an event is not a signal.

use crate::json_object::InvalidField;

/// An event that is not a signal, with the reason.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoSignal {
    /// Well-formed, and nothing to act on.
    Ignored(String),
    /// Not understood.
    Rejected(String),
}

impl From<InvalidField> for NoSignal {
    fn from(InvalidField(reason): InvalidField) -> Self {
        Self::Rejected(reason)
    }
}
