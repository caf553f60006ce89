//! Failures of the outside, in the words of the ports.

use serde::{Deserialize, Serialize};

use crate::ErrorName;

/// A failure of a port.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {}", kind.as_str())]
pub struct PortError {
    /// Names what was tried, with the ids it was tried on.
    pub operation: String,
    pub kind: PortErrorKind,
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortErrorKind {
    /// Asked too often; later will do.
    Throttled,
    /// There was no answer, or it was that it cannot be done now.
    Unavailable,
    /// Not permitted; asking again does not help.
    Denied,
    /// It does not exist.
    NotFound,
    /// The request was not understood, or the answer was not.
    Invalid,
}

impl PortErrorKind {
    /// The failure as people read it, in a few words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Unavailable => "no answer",
            Self::Denied => "access denied",
            Self::NotFound => "not found",
            Self::Invalid => "answer not understood",
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Denied => "denied",
            Self::NotFound => "not found",
            Self::Invalid => "invalid request or answer",
        }
    }
}

impl PortError {
    pub fn new(
        operation: impl Into<String>,
        kind: PortErrorKind,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { operation: operation.into(), kind, source: source.into() }
    }
}

impl ErrorName for PortError {
    const NAMES: &'static [&'static str] =
        &["Port.Throttled", "Port.Unavailable", "Port.Denied", "Port.NotFound", "Port.Invalid"];

    fn error_name(&self) -> &'static str {
        match self.kind {
            PortErrorKind::Throttled => "Port.Throttled",
            PortErrorKind::Unavailable => "Port.Unavailable",
            PortErrorKind::Denied => "Port.Denied",
            PortErrorKind::NotFound => "Port.NotFound",
            PortErrorKind::Invalid => "Port.Invalid",
        }
    }
}
