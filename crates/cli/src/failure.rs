//! The reason why a command has no answer: its input was invalid, or the operation failed.

use common::{PortError, ports::PortErrorKind};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The input names nothing that exists, or is invalid.
    #[error("{0}")]
    Input(String),
    /// The operation failed. One sentence, its causes included.
    #[error("{0}")]
    Operation(String),
    /// A program that the command starts is not installed. One sentence, and how to get it.
    #[error("{0}")]
    MissingTool(String),
}

impl Failure {
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Operation(_) => 1,
            Self::Input(_) => 2,
            Self::MissingTool(_) => 3,
        }
    }
}

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        let advice = advice(error.kind);
        Self::Operation(with_advice(chain(&error), advice))
    }
}

impl From<approve::Error> for Failure {
    fn from(error: approve::Error) -> Self {
        match error {
            approve::Error::Port(error) => error.into(),
            other => Self::Operation(chain(&other)),
        }
    }
}

/// Tells what to check after an error of this kind.
pub(crate) const fn advice(kind: PortErrorKind) -> Option<&'static str> {
    match kind {
        PortErrorKind::Throttled => Some("AWS throttles these calls: try again in a minute"),
        PortErrorKind::Unavailable => Some("check the network, AWS_REGION and AWS_ENDPOINT_URL"),
        PortErrorKind::Denied => {
            Some("check the permissions of your credentials: `nightshift doctor` shows whose they are")
        }
        PortErrorKind::NotFound => Some("check the region and --stack"),
        PortErrorKind::Invalid => None,
    }
}

pub(crate) fn with_advice(text: String, advice: Option<&str>) -> String {
    match advice {
        Some(advice) => format!("{text} ({advice})"),
        None => text,
    }
}

/// An error and its causes on one line. A cause that only repeats what was said is left out, as
/// the SDK's wrappers do.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_error_says_its_cause_and_what_to_check() {
        let error = PortError::new("GetItem INCIDENT#1", PortErrorKind::Denied, "not authorized");
        let failure = Failure::from(error);
        assert_eq!(failure.exit_code(), 1);
        assert_eq!(
            failure.to_string(),
            "GetItem INCIDENT#1: denied: not authorized (check the permissions of your credentials: \
             `nightshift doctor` shows whose they are)"
        );
    }
}
