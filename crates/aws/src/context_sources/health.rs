//! Reads AWS Health's events about the services of the scope.

use std::collections::BTreeSet;

use common::{
    context_source::{Note, Scope},
    evidence::Truncation,
    ports::{PortError, PortErrorKind, Reading},
};
use serde_json::{Value, json};

use super::{
    Paging,
    answer::{Parsed, list, required, seconds, text, time},
    note::{arn, named, newest, note},
    pages,
};
use crate::{
    cli_command::aws,
    signed_http::{Input, Operation, SignedClient, refusal, services::HEALTH},
};

const EVENTS: Operation = Operation::new(&HEALTH, "DescribeEvents");
const ENTITIES: Operation = Operation::new(&HEALTH, "DescribeAffectedEntities");
pub(super) const IAM: &[&str] = &["health:DescribeAffectedEntities", "health:DescribeEvents"];

/// The most values that a filter takes.
const MOST_SERVICES: usize = 10;
const MOST_EVENTS: usize = 10;
const PAGING: Paging = Paging { sent: "nextToken", told: "nextToken", most: 2 };
/// The most resources of one event that are named; the rest is counted.
const MOST_NAMED: usize = 3;

pub(super) async fn look(client: &SignedClient, scope: &Scope) -> Result<Reading<Vec<Note>>, PortError> {
    let services = services(scope);
    let open = json!({
        "services": services,
        "regions": [scope.region, "global"],
        "eventStatusCodes": ["open"],
    });
    let over = json!({
        "services": services,
        "regions": [scope.region, "global"],
        "eventStatusCodes": ["closed"],
        "endTimes": [{"from": seconds(scope.from)}],
    });
    let query =
        [&open, &over].map(|filter| aws(["health", "describe-events", "--filter", &filter.to_string()]));
    let query = query.join("; ");
    if services.is_empty() {
        return Ok(Reading::new(query, Vec::new()));
    }
    let (mut answers, mut more) = (Vec::new(), false);
    for filter in [open, over] {
        let input = Input::new("of the services").body(json!({"filter": filter, "maxResults": 100}));
        let (some, and_more) = pages(client, &EVENTS, &input, &PAGING).await.map_err(explained)?;
        answers.extend(some);
        more |= and_more;
    }
    let mut events = Vec::new();
    for answer in &answers {
        events.extend(list(answer, "events").map_err(|why| why.into_error(EVENTS.name()))?);
    }
    let ours = ours(&events).map_err(|why| why.into_error(EVENTS.name()))?;
    let entities = if ours.is_empty() {
        json!({})
    } else {
        let input = Input::new("").body(json!({"filter": {"eventArns": ours}, "maxResults": 100}));
        client.json(&ENTITIES, &input).await.map_err(explained)?
    };
    let found = notes(&events, &entities, scope).map_err(|why| why.into_error(EVENTS.name()))?;
    let query = format!("{query}; aws health describe-affected-entities");
    let truncation = more.then(|| Truncation::new("not all events were read"));
    Ok(Reading::new(query, found).truncated(truncation))
}

/// Explains the refusal that an account without a support plan gets.
fn explained(error: PortError) -> PortError {
    if refusal::code(&error) != "SubscriptionRequiredException" {
        return error;
    }
    let why = "AWS Health answers its API for accounts with a Business, Enterprise On-Ramp, Enterprise or \
               Unified Operations support plan only (SubscriptionRequiredException)";
    PortError::new(error.operation, PortErrorKind::Denied, why)
}

/// Returns the scope's services as AWS Health writes them: as in ARNs, in capitals.
fn services(scope: &Scope) -> Vec<String> {
    let services: BTreeSet<_> =
        scope.resources.iter().map(|resource| resource.service().to_uppercase()).collect();
    services.into_iter().take(MOST_SERVICES).collect()
}

/// The events that are of this account, and so of its resources.
fn ours(events: &[&Value]) -> Parsed<Vec<String>> {
    let own = events.iter().filter(|event| text(event, "eventScopeCode") != Some("PUBLIC"));
    own.take(MOST_EVENTS).map(|event| required(event, "arn").map(str::to_owned)).collect()
}

fn notes(events: &[&Value], entities: &Value, scope: &Scope) -> Parsed<Vec<Note>> {
    let entities = list(entities, "entities")?;
    let mut notes = Vec::new();
    for event in events {
        let id = required(event, "arn")?;
        let of_event: Vec<_> =
            entities.iter().filter(|entity| text(entity, "eventArn") == Some(id)).collect();
        let names: Vec<&str> = of_event.iter().filter_map(|entity| text(entity, "entityValue")).collect();
        let own = names.iter().find_map(|name| named(name, scope));
        let resource = own.or_else(|| names.iter().find_map(|name| arn(Some(name))));
        let affected = match names.len().saturating_sub(MOST_NAMED) {
            _ if names.is_empty() => String::new(),
            0 => format!("; affects {}", names.join(", ")),
            more => format!(
                "; affects {} and {more} more",
                names.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ")
            ),
        };
        let field = |name| text(event, name).unwrap_or("?");
        let to = time(event, "endTime").map(|end| format!(" until {end}")).unwrap_or_default();
        let what = format!(
            "AWS Health: {} ({}, {} in {}){to}{affected}",
            field("eventTypeCode"),
            field("eventTypeCategory"),
            field("statusCode"),
            field("region"),
        );
        notes.push(note(time(event, "startTime"), resource, Some("AWS"), &what));
    }
    Ok(newest(notes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::context_sources::tests::{at, garbled, scope};

    const EVENT: &str = "arn:aws:health:eu-west-1::event/LAMBDA/AWS_LAMBDA_OPERATIONAL_ISSUE/1";

    fn recorded() -> Value {
        json!({
            "events": [{
                "arn": EVENT,
                "service": "LAMBDA",
                "eventTypeCode": "AWS_LAMBDA_OPERATIONAL_ISSUE",
                "eventTypeCategory": "issue",
                "region": "eu-west-1",
                "startTime": 1_795_143_600.0,
                "lastUpdatedTime": 1_795_143_700.0,
                "statusCode": "open",
                "eventScopeCode": "ACCOUNT_SPECIFIC",
            }],
            "entities": [
                {
                    "entityArn": "arn:aws:health:eu-west-1:123456789012:entity/1",
                    "eventArn": EVENT,
                    "entityValue": "arn:aws:lambda:eu-west-1:123456789012:function:checkout",
                    "statusCode": "IMPAIRED",
                },
                {"eventArn": "another", "entityValue": "x"},
            ],
        })
    }

    fn parse_notes(answer: &Value) -> Parsed<Vec<Note>> {
        let events: Vec<&Value> = list(answer, "events")?.iter().collect();
        ours(&events)?;
        notes(&events, answer, &scope())
    }

    #[test]
    fn event_says_what_aws_says_and_whom_it_affects() {
        let notes = parse_notes(&recorded()).unwrap();
        assert_eq!(notes[0].at, Some(at("03:00:00")));
        assert_eq!(notes[0].resource.as_ref(), Some(&scope().resources[0]));
        assert_eq!(
            notes[0].what,
            "AWS Health: AWS_LAMBDA_OPERATIONAL_ISSUE (issue, open in eu-west-1); affects \
             arn:aws:lambda:eu-west-1:123456789012:function:checkout"
        );
    }

    #[test]
    fn services_are_each_asked_once_in_capitals() {
        assert_eq!(services(&scope()), ["LAMBDA", "RDS"]);
    }

    proptest! {
        #[test]
        fn events_any_answer_is_read_or_malformed(answer in garbled(recorded())) {
            let _ = parse_notes(&answer);
        }
    }
}
