//! Reading answers: what is not there is left out, what is not as documented is an error.

use common::ports::PortError;
use jiff::Timestamp;
use serde_json::Value;

use crate::{error::unreadable, time::from_epoch_seconds};

/// Why an answer is not what the service documents.
#[derive(Debug)]
pub(super) struct Malformed(pub(super) String);

pub(super) type Parsed<T> = Result<T, Malformed>;

impl Malformed {
    pub(super) fn into_error(self, operation: &str) -> PortError {
        unreadable(operation, self.0)
    }
}

/// The objects of a list; none where the service left it out.
pub(super) fn list<'a>(answer: &'a Value, field: &str) -> Parsed<&'a [Value]> {
    let Some(fields) = answer.as_object() else {
        return Err(Malformed(format!("expected an object with {field}")));
    };
    let items = match fields.get(field) {
        None | Some(Value::Null) => return Ok(&[]),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(Malformed(format!("{field} is no list"))),
    };
    if items.iter().all(Value::is_object) {
        Ok(items)
    } else {
        Err(Malformed(format!("{field} holds what is no object")))
    }
}

/// A text that is not empty, by field name or JSON pointer.
pub(super) fn text<'a>(item: &'a Value, at: &str) -> Option<&'a str> {
    let found = if at.starts_with('/') { item.pointer(at) } else { item.get(at) };
    found.and_then(Value::as_str).filter(|text| !text.is_empty())
}

pub(super) fn required<'a>(item: &'a Value, field: &str) -> Parsed<&'a str> {
    text(item, field).ok_or_else(|| Malformed(format!("{field} is missing")))
}

pub(super) fn number(item: &Value, field: &str) -> Option<f64> {
    item.get(field).and_then(Value::as_f64)
}

/// A time as any of the services writes it: seconds since 1970, or ISO 8601.
pub(super) fn time(item: &Value, field: &str) -> Option<Timestamp> {
    match item.get(field)? {
        Value::String(text) => text.parse().ok(),
        value => from_epoch_seconds(value.as_f64()?),
    }
}

/// A time as the JSON services take it: whole seconds since 1970.
pub(super) fn seconds(at: Timestamp) -> Value {
    at.as_second().into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn list_of_what_is_documented_and_of_nothing_else() {
        assert_eq!(list(&json!({"a": [{}]}), "a").unwrap().len(), 1);
        assert!(list(&json!({}), "a").unwrap().is_empty());
        assert!(list(&json!({"a": null}), "a").unwrap().is_empty());
        for answer in [json!(null), json!([]), json!({"a": {}}), json!({"a": [1]}), json!({"a": [null]})] {
            assert!(list(&answer, "a").is_err(), "{answer}");
        }
    }

    #[test]
    fn time_of_every_spelling() {
        for (value, expected) in [
            (json!(1_795_143_600.5), Some("2026-11-20T03:00:00.5Z")),
            (json!(1_795_143_600), Some("2026-11-20T03:00:00Z")),
            (json!("2026-11-20T03:00:00.000+0000"), Some("2026-11-20T03:00:00Z")),
            (json!("2026-11-20T03:00:00Z"), Some("2026-11-20T03:00:00Z")),
            (json!("yesterday"), None),
            (json!(1e300), None),
            (json!(null), None),
        ] {
            assert_eq!(
                time(&json!({"at": value}), "at"),
                expected.map(|at| at.parse::<Timestamp>().unwrap())
            );
        }
    }
}
