//! Functions' error lines by their pattern, from CloudWatch Logs Insights, which is paid by the byte that
//! it scans: what would scan too much is not started, and what does after all is given up.

mod estimate;

use std::time::Duration;

use common::{
    Arn,
    ports::{Look, PortError, PortErrorKind},
    provider::{Note, Scope},
};
use serde_json::{Value, json};

use super::{
    answer::{Malformed, Parsed, number, required, text},
    each,
    function_versions::functions,
    note::{newest, note},
};
use crate::{
    error::unreadable,
    query::aws,
    wire::{
        Input, Operation, Wire,
        services::{LAMBDA, LOGS},
    },
};

const FUNCTION: Operation =
    Operation::at(&LAMBDA, "GetFunctionConfiguration", "GET", "/2015-03-31/functions/{}/configuration");
const GROUPS: Operation = Operation::new(&LOGS, "DescribeLogGroups");
const START: Operation = Operation::new(&LOGS, "StartQuery");
const RESULTS: Operation = Operation::new(&LOGS, "GetQueryResults");
const STOP: Operation = Operation::new(&LOGS, "StopQuery");
pub(super) const IAM: &[&str] = &[
    "lambda:GetFunctionConfiguration",
    "logs:DescribeLogGroups",
    "logs:GetQueryResults",
    "logs:StartQuery",
    "logs:StopQuery",
];

const MOST_FUNCTIONS: usize = 4;
const QUERY: &str =
    "filter @message like /(?i)(error|exception|fatal|panic|timed out)/ | pattern @message | limit 10";
const BETWEEN_ASKING: Duration = Duration::from_millis(500);
/// Then the query is given up: it is waited for while an incident is open.
const MOST_ASKING: u32 = 12;

pub(super) async fn look(wire: &Wire, scope: &Scope) -> Result<Look<Vec<Note>>, PortError> {
    let functions = functions(scope, MOST_FUNCTIONS);
    let groups = each(&functions, async |function| group_of(wire, function).await).await?;
    let groups: Vec<(Arn, estimate::Group)> =
        groups.into_iter().zip(functions).filter_map(|(group, function)| Some((function, group?))).collect();
    let estimates: Vec<u64> = groups.iter().map(|(_, group)| estimate::bytes(group, scope)).collect();
    let allowances = estimate::allowances(&estimates, scope.most_bytes).map_err(|estimate| {
        let why = format!(
            "it would scan about {estimate} bytes of {} log groups, and {} are allowed: it was not started",
            groups.len(),
            scope.most_bytes
        );
        unreadable(START.name(), why)
    })?;
    let allowed: Vec<_> = groups.iter().zip(allowances).collect();
    let found = each(&allowed, async |((function, group), allowance)| {
        count(wire, scope, function, &group.name, *allowance).await
    })
    .await?;
    let (start, end) = (scope.incident_from.as_second().to_string(), scope.to.as_second().to_string());
    let queries: Vec<_> = groups
        .iter()
        .map(|(_, group)| {
            aws([
                "logs",
                "start-query",
                "--log-group-name",
                &group.name,
                "--start-time",
                &start,
                "--end-time",
                &end,
                "--query-string",
                QUERY,
            ])
        })
        .collect();
    Ok(Look { query: queries.join("; "), found: newest(found.into_iter().flatten().collect()) })
}

/// The log group that the function writes to, where there is one. `pattern` is not to be had of a group
/// of the class Infrequent Access.
async fn group_of(wire: &Wire, function: &Arn) -> Result<Option<estimate::Group>, PortError> {
    let function = function.name();
    let input = Input::of(function.as_str()).label(function.as_str());
    let answer = match wire.json(&FUNCTION, &input).await {
        Ok(answer) => answer,
        Err(error) if error.kind == PortErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let name = text(&answer, "/LoggingConfig/LogGroup")
        .map_or_else(|| format!("/aws/lambda/{function}"), str::to_owned);
    let input = Input::of(name.as_str()).body(json!({"logGroupNamePrefix": name, "limit": 50}));
    let answer = wire.json(&GROUPS, &input).await?;
    estimate::group(&answer, &name).map_err(|why| why.of(GROUPS.name()))
}

/// Runs one query to its end, or gives it up.
async fn count(
    wire: &Wire,
    scope: &Scope,
    function: &Arn,
    group: &str,
    most_bytes: u64,
) -> Result<Vec<Note>, PortError> {
    let body = json!({
        "logGroupName": group,
        "startTime": scope.incident_from.as_second(),
        // Logs Insights takes the end in, we do not.
        "endTime": scope.to.as_second().saturating_sub(1),
        "queryString": QUERY,
    });
    let answer = wire.json(&START, &Input::of(group).body(body)).await?;
    let id = required(&answer, "queryId").map_err(|why| why.of(START.name()))?;
    let named = || Input::of(group).body(json!({"queryId": id}));
    let mut given_up = "it took too long";
    for _ in 0..MOST_ASKING {
        let answer = wire.json(&RESULTS, &named()).await?;
        match progress(&answer, most_bytes).map_err(|why| why.of(RESULTS.name()))? {
            Progress::Complete => {
                return notes(&answer, function).map_err(|why| why.of(RESULTS.name()));
            }
            Progress::Failed(status) => {
                return Err(unreadable(RESULTS.name(), format!("the query on {group} ended as {status}")));
            }
            Progress::TooMuch => {
                given_up = "it scanned more than is allowed";
                break;
            }
            Progress::Running => tokio::time::sleep(BETWEEN_ASKING).await,
        }
    }
    // It is given up either way: what this says changes nothing.
    let _ = wire.json(&STOP, &named()).await;
    let why = format!("the query on {group} was stopped: {given_up}");
    Err(PortError::new(RESULTS.name(), PortErrorKind::Unavailable, why))
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
        "Scheduled" | "Running" => {
            // Whole numbers far below what a float holds exactly.
            #[allow(clippy::cast_precision_loss, reason = "a cap need not be exact")]
            let most = most_bytes as f64;
            if scanned.is_some_and(|scanned| scanned > most) { Progress::TooMuch } else { Progress::Running }
        }
        other => Progress::Failed(other.to_owned()),
    })
}

/// A row is a list of fields.
fn notes(answer: &Value, function: &Arn) -> Parsed<Vec<Note>> {
    let malformed = || Malformed("results is no list of rows of fields".to_owned());
    let rows = match answer.get("results") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(rows) => rows.as_array().ok_or_else(malformed)?,
    };
    let mut notes = Vec::new();
    for row in rows {
        let fields = row.as_array().ok_or_else(malformed)?;
        let field = |name| {
            let field = fields.iter().find(|field| text(field, "field") == Some(name));
            field.and_then(|field| text(field, "value"))
        };
        let (Some(pattern), Some(count)) = (field("@pattern"), field("@sampleCount")) else {
            return Err(malformed());
        };
        let severity = field("@severityLabel").filter(|label| *label != "NONE");
        let severity = severity.map(|label| format!(" ({label})")).unwrap_or_default();
        let what = format!("{}: {count} lines{severity} like: {pattern}", function.name());
        notes.push(note(None, Some(function.clone()), None, &what));
    }
    Ok(notes)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::providers::tests::{garbled, scope};

    pub(crate) fn recorded(status: &str, scanned: f64) -> Value {
        let row = |pattern: &str, count: &str, severity: &str| {
            json!([
                {"field": "@pattern", "value": pattern},
                {"field": "@sampleCount", "value": count},
                {"field": "@ratio", "value": "0.9"},
                {"field": "@severityLabel", "value": severity},
                {"field": "@ptr", "value": "x"},
            ])
        };
        json!({
            "status": status,
            "results": [
                row("[ERROR] KeyError: 'prices' RequestId: <*>", "143", "ERROR"),
                row("token=swordfish timed out", "2", "NONE"),
            ],
            "statistics": {"bytesScanned": scanned, "recordsMatched": 145.0, "recordsScanned": 9000.0},
        })
    }

    #[test]
    fn patterns_are_counted_for_their_function() {
        let notes = notes(&recorded("Complete", 1.0), &scope().resources[0]).unwrap();
        let said: Vec<_> = notes.iter().map(|note| note.what.as_str()).collect();
        assert_eq!(
            said,
            [
                "checkout: 143 lines (ERROR) like: [ERROR] KeyError: 'prices' RequestId: <*>",
                "checkout: 2 lines like: token=[masked] timed out",
            ]
        );
    }

    #[test]
    fn progress_that_scans_too_much_is_seen_while_it_runs() {
        for (status, scanned, expected) in [
            ("Running", 10.0, Progress::Running),
            ("Scheduled", 0.0, Progress::Running),
            ("Running", 101.0, Progress::TooMuch),
            ("Complete", 101.0, Progress::Complete),
            ("Timeout", 1.0, Progress::Failed("Timeout".into())),
        ] {
            assert_eq!(progress(&recorded(status, scanned), 100).unwrap(), expected);
        }
        assert!(progress(&json!({}), 100).is_err());
    }

    proptest! {
        #[test]
        fn results_any_answer_is_read_or_malformed(answer in garbled(recorded("Complete", 1.0))) {
            let _ = (notes(&answer, &scope().resources[0]), progress(&answer, 1));
        }
    }
}
