//! Runs one query: starts it, polls until it has ended, and stops it where it does not in time.

use std::{error::Error, time::Duration};

use common::{
    context_source::Scope,
    ports::{PortError, PortErrorKind},
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::{
    context_sources::answer::{Parsed, number, required},
    error::unreadable,
    signed_http::{Input, Operation, SignedClient, services::LOGS},
    time::within,
};

pub(super) const START: Operation = Operation::new(&LOGS, "StartQuery");
const RESULTS: Operation = Operation::new(&LOGS, "GetQueryResults");
const STOP: Operation = Operation::new(&LOGS, "StopQuery");
pub(super) const QUERY: &str =
    "filter @message like /(?i)(error|exception|fatal|panic|timed out)/ | pattern @message | limit 10";

/// The time that each part may take. Together they stay below the eight seconds after which whoever looks
/// lets go of it all: a query that was not stopped by then would run on, and be paid.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeLimits {
    pub(super) groups: Duration,
    pub(super) query: Duration,
    pub(super) between: Duration,
    pub(super) stop: Duration,
}

pub(super) const LIMITS: TimeLimits = TimeLimits {
    groups: Duration::from_secs(2),
    query: Duration::from_secs(4),
    between: Duration::from_millis(500),
    stop: Duration::from_millis(1_500),
};

fn unavailable(operation: &Operation, why: impl Into<Box<dyn Error + Send + Sync>>) -> PortError {
    PortError::new(operation.name(), PortErrorKind::Unavailable, why)
}

/// The answer of a query that was run to its end; one that does not get there is stopped.
pub(super) async fn count(
    limits: TimeLimits,
    client: &SignedClient,
    scope: &Scope,
    group: &str,
    most_bytes: u64,
) -> Result<Value, PortError> {
    let body = json!({
        "logGroupName": group,
        "startTime": scope.incident_from.as_second(),
        // Logs Insights takes the end in, we do not.
        "endTime": scope.to.as_second().saturating_sub(1),
        "queryString": QUERY,
    });
    let until = Instant::now().checked_add(limits.query).unwrap_or_else(Instant::now);
    let input = Input::new(group).body(body);
    let answer = within(limits.query, || START.name().to_owned(), client.json(&START, &input)).await?;
    let id = required(&answer, "queryId").map_err(|why| why.into_error(START.name()))?;
    let named = Input::new(group).body(json!({"queryId": id}));
    let asked = timeout_at(until, ended(limits.between, client, &named, most_bytes)).await;
    let given_up = match asked {
        Ok(Ok(End::Complete(answer))) => return Ok(answer),
        Ok(Ok(End::Failed(status))) => {
            return Err(unreadable(RESULTS.name(), format!("the query on {group} ended as {status}")));
        }
        Ok(Ok(End::TooMuch)) => unavailable(&RESULTS, "it scanned more than is allowed"),
        Ok(Err(error)) => error,
        Err(_) => unavailable(&RESULTS, "it took too long"),
    };
    // It is given up either way: what this says changes nothing.
    let _ = timeout(limits.stop, client.json(&STOP, &named)).await;
    let why = format!("the query on {group} was stopped: {}", given_up.source);
    Err(PortError::new(RESULTS.name(), given_up.kind, why))
}

enum End {
    Complete(Value),
    Failed(String),
    TooMuch,
}

/// Asks until the query has ended, or has to be stopped.
async fn ended(
    between: Duration,
    client: &SignedClient,
    named: &Input,
    most_bytes: u64,
) -> Result<End, PortError> {
    loop {
        let answer = client.json(&RESULTS, named).await?;
        match progress(&answer, most_bytes).map_err(|why| why.into_error(RESULTS.name()))? {
            Progress::Complete => return Ok(End::Complete(answer)),
            Progress::Failed(status) => return Ok(End::Failed(status)),
            Progress::TooMuch => return Ok(End::TooMuch),
            Progress::Running => sleep(between).await,
        }
    }
}

#[derive(Debug, PartialEq)]
enum Progress {
    Running,
    TooMuch,
    Complete,
    Failed(String),
}

fn progress(answer: &Value, most_bytes: u64) -> Parsed<Progress> {
    let status = required(answer, "status")?;
    let scanned = answer.get("statistics").and_then(|statistics| number(statistics, "bytesScanned"));
    Ok(match status {
        "Complete" => Progress::Complete,
        "Scheduled" | "Running" | "Unknown" => {
            // Whole numbers far below what a float holds exactly.
            #[allow(clippy::cast_precision_loss, reason = "a cap need not be exact")]
            let most = most_bytes as f64;
            if scanned.is_some_and(|scanned| scanned > most) { Progress::TooMuch } else { Progress::Running }
        }
        other => Progress::Failed(other.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::context_sources::{log_insights::tests::recorded, tests::garbled};

    #[test]
    fn progress_that_scans_too_much_is_seen_while_it_runs() {
        for (status, scanned, expected) in [
            ("Running", 10.0, Progress::Running),
            ("Scheduled", 0.0, Progress::Running),
            ("Unknown", 0.0, Progress::Running),
            ("Running", 101.0, Progress::TooMuch),
            ("Complete", 101.0, Progress::Complete),
            ("Timeout", 1.0, Progress::Failed("Timeout".into())),
        ] {
            assert_eq!(progress(&recorded(status, scanned), 100).unwrap(), expected);
        }
        assert!(progress(&json!({}), 100).is_err());
    }

    #[test]
    fn limits_together_end_before_the_callers() {
        let all = LIMITS.groups + LIMITS.query + LIMITS.stop;
        assert!(all < Duration::from_secs(8), "{all:?}");
    }

    proptest! {
        #[test]
        fn progress_of_any_answer_is_read_or_malformed(answer in garbled(recorded("Running", 1.0))) {
            let _ = progress(&answer, 1);
        }
    }
}
