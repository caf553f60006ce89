//! Functions' error lines by their pattern, from CloudWatch Logs Insights, which is paid by the byte that
//! it scans: what would scan too much is not started, and what does after all is given up.

mod estimate;
mod query;

use common::{
    Arn,
    context_source::{Note, Scope},
    ports::{PortError, PortErrorKind, Reading},
};
use serde_json::{Value, json};

use self::query::{LIMITS, QUERY, START, TimeLimits, count};
use super::{
    answer::{Malformed, Parsed, text},
    each,
    function_versions::functions,
    note::{newest, note},
    some_of,
};
use crate::{
    cli_command::aws,
    error::unreadable,
    signed_http::{
        Input, Operation, SignedClient,
        services::{LAMBDA, LOGS},
    },
    time::within,
};

const FUNCTION: Operation =
    Operation::at(&LAMBDA, "GetFunctionConfiguration", "GET", "/2015-03-31/functions/{}/configuration");
const GROUPS: Operation = Operation::new(&LOGS, "DescribeLogGroups");
pub(super) const IAM: &[&str] = &[
    "lambda:GetFunctionConfiguration",
    "logs:DescribeLogGroups",
    "logs:GetQueryResults",
    "logs:StartQuery",
    "logs:StopQuery",
];

const MOST_FUNCTIONS: usize = 4;

pub(super) async fn look(client: &SignedClient, scope: &Scope) -> Result<Reading<Vec<Note>>, PortError> {
    look_for(LIMITS, client, scope).await
}

async fn look_for(
    limits: TimeLimits,
    client: &SignedClient,
    scope: &Scope,
) -> Result<Reading<Vec<Note>>, PortError> {
    let functions = functions(scope, MOST_FUNCTIONS);
    let groups = each(&functions, async |function| group_of(client, function).await);
    let groups = within(limits.groups, || GROUPS.name().to_owned(), groups).await?;
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
    let named = |((function, _), _): &(&(Arn, estimate::Group), u64)| function.name();
    let (found, left_out) = some_of(&allowed, named, async |((function, group), allowance)| {
        let answer = count(limits, client, scope, &group.name, *allowance).await?;
        notes(&answer, function).map_err(|why| why.into_error("GetQueryResults"))
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
    let found = newest(found.into_iter().flatten().collect());
    Ok(Reading::new(queries.join("; "), found).truncated(left_out))
}

/// The log group that the function writes to, where there is one. `pattern` is not to be had of a group
/// of the class Infrequent Access.
async fn group_of(client: &SignedClient, function: &Arn) -> Result<Option<estimate::Group>, PortError> {
    let function = function.name();
    let input = Input::new(function.as_str()).label(function.as_str());
    let answer = match client.json(&FUNCTION, &input).await {
        Ok(answer) => answer,
        Err(error) if error.kind == PortErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let name = text(&answer, "/LoggingConfig/LogGroup")
        .map_or_else(|| format!("/aws/lambda/{function}"), str::to_owned);
    let input = Input::new(name.as_str()).body(json!({"logGroupNamePrefix": name, "limit": 50}));
    let answer = client.json(&GROUPS, &input).await?;
    estimate::group(&answer, &name).map_err(|why| why.into_error(GROUPS.name()))
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
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        context_sources::tests::{garbled, scope},
        signed_http::loopback::{Loopback, ReceivedRequest},
    };

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

    /// Two functions, whose queries answer as told.
    async fn looked(
        results: impl Fn(&str) -> Option<(u16, Value)> + Send + Sync + 'static,
    ) -> (Result<Reading<Vec<Note>>, PortError>, Vec<ReceivedRequest>) {
        let service = Loopback::answering(move |asked| {
            let of = |name| asked.head.contains(name) || asked.body.contains(name);
            let function = if of("checkout") { "checkout" } else { "billing" };
            let group = format!("/aws/lambda/{function}");
            let answer = if asked.is("DescribeLogGroups") {
                json!({"logGroups": [{"logGroupName": group, "storedBytes": 9}]})
            } else if asked.is("StartQuery") {
                json!({"queryId": function})
            } else if asked.is("GetQueryResults") {
                return results(function).map(|(status, answer)| (status, answer.to_string()));
            } else {
                json!({})
            };
            Some((200, answer.to_string()))
        })
        .await;
        let client = SignedClient::from_config(&service.config().await);
        let mut scope = scope();
        scope.resources.push("arn:aws:lambda:eu-west-1:123456789012:function:billing".parse().unwrap());
        let soon = Duration::from_millis(1);
        let limits = TimeLimits { query: Duration::from_millis(500), between: soon, ..LIMITS };
        (look_for(limits, &client, &scope).await, service.asked())
    }

    fn stopped(asked: &[ReceivedRequest]) -> Vec<&str> {
        let stopped = asked.iter().filter(|asked| asked.is("StopQuery"));
        let mut ids: Vec<_> = stopped.map(|asked| asked.body.as_str()).collect();
        ids.sort_unstable();
        ids
    }

    #[tokio::test]
    async fn query_that_does_not_end_is_stopped_and_the_other_one_is_kept() {
        let (look, asked) = looked(|function| {
            let status = if function == "checkout" { "Complete" } else { "Running" };
            Some((200, recorded(status, 1.0)))
        })
        .await;
        let Reading { value: found, truncation, .. } = look.unwrap();
        assert_eq!(found.len(), 2);
        let reason = truncation.unwrap().reason;
        assert!(
            reason.contains("left out: billing: the query on /aws/lambda/billing was stopped"),
            "{reason}"
        );
        assert_eq!(stopped(&asked), [r#"{"queryId":"billing"}"#]);
    }

    #[tokio::test]
    async fn query_whose_results_do_not_come_is_stopped() {
        for answer in [None, Some((400, json!({}))), Some((200, json!([1])))] {
            let (look, asked) = looked(move |_| answer.clone()).await;
            assert!(look.unwrap_err().source.to_string().contains("was stopped"));
            assert_eq!(stopped(&asked), [r#"{"queryId":"billing"}"#, r#"{"queryId":"checkout"}"#]);
        }
    }

    proptest! {
        #[test]
        fn results_any_answer_is_read_or_malformed(answer in garbled(recorded("Complete", 1.0))) {
            let _ = notes(&answer, &scope().resources[0]);
        }
    }
}
