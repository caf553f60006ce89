//! Why there is no answer, and whose fault that is.

use common::{PortError, ports::PortErrorKind};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// What was asked for names nothing or makes no sense.
    #[error("{0}")]
    Input(String),
    /// It could not be done. One sentence, its causes included.
    #[error("{0}")]
    Operation(String),
}

impl Failure {
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Operation(_) => 1,
            Self::Input(_) => 2,
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

/// What to check.
pub(crate) const fn advice(kind: PortErrorKind) -> Option<&'static str> {
    match kind {
        PortErrorKind::Throttled => Some("AWS is asked too often: try again in a moment"),
        PortErrorKind::Unavailable => {
            Some("check the network, and AWS_REGION and AWS_ENDPOINT_URL where they are set")
        }
        PortErrorKind::Denied => {
            Some("check which credentials are in use (`nightshift doctor`) and what they permit")
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
            "GetItem INCIDENT#1: denied: not authorized (check which credentials are in use \
             (`nightshift doctor`) and what they permit)"
        );
    }
}
