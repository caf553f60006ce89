//! Reports an error of a function to the state machine.

use std::error::Error;

use common::ErrorName;
use lambda_runtime::Diagnostic;

/// An error on its way to the state machine: its stable name as the type, and the chain of its causes,
/// printed once, as the message.
#[derive(Debug)]
pub struct Reported<E>(pub E);

impl<E: ErrorName + Error> From<Reported<E>> for Diagnostic {
    fn from(Reported(error): Reported<E>) -> Self {
        Self { error_type: error.error_name().to_owned(), error_message: chain(&error) }
    }
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // A transparent error repeats its source's words.
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use common::{PortError, ports::PortErrorKind};

    use super::*;

    #[test]
    fn diagnostic_has_the_stable_name_and_the_whole_chain() {
        let error = PortError::new("read the mode", PortErrorKind::Denied, "no permission");
        let diagnostic = Diagnostic::from(Reported(error));
        assert_eq!(diagnostic.error_type, "Port.Denied");
        assert_eq!(diagnostic.error_message, "read the mode: denied: no permission");
    }
}
