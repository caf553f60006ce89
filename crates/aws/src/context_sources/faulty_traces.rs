//! Counts the faults and errors that X-Ray's traces end in, by where they begin. A sample: X-Ray samples.

use std::collections::BTreeMap;

use common::{
    Arn,
    context_source::{Note, Scope},
    evidence::Truncation,
    ports::{PortError, Reading},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    answer::{Parsed, list, required, seconds, text, time},
    note::{after_colon, newest, note},
};
use crate::{
    cli_command::aws,
    signed_http::{Input, Operation, SignedClient, services::X_RAY},
};

const SUMMARIES: Operation = Operation::at(&X_RAY, "GetTraceSummaries", "POST", "/TraceSummaries");
pub(super) const IAM: &[&str] = &["xray:GetTraceSummaries"];

const FILTER: &str = "fault = true OR error = true";
/// The last of an incident: a sample of it tells as much as all of it, and is paid by what is scanned.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
const MOST_PAGES: usize = 5;
/// Traces scanned; after the page that passes it no other one is asked for.
const MOST_SCANNED: u64 = 10_000;
/// The most notes that are kept: those of the most traces.
const MOST_CAUSES: usize = 20;

pub(super) async fn look(client: &SignedClient, scope: &Scope) -> Result<Reading<Vec<Note>>, PortError> {
    let from = scope.incident_from.max(scope.to.checked_sub(LONGEST).unwrap_or(scope.incident_from));
    let body = json!({
        "StartTime": seconds(from),
        "EndTime": seconds(scope.to),
        "TimeRangeType": "Event",
        "Sampling": true,
        "FilterExpression": FILTER,
    });
    let (answers, more) = pages(client, &Input::new("with faults").body(body)).await?;
    let found = notes(&answers, scope).map_err(|why| why.into_error(SUMMARIES.name()))?;
    let query = aws([
        "xray",
        "get-trace-summaries",
        "--start-time",
        &from.to_string(),
        "--end-time",
        &scope.to.to_string(),
        "--time-range-type",
        "Event",
        "--sampling",
        "--filter-expression",
        FILTER,
    ]);
    let comment = more.then(|| Truncation::new(format!("too many: only {} pages were read", answers.len())));
    Ok(Reading::new(query, found).truncated(comment))
}

/// The answers of the pages, and whether there were more.
async fn pages(client: &SignedClient, input: &Input) -> Result<(Vec<Value>, bool), PortError> {
    let (mut answers, mut scanned) = (Vec::new(), 0u64);
    let mut token: Option<String> = None;
    while answers.len() < MOST_PAGES && scanned < MOST_SCANNED {
        let answer = client.json(&SUMMARIES, &input.clone().page("NextToken", token.as_deref())).await?;
        let processed = answer.get("TracesProcessedCount").and_then(Value::as_u64);
        scanned = scanned.saturating_add(processed.unwrap_or(0));
        token = text(&answer, "NextToken").map(str::to_owned);
        answers.push(answer);
        if token.is_none() {
            break;
        }
    }
    Ok((answers, token.is_some()))
}

/// Traces that end alike.
#[derive(Default)]
struct FaultGroup<'a> {
    count: u32,
    last: Option<Timestamp>,
    example: &'a str,
    resource: Option<Arn>,
}

fn notes(answers: &[Value], scope: &Scope) -> Parsed<Vec<Note>> {
    let mut causes: BTreeMap<String, FaultGroup> = BTreeMap::new();
    for answer in answers {
        for trace in list(answer, "TraceSummaries")? {
            let id = required(trace, "Id")?;
            let (cause, service) = cause(trace)?;
            let alike = causes.entry(cause).or_default();
            alike.count = alike.count.saturating_add(1);
            let at = time(trace, "MatchedEventTime").or_else(|| time(trace, "StartTime"));
            if alike.count == 1 || at > alike.last {
                (alike.last, alike.example) = (at, id);
            }
            alike.resource =
                alike.resource.take().or_else(|| service.and_then(|service| arn(service, scope)));
        }
    }
    let mut causes: Vec<_> = causes.into_iter().collect();
    causes.sort_by_key(|(_, alike)| std::cmp::Reverse(alike.count));
    causes.truncate(MOST_CAUSES);
    let notes = causes.into_iter().map(|(cause, alike)| {
        let FaultGroup { count, last, example, resource } = alike;
        let traces = if count == 1 { "trace" } else { "traces" };
        note(last, resource, None, &format!("{count} {traces} ended in {cause}; the last is {example}"))
    });
    Ok(newest(notes.collect()))
}

/// Describes the fault in words that are the same for traces that end alike, and names its service.
fn cause(trace: &Value) -> Parsed<(String, Option<&Value>)> {
    for (kind, field) in [("a fault", "FaultRootCauses"), ("an error", "ErrorRootCauses")] {
        for root in list(trace, field)? {
            // The way there: the last service is where it began.
            let Some(service) = list(root, "Services")?.last() else { continue };
            let name = text(service, "Name").unwrap_or("?");
            let mut exception = None;
            for entity in list(service, "EntityPath")? {
                exception = list(entity, "Exceptions")?.first().or(exception);
            }
            let exception = exception.map(|exception| {
                let name = text(exception, "Name").unwrap_or("an exception");
                format!("{name}{}", after_colon(text(exception, "Message")))
            });
            let said = format!("{kind} in {name}{}", after_colon(exception.as_deref()));
            return Ok((said, Some(service)));
        }
    }
    let status = trace.pointer("/Http/HttpStatus").and_then(Value::as_i64);
    let status = status.map_or_else(|| "a fault".to_owned(), |status| format!("HTTP {status}"));
    let entry = trace.get("EntryPoint");
    let name = entry.and_then(|entry| text(entry, "Name")).unwrap_or("an unnamed service");
    Ok((format!("{status} of {name}"), entry))
}

/// Returns the ARN of a function; `None` for all else, because other names are what the program calls itself.
fn arn(service: &Value, scope: &Scope) -> Option<Arn> {
    let name = text(service, "Name")?;
    let function = format!("function:{name}");
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let is_function = text(service, "Type")?.starts_with("AWS::Lambda");
    (plain && is_function).then(|| Arn::new("lambda", &scope.region, &scope.account, &function))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        context_sources::tests::{at, garbled, scope},
        signed_http::loopback::Loopback,
    };

    fn recorded() -> Value {
        let service = |name: &str, kind: &str, exceptions: Value| {
            json!({"Name": name, "Names": [name], "Type": kind, "AccountId": "123456789012", "Inferred": false,
                "EntityPath": [{"Name": name, "Remote": false, "Exceptions": exceptions}]})
        };
        let trace = |id: &str, second: f64, causes: Value| {
            json!({
                "Id": id, "StartTime": second, "Duration": 0.2, "ResponseTime": 0.2, "HasFault": true,
                "HasError": false, "IsPartial": false,
                "Http": {"HttpURL": "https://shop.example.com/?token=swordfish", "HttpStatus": 502},
                "EntryPoint": {"Name": "shop", "Type": "AWS::ApiGateway::Stage"},
                "FaultRootCauses": causes, "ErrorRootCauses": [],
            })
        };
        let causes = json!([{"ClientImpacting": true, "Services": [
            service("shop", "AWS::ApiGateway::Stage", json!([])),
            service("checkout", "AWS::Lambda::Function", json!([{"Name": "KeyError", "Message": "'prices'"}])),
        ]}]);
        json!({"ApproximateTime": 1_795_143_600.0, "TracesProcessedCount": 3, "TraceSummaries": [
            trace("1-a", 1_795_143_600.0, causes.clone()),
            trace("1-b", 1_795_143_660.0, causes),
            trace("1-c", 1_795_143_630.0, json!([])),
        ]})
    }

    #[test]
    fn traces_are_counted_by_where_they_begin_to_fail() {
        let notes = notes(&[recorded()], &scope()).unwrap();
        let said: Vec<_> = notes.iter().map(|note| (note.at.unwrap(), note.what.as_str())).collect();
        assert_eq!(
            said,
            [
                (
                    at("03:01:00"),
                    "2 traces ended in a fault in checkout: KeyError: 'prices'; the last is 1-b"
                ),
                (at("03:00:30"), "1 trace ended in HTTP 502 of shop; the last is 1-c"),
            ]
        );
        assert_eq!(notes[0].resource, Some(scope().resources[0].clone()));
    }

    #[tokio::test]
    async fn look_scans_a_short_window_and_no_more_pages_than_its_price_allows() {
        for (processed, asked, comment) in [(100u64, 5, "only 5 pages"), (6_000, 2, "only 2 pages")] {
            let page = json!({"TraceSummaries": [], "TracesProcessedCount": processed, "NextToken": "t"});
            let service = Loopback::answering(move |_| Some((200, page.to_string()))).await;
            let look = look(&SignedClient::from_config(&service.config().await), &scope()).await.unwrap();
            let reason = look.truncation.unwrap().reason;
            assert!(reason.contains(comment), "{reason}");
            let sent = service.asked();
            assert_eq!(sent.len(), asked);
            let sent: Value = serde_json::from_str(&sent[0].body).unwrap();
            assert_eq!(sent["Sampling"], true);
            assert_eq!(sent["StartTime"], json!(at("03:44:00").as_second()));
            assert_eq!(sent["EndTime"], json!(at("03:59:00").as_second()));
        }
    }

    proptest! {
        #[test]
        fn traces_any_answer_is_read_or_malformed(answer in garbled(recorded())) {
            let _ = notes(&[answer], &scope());
        }
    }
}
