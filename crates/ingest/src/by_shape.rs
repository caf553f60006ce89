//! Reads an event that the table does not have: severity, state and resources from where AWS and others usually put them.

use std::{borrow::Cow, collections::BTreeMap};

use common::{Severity, Signal, SignalKind, SignalState};
use serde_json::{Map, Value};

use crate::{
    envelope::{Envelope, SignalParts},
    event_fields,
    json_object::JsonObject,
    template::Scope,
};

/// Words of a state, a result or a name of an event that say that something is wrong.
const WRONG: &[&str] = &[
    "fail",
    "error",
    "alarm",
    "alert",
    "critical",
    "fatal",
    "timeout",
    "timedout",
    "abort",
    "unhealthy",
    "degraded",
    "impaired",
    "breach",
    "trigger",
    "firing",
    "crash",
    "exceed",
    "expired",
    "unavailable",
    "noncompliant",
    "stalled",
    "denied",
    "unreachable",
];

/// Words that say that it is well, or well again.
const WELL: &[&str] = &[
    "succe",
    "ok",
    "complete",
    "pass",
    "resolve",
    "closed",
    "recover",
    "healthy",
    "normal",
    "clear",
    "compliant",
    "allow",
];

/// The ends of the names of fields that hold a state, lower case and without separators; the earlier one counts more.
const STATE_FIELDS: &[&str] = &["status", "state", "result", "outcome", "conclusion"];
const SEVERITY_FIELDS: &[&str] = &["severity", "priority", "urgency", "level", "eventtype"];
const MESSAGE_FIELDS: &[&str] = &["message", "title", "summary", "description", "reason", "displaymessage"];

/// The beginnings of names of fields that hold what was, what is wanted, or what no other event of the problem has.
const OTHER_THAN_NOW: &[&str] = &[
    "previous",
    "prior",
    "old",
    "desired",
    "expected",
    "eventid",
    "requestid",
    "messageid",
    "executionid",
    "deliveryid",
    "correlationid",
    "traceid",
    "runid",
    "jobid",
];

/// The reading of a text that names a state, by the words in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Wrong,
    Well,
    Neither,
}

impl Shape {
    pub(crate) fn of_text(text: &str) -> Self {
        let letters: String =
            text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let has = |words: &[&str]| {
            words.iter().any(|word| if *word == "ok" { letters == "ok" } else { letters.contains(word) })
        };
        // "unsuccessful" and "incomplete" have the words of what went well.
        if has(WRONG)
            || letters.contains("unsuccess")
            || letters.contains("incomplete")
            || letters.contains("notok")
        {
            Self::Wrong
        } else if has(WELL) {
            Self::Well
        } else {
            Self::Neither
        }
    }

    pub(crate) const fn state(self) -> SignalState {
        match self {
            Self::Wrong => SignalState::Firing,
            Self::Well => SignalState::Recovered,
            Self::Neither => SignalState::Info,
        }
    }
}

/// Returns the signal of an event, or of one `object` in it, that the table cannot read: marked with the label
/// `unrecognised`, which says `why`.
pub(crate) fn signal(envelope: &Envelope<'_>, object: &JsonObject<'_>, why: &str) -> Signal {
    let fields = object.fields();
    let scope = Scope { envelope, fields };
    let status = named(fields, STATE_FIELDS);
    let level = named(fields, SEVERITY_FIELDS);
    let message = named(fields, MESSAGE_FIELDS);
    let shape = [status.as_deref(), level.as_deref(), Some(envelope.detail_type)]
        .into_iter()
        .flatten()
        .map(Shape::of_text)
        .find(|shape| *shape != Shape::Neither)
        .unwrap_or(Shape::Neither);
    let mut resources = scope.resources("resources");
    resources.extend(scope.resources("{**}"));
    // The name of the thing that the event is about, without its state: both states of a problem have the same fingerprint.
    let subject = resources.first().map(ToString::to_string);
    let subject = subject.or_else(|| named(fields, &["arn", "name", "id"]).map(Cow::into_owned));
    let identity =
        vec![envelope.source.to_owned(), subject.unwrap_or_else(|| envelope.detail_type.to_owned())];
    let title = format!(
        "Unrecognised event from {}: {}{}{}",
        envelope.source,
        envelope.detail_type,
        if message.is_some() { ": " } else { "" },
        message.as_deref().unwrap_or_default(),
    );
    let labels = [
        ("detail_type", Some(envelope.detail_type)),
        ("message", message.as_deref()),
        ("severity", level.as_deref()),
        ("state", status.as_deref()),
        ("unrecognised", Some(why)),
    ];
    let labels: BTreeMap<_, _> =
        labels.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.to_owned()))).collect();
    let untrusted = ["resources", "source", "symptom"].map(str::to_owned).into_iter();
    let untrusted = untrusted.chain(labels.keys().map(|name| format!("labels.{name}"))).collect();
    envelope.signal(SignalParts {
        kind: SignalKind::from_name("unrecognised"),
        state: match shape {
            // Without a resource nothing says that it is the same thing that went wrong before.
            Shape::Well if resources.is_empty() => SignalState::Info,
            shape => shape.state(),
        },
        severity: level.as_deref().map_or(Severity::Sev3, severity),
        title,
        symptom: envelope.event_symptom(&identity),
        identity,
        resources,
        labels,
        metric: None,
        untrusted,
    })
}

/// Returns the text of the first field, here or one level below, whose name ends in one of `names`: one of exactly that
/// name before others, and none that tells of a time before or of this one event.
fn named<'a>(fields: &'a Map<String, Value>, names: &[&str]) -> Option<Cow<'a, str>> {
    let ends = |field: &str, name: &str| {
        let letters: String =
            field.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        letters.ends_with(name) && !OTHER_THAN_NOW.iter().any(|word| letters.starts_with(word))
    };
    let of = |fields: &'a Map<String, Value>, name: &str| {
        direct_text(fields, name)
            .or_else(|| fields.keys().filter(|it| ends(it, name)).find_map(|it| direct_text(fields, it)))
    };
    let below = || fields.values().filter_map(Value::as_object).take(50);
    names
        .iter()
        .find_map(|name| of(fields, name))
        .or_else(|| names.iter().find_map(|name| below().find_map(|fields| of(fields, name))))
}

fn direct_text<'a>(fields: &'a Map<String, Value>, field: &str) -> Option<Cow<'a, str>> {
    // Not by path: a field's name may hold a dot.
    fields.get(field).and_then(event_fields::text)
}

fn severity(level: &str) -> Severity {
    let letters = level.to_ascii_lowercase();
    let is = |words: &[&str]| words.iter().any(|word| letters == *word);
    if is(&["critical", "fatal", "emergency", "p1", "sev1", "blocker"]) {
        Severity::Sev2
    } else if is(&["low", "info", "informational", "warn", "warning", "p4", "sev4", "notice", "debug"]) {
        Severity::Sev4
    } else {
        Severity::Sev3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_of_text_table() {
        for (text, expected) in [
            ("FAILED", Shape::Wrong),
            ("TIMED_OUT", Shape::Wrong),
            ("Launch Unsuccessful", Shape::Wrong),
            ("non_compliant", Shape::Wrong),
            ("unhealthy", Shape::Wrong),
            ("SUCCEEDED", Shape::Well),
            ("ok", Shape::Well),
            ("healthy", Shape::Well),
            ("book", Shape::Neither),
            ("RUNNING", Shape::Neither),
            ("", Shape::Neither),
        ] {
            assert_eq!(Shape::of_text(text), expected, "{text}");
        }
    }
}
