//! Notifies the waiting execution of the decision.

use approve::Decision;
use aws_sdk_sfn::{Client, operation::send_task_success::SendTaskSuccessError};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use serde_json::json;

use crate::{account::aws_failure, failure::Failure};

pub(super) const fn word(decision: &Decision) -> &'static str {
    if decision.approved { "approved" } else { "denied" }
}

pub(super) async fn wake(client: &Client, decision: &Decision) -> Result<(), Failure> {
    let sent =
        client.send_task_success().task_token(&decision.task_token).output(output(decision)).send().await;
    sent.map(|_| ()).map_err(|error| not_told(decision, &error))
}

/// The output that the state machine reads.
fn output(decision: &Decision) -> String {
    json!({ "result": word(decision), "by": decision.by }).to_string()
}

fn not_told(decision: &Decision, error: &SdkError<SendTaskSuccessError, HttpResponse>) -> Failure {
    let word = word(decision);
    let gone = match error.as_service_error() {
        Some(SendTaskSuccessError::TaskTimedOut(_)) => "it was notified already, or its wait is over",
        Some(SendTaskSuccessError::TaskDoesNotExist(_)) => "it no longer exists",
        Some(SendTaskSuccessError::InvalidToken(_)) => "Step Functions does not recognize its token",
        _ => {
            return Failure::Operation(format!(
                "recorded as {word}, but the waiting execution was not notified; run the command again with \
                 --plan: {}",
                aws_failure::sentence("states:SendTaskSuccess", error)
            ));
        }
    };
    Failure::Operation(format!(
        "recorded as {word}, but no execution is waiting for it: {gone} (see `nightshift show`)"
    ))
}

#[cfg(test)]
mod tests {
    use aws_sdk_sfn::{
        error::ErrorMetadata,
        types::error::{InvalidToken, TaskTimedOut},
    };
    use aws_smithy_types::body::SdkBody;
    use fakes::sample;

    use super::*;

    fn decision() -> Decision {
        Decision {
            approved: true,
            by: "arn:ada".to_owned(),
            at: sample::at(),
            task_token: "a-secret".to_owned(),
        }
    }

    #[test]
    fn output_says_what_the_state_machine_reads() {
        let said: serde_json::Value = serde_json::from_str(&output(&decision())).unwrap();
        assert_eq!(said, json!({ "result": "approved", "by": "arn:ada" }));
        assert_eq!(word(&Decision { approved: false, ..decision() }), "denied");
    }

    #[test]
    fn not_told_says_what_is_recorded_and_why_nobody_was_woken() {
        for (given, expected) in [
            (SendTaskSuccessError::TaskTimedOut(TaskTimedOut::builder().build()), "its wait is over"),
            (
                SendTaskSuccessError::InvalidToken(InvalidToken::builder().build()),
                "does not recognize its token",
            ),
            (
                SendTaskSuccessError::generic(
                    ErrorMetadata::builder().code("AccessDeniedException").message("no").build(),
                ),
                "run the command again with --plan",
            ),
        ] {
            let response = HttpResponse::new(400.try_into().unwrap(), SdkBody::empty());
            let said = not_told(&decision(), &SdkError::service_error(given, response)).to_string();
            assert!(said.contains("recorded as approved") && said.contains(expected), "{said}");
            assert!(!said.contains("a-secret"), "{said}");
        }
    }
}
