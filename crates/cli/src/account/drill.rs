//! `nightshift drill` sends AWS events through the deployed Nightshift as drills.
//!
//! All files are read before the first event is sent, and each one is read as Nightshift will read
//! it: a drill that would be rejected tests nothing.

use aws_sdk_eventbridge::{operation::put_events::PutEventsOutput, types::PutEventsRequestEntry};
use common::Signal;
use ingest::ParsedEvent;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    Answer,
    account::{aws_failure, caller, session, stack::Stack},
    arguments::{DrillArgs, Format},
    failure::Failure,
    offline::ingest_events::{document, sentence},
    output::plain,
};

const SOURCE: &str = "nightshift.drill";
const DETAIL_TYPE: &str = "Drill";

/// An event that Nightshift will understand.
struct Drill {
    file: String,
    detail: Value,
    expected: Expected,
}

/// The reading that Nightshift will come to.
#[derive(Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum Expected {
    Signal { signal: Box<Signal> },
    Ignored { reason: String },
}

#[derive(Serialize)]
struct DrillSentJson<'a> {
    file: &'a str,
    event_id: String,
    #[serde(flatten)]
    expected: &'a Expected,
}

pub(crate) async fn run(stack: &str, args: &DrillArgs, format: Format) -> Result<Answer, Failure> {
    let config = session::load().await?;
    let caller = caller::identify(&config).await?;
    let now = Timestamp::now();
    let mut drills = Vec::new();
    for file in &args.files {
        let name = file.display().to_string();
        let drill = document(file)
            .and_then(|event| prepare(&name, &event, &caller.account, &caller.region, now))
            .map_err(|reason| Failure::Input(format!("{name}: {reason}")))?;
        match &drill.expected {
            Expected::Ignored { reason } if !args.force => {
                return Err(Failure::Input(format!(
                    "{name}: Nightshift would ignore this event: {reason} (use --force to send it anyway)"
                )));
            }
            _ => drills.push(drill),
        }
    }
    // Without a deployment nobody listens, and EventBridge would not say so.
    let stack = Stack::find(&config, stack).await?;
    let bus = stack.output("EventBusName")?;
    let client = aws_sdk_eventbridge::Client::new(&config);
    let mut lines: Vec<String> = Vec::new();
    for drill in &drills {
        let event_id = send(&client, bus, drill).await.map_err(|failure| match lines.len() {
            0 => failure,
            // What was sent is on its way whatever became of the rest.
            sent => Failure::Operation(format!("{failure}; {sent} earlier events were sent")),
        })?;
        let sent = DrillSentJson { file: &drill.file, event_id, expected: &drill.expected };
        lines.push(Answer::formatted(format, &sent, || for_people(&sent)).text);
    }
    Ok(Answer::success(lines.join("\n")))
}

/// Wraps `event` and reads the result as ingest will.
fn prepare(file: &str, event: &Value, account: &str, region: &str, now: Timestamp) -> Result<Drill, String> {
    let detail = json!({ "event": event });
    let arriving = json!({
        "version": "0",
        "id": "not-yet-known",
        "source": SOURCE,
        "detail-type": DETAIL_TYPE,
        "account": account,
        "region": region,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "resources": [],
        "detail": detail,
    });
    let expected = match ParsedEvent::parse(&arriving) {
        ParsedEvent::Signal(signal) => Expected::Signal { signal },
        ParsedEvent::Signals(_) => {
            return Err("the event holds several problems: expected an event that holds one".to_owned());
        }
        ParsedEvent::Ignored { reason } => Expected::Ignored { reason },
        ParsedEvent::Rejected { reason } => return Err(reason),
    };
    Ok(Drill { file: file.to_owned(), detail, expected })
}

async fn send(client: &aws_sdk_eventbridge::Client, bus: &str, drill: &Drill) -> Result<String, Failure> {
    let operation = format!("events:PutEvents {bus}, {}", drill.file);
    let entry = PutEventsRequestEntry::builder()
        .event_bus_name(bus)
        .source(SOURCE)
        .detail_type(DETAIL_TYPE)
        .detail(drill.detail.to_string())
        .build();
    let answer = client
        .put_events()
        .entries(entry)
        .send()
        .await
        .map_err(|error| aws_failure::failed(&operation, &error))?;
    accepted(&operation, answer)
}

/// The event's id. An entry can be refused in an answer that is a success.
fn accepted(operation: &str, answer: PutEventsOutput) -> Result<String, Failure> {
    let Some(entry) = answer.entries.unwrap_or_default().into_iter().next() else {
        return Err(Failure::Operation(format!("{operation}: the answer is about no event")));
    };
    entry.event_id.clone().ok_or_else(|| {
        Failure::Operation(format!(
            "{operation}: {}: {}",
            entry.error_code().unwrap_or("no error code"),
            entry.error_message().unwrap_or("without a message")
        ))
    })
}

fn for_people(sent: &DrillSentJson<'_>) -> String {
    let becomes = match sent.expected {
        Expected::Signal { signal } => sentence(signal),
        Expected::Ignored { reason } => format!("will be ignored: {reason}"),
    };
    plain::line(&format!("{}  {}: {becomes}", sent.event_id, sent.file))
}

#[cfg(test)]
mod tests {
    use aws_sdk_eventbridge::types::PutEventsResultEntry;

    use super::*;

    fn sample(name: &str) -> Value {
        let file = format!("{}/../../events/{name}", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
    }

    fn prepared(name: &str, account: &str) -> Result<Drill, String> {
        let event = sample(name);
        let region = event["region"].as_str().unwrap_or("us-east-1").to_owned();
        prepare(name, &event, account, &region, "2026-11-20T03:00:00Z".parse().unwrap())
    }

    fn account_of(name: &str) -> String {
        sample(name)["account"].as_str().unwrap().to_owned()
    }

    #[test]
    fn prepare_event_becomes_a_drills_signal() {
        let name = "cloudwatch-alarm-metric.json";
        let drill = prepared(name, &account_of(name)).unwrap();
        assert_eq!(drill.detail, json!({ "event": sample(name) }));
        assert!(matches!(drill.expected, Expected::Signal { signal } if signal.drill));
    }

    #[test]
    fn prepare_malformed_or_foreign_event_says_why() {
        assert!(prepared("malformed.json", "123456789012").is_err());
        let foreign = prepared("cloudwatch-alarm-metric.json", "999999999999").err().unwrap();
        assert!(foreign.contains("account"), "{foreign}");
        assert!(prepared("drill.json", "123456789012").err().unwrap().contains("cannot hold another drill"));
    }

    #[test]
    fn prepare_event_without_a_meaning_would_be_ignored() {
        let name = "s3-object-created.json";
        let drill = prepared(name, &account_of(name)).unwrap();
        assert!(matches!(drill.expected, Expected::Ignored { .. }));
    }

    #[test]
    fn accepted_entry_has_an_id_and_a_refused_one_a_reason() {
        let answer = |entry: PutEventsResultEntry| {
            accepted("events:PutEvents", PutEventsOutput::builder().entries(entry).build())
        };
        assert_eq!(answer(PutEventsResultEntry::builder().event_id("e-1").build()).unwrap(), "e-1");
        let refused = PutEventsResultEntry::builder().error_code("InternalFailure").build();
        assert!(answer(refused).unwrap_err().to_string().contains("InternalFailure"));
        assert!(accepted("events:PutEvents", PutEventsOutput::builder().build()).is_err());
    }
}
