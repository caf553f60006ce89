//! Rules and schedules of EventBridge, and what they start.

use common::{
    Arn,
    ports::{ConnectionSource, PortError, Reading},
    topology::{Component, Connected, EdgeKind},
};
use serde_json::{Value, json};

use super::{cut, describe, each, some_of};
use crate::{
    cli_command::aws,
    signed_http::{Input, Operation, SignedClient, services::EVENT_BRIDGE},
};

const BUSES: Operation = Operation::new(&EVENT_BRIDGE, "ListEventBuses");
const RULES: Operation = Operation::new(&EVENT_BRIDGE, "ListRules");
const TARGETS: Operation = Operation::new(&EVENT_BRIDGE, "ListTargetsByRule");
pub(super) const IAM: &[&str] = &["events:ListEventBuses", "events:ListRules", "events:ListTargetsByRule"];

const MOST_BUSES: usize = 10;
/// Pages of a hundred rules.
const MOST_PAGES: usize = 5;
/// Most rules whose targets are read, a call each.
const MOST_RULES: usize = 100;

#[derive(Debug, PartialEq, Eq)]
struct Rule {
    it: Component,
    bus: String,
}

pub(super) async fn read_rules(client: &SignedClient) -> Result<Reading<Connected>, PortError> {
    let mut connected = Connected::from_source(ConnectionSource::Rules);
    let mut buses = match client.json(&BUSES, &Input::new("").body(json!({}))).await {
        Ok(answer) => buses(&answer),
        // Nearly all rules are on this one, and it is always there.
        Err(error) => {
            connected.missed(&error);
            vec!["default".to_owned()]
        }
    };
    cut(&mut buses, MOST_BUSES, "event buses", &mut connected);
    let listed = each(buses, async |bus: String| all_rules(client, &bus).await).await;
    let mut all = Vec::new();
    for (rules, whole) in some_of(listed, &mut connected)? {
        if !whole {
            connected.gap(RULES.name(), &format!("there are more than {MOST_PAGES} pages"));
        }
        all.extend(rules);
    }
    cut(&mut all, MOST_RULES, "rules", &mut connected);
    let read = each(all, async |rule: Rule| {
        let body = json!({"Rule": rule.it.name, "EventBusName": rule.bus});
        let answer = client.json(&TARGETS, &Input::new(&rule.it.name).body(body)).await?;
        Ok((targets(&answer), rule))
    })
    .await;
    for (targets, rule) in some_of(read, &mut connected)? {
        for target in targets {
            connected.connect(rule.it.clone(), EdgeKind::Triggers, target);
        }
    }
    let query = ["list-event-buses", "list-rules", "list-targets-by-rule"];
    Ok(Reading::new(query.map(|command| aws(["events", command])).join("; "), connected))
}

/// A bus' rules, and whether these are all.
async fn all_rules(client: &SignedClient, bus: &str) -> Result<(Vec<Rule>, bool), PortError> {
    let mut found = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let input = Input::new(bus).body(json!({"EventBusName": bus, "Limit": 100}));
        let answer = client.json(&RULES, &input.page("NextToken", token.as_deref())).await?;
        found.extend(rules(&answer, bus));
        token = field(&answer, "NextToken").map(str::to_owned);
        if token.is_none() {
            return Ok((found, true));
        }
    }
    Ok((found, false))
}

fn buses(answer: &Value) -> Vec<String> {
    list(answer, "EventBuses").filter_map(|bus| field(bus, "Name")).map(str::to_owned).collect()
}

/// A rule that is switched off starts nothing.
fn rules(answer: &Value, bus: &str) -> Vec<Rule> {
    let rule = |rule: &Value| {
        let arn: Arn = field(rule, "Arn")?.parse().ok()?;
        let name = field(rule, "Name")?.to_owned();
        Some(Rule {
            it: Component { name, ..Component::from_resource(arn, "AWS::Events::Rule") },
            bus: bus.to_owned(),
        })
    };
    list(answer, "Rules").filter(|rule| field(rule, "State") != Some("DISABLED")).filter_map(rule).collect()
}

fn targets(answer: &Value) -> Vec<Component> {
    let arn = |target: &Value| field(target, "Arn")?.parse::<Arn>().ok();
    list(answer, "Targets").filter_map(arn).map(|arn| describe::component(&arn)).collect()
}

fn list<'a>(answer: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    answer.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn field<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}
