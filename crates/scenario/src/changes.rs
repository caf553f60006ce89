//! Parses `changes.ndjson`: CloudTrail records.

use std::io::BufRead;

use jiff::Timestamp;
use rca::Change;
use serde_json::Value;

use crate::{error::Problem, field::Field, logs::for_each_line};

/// The most that one change is said to touch: enough for any call on one resource, and a bound for one that
/// lists thousands.
const MOST_TOUCHED: usize = 64;
/// IAM allows an ARN of 2,048 characters; no name is longer than 256 (DNS: 253; a Lambda function with its
/// version: 140).
const LONGEST_ARN: usize = 2048;
const LONGEST_NAME: usize = 256;
/// CloudTrail writes this in place of a secret.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Parses the changes, in the order of the file.
pub(crate) fn parse(input: impl BufRead) -> Result<Vec<Change>, Problem> {
    let mut changes = Vec::new();
    for_each_line(input, |line, record| {
        changes.push(change(&Field::root(&format!("line {line}: "), record))?);
        Ok(())
    })?;
    Ok(changes)
}

fn change(record: &Field<'_>) -> Result<Change, Problem> {
    let at = record.member("eventTime")?;
    let text = |name: &str| -> Result<String, Problem> {
        Ok(record.optional(name)?.map(|field| field.text()).transpose()?.unwrap_or_default().to_owned())
    };
    Ok(Change {
        id: record.member("eventID")?.text()?.to_owned(),
        at: at.text()?.parse::<Timestamp>().map_err(|_| at.unexpected("a time like 2026-11-20T03:00:00Z"))?,
        name: without_version(record.member("eventName")?.text()?).to_owned(),
        source: text("eventSource")?,
        actor: actor(record.value()).to_owned(),
        read_only: record.optional("readOnly")?.and_then(|field| truth(field.value())),
        failed: record.optional("errorCode")?.is_some(),
        touches: touches(record.value()),
    })
}

/// The trail's own files have a boolean, `LookupEvents` a text.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => text.to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

fn actor(record: &Value) -> &str {
    ["arn", "invokedBy", "userName", "principalId", "type"]
        .iter()
        .filter_map(|name| record.get("userIdentity")?.get(name)?.as_str())
        .find(|text| !text.is_empty())
        .unwrap_or("unknown")
}

/// The ARNs of `resources`, and every text of `requestParameters` that could be a name. Which of those are
/// names of something is for the engine to find out by comparing.
fn touches(record: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for resource in record.get("resources").and_then(Value::as_array).into_iter().flatten() {
        for name in ["ARN", "arn"] {
            if let Some(Value::String(arn)) = resource.get(name) {
                keep(arn, &mut found);
            }
        }
    }
    if let Some(parameters) = record.get("requestParameters") {
        texts(parameters, &mut found);
    }
    found
}

/// Collects all texts of `value`. The recursion is bounded, because the JSON reader bounds a document's depth.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => keep(text, found),
        Value::Array(entries) => entries.iter().for_each(|entry| texts(entry, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn keep(text: &str, found: &mut Vec<String>) {
    let longest = if text.starts_with("arn:") { LONGEST_ARN } else { LONGEST_NAME };
    let could_be_a_name = (1..=longest).contains(&text.len()) && !text.contains(char::is_control);
    if could_be_a_name && text != HIDDEN && found.len() < MOST_TOUCHED && !found.iter().any(|it| it == text) {
        found.push(text.to_owned());
    }
}

/// `UpdateFunctionCode20150331v2` is `UpdateFunctionCode`, `CreateDistribution2020_05_31` is
/// `CreateDistribution`.
fn without_version(name: &str) -> &str {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unrevised = name
        .rsplit_once('v')
        .filter(|(before, revision)| digits(revision) && before.ends_with(|c: char| c.is_ascii_digit()))
        .map_or(name, |(before, _)| before);
    let bare = unrevised.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    let date = unrevised.get(bare.len()..).unwrap_or_default();
    let is_date = date.bytes().filter(u8::is_ascii_digit).count() == 8;
    if is_date && !bare.is_empty() { bare } else { name }
}
