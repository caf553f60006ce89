//! Reads fields of a JSON object, and names a missing or invalid one by its whole path.

use common::untrusted_text::one_line;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// A missing or invalid field, with the message about it: its path, what stood there and what was expected. The message
/// is for who sent it; what is logged is [`InvalidPayload::field`], which quotes no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPayload {
    field: String,
    message: String,
}

impl InvalidPayload {
    /// An error about the body as a whole.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { field: "body".to_owned(), message: message.into() }
    }

    fn about(field: String, value: Option<&Value>, expected: &str) -> Self {
        let message = match value {
            None => format!("missing `{field}`: expected {expected}"),
            Some(value) => format!("invalid `{field}` {}: expected {expected}", shown(value)),
        };
        Self { field, message }
    }

    /// Returns the path of the field.
    pub fn field(&self) -> &str {
        &self.field
    }
}

impl std::fmt::Display for InvalidPayload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

/// An object in a message, with its path.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    path: String,
    fields: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub(crate) fn root(value: &'a Value) -> Result<Self, InvalidPayload> {
        match value {
            Value::Object(fields) => Ok(Self { path: String::new(), fields }),
            other => {
                Err(InvalidPayload::new(format!("invalid body {}: expected a JSON object", shown(other))))
            }
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.fields.keys().map(String::as_str)
    }

    /// Returns the error about the field `name`, which is missing or is not as `expected`.
    pub(crate) fn invalid(&self, name: &str, expected: &str) -> InvalidPayload {
        InvalidPayload::about(self.path_of(name), self.get(name), expected)
    }

    /// A name may be the sender's own, so that it is cut and cleaned.
    fn path_of(&self, name: &str) -> String {
        let name = one_line(name, 80);
        if self.path.is_empty() { name } else { format!("{}.{name}", self.path) }
    }

    /// Returns the text or number `name`. A missing or empty one is an error.
    pub(crate) fn text(&self, name: &str, expected: &str) -> Result<String, InvalidPayload> {
        self.optional_text(name).ok_or_else(|| self.invalid(name, expected))
    }

    /// Returns the text or number `name`, without white space around it; `None` where it is missing or empty, or
    /// is a variable that the vendor's template did not fill in (`$ALERT_ID`, `{PID}`).
    pub(crate) fn optional_text(&self, name: &str) -> Option<String> {
        scalar(self.get(name)?)
    }

    /// Returns the first of these texts that is there.
    pub(crate) fn first_text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.optional_text(name))
    }

    pub(crate) fn object(&self, name: &str) -> Result<Self, InvalidPayload> {
        self.optional_object(name).ok_or_else(|| self.invalid(name, "an object"))
    }

    pub(crate) fn optional_object(&self, name: &str) -> Option<Self> {
        let fields = self.get(name)?.as_object()?;
        Some(Self { path: self.path_of(name), fields })
    }

    /// Returns the objects of the list `name`.
    ///
    /// # Errors
    /// A missing or empty list, or a member that is no object.
    pub(crate) fn objects(&self, name: &str) -> Result<Vec<Self>, InvalidPayload> {
        const EXPECTED: &str = "a list of one object or more";
        let list = self.get(name).and_then(Value::as_array).filter(|list| !list.is_empty());
        let list = list.ok_or_else(|| self.invalid(name, EXPECTED))?;
        let path = self.path_of(name);
        list.iter()
            .enumerate()
            .map(|(i, value)| {
                let path = format!("{path}[{i}]");
                match value {
                    Value::Object(fields) => Ok(Self { path, fields }),
                    other => Err(InvalidPayload::about(path, Some(other), "an object")),
                }
            })
            .collect()
    }

    /// Returns the texts of the list `name`; a single text counts as a list of one, and what is neither as empty.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        match self.get(name) {
            Some(Value::Array(list)) => list.iter().filter_map(scalar).collect(),
            Some(one) => scalar(one).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// Returns the fields of the object `name` that are texts, numbers or flags.
    pub(crate) fn pairs(&self, name: &str) -> Vec<(String, String)> {
        let fields = self.get(name).and_then(Value::as_object).into_iter().flatten();
        fields.filter_map(|(key, value)| Some((key.clone(), scalar(value)?))).collect()
    }

    /// Returns the time `name`: RFC 3339, or milliseconds since 1970 as a number or a text.
    pub(crate) fn time(&self, name: &str) -> Option<Timestamp> {
        let text = self.optional_text(name)?;
        if let Ok(milliseconds) = text.parse::<i64>() {
            return Timestamp::from_millisecond(milliseconds).ok();
        }
        text.parse().ok()
    }
}

fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty() && !is_unfilled_variable(&text)).then_some(text)
}

/// Returns true for the name of a template's variable in place of its value: `$ALERT_ID`, `{ProblemID}`.
fn is_unfilled_variable(text: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
    };
    let is_capital = |name: &str| name.bytes().all(|b| !b.is_ascii_lowercase());
    text.strip_prefix('$').is_some_and(|name| is_name(name) && is_capital(name))
        || text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).is_some_and(is_name)
}

pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(list) if list.is_empty() => "(an empty list)".to_owned(),
        Value::Array(_) => "(a list)".to_owned(),
        Value::Object(_) => "(an object)".to_owned(),
        Value::String(text) => format!("\"{}\"", one_line(text, 80)),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unfilled_variable_is_missing_and_what_only_resembles_one_is_a_text() {
        for (text, is_variable) in [
            ("$ALERT_ID", true),
            ("{ProblemID}", true),
            ("$5", false),
            ("$ALERT_ID is high", false),
            ("$alert", false),
            ("{}", false),
            ("$", false),
        ] {
            assert_eq!(is_unfilled_variable(text), is_variable, "{text}");
        }
    }

    #[test]
    fn time_is_rfc_3339_or_milliseconds() {
        let value = json!({"a": "2026-11-20T03:00:00Z", "b": 1_795_143_600_000_i64, "c": "1795143600000", "d": "soon"});
        let fields = Fields::root(&value).unwrap();
        let at: Timestamp = "2026-11-20T03:00:00Z".parse().unwrap();
        assert_eq!(
            [fields.time("a"), fields.time("b"), fields.time("c"), fields.time("d")],
            [Some(at), Some(at), Some(at), None]
        );
    }

    #[test]
    fn invalid_names_the_path_and_what_stands_there() {
        let value = json!({"event": {"data": [{"id": 3}, 4]}});
        let event = Fields::root(&value).unwrap().object("event").unwrap();
        assert_eq!(event.invalid("id", "an id").to_string(), "missing `event.id`: expected an id");
        let error = event.objects("data").unwrap_err().to_string();
        assert_eq!(error, "invalid `event.data[1]` 4: expected an object");
        assert_eq!(
            event.object("data").unwrap_err().to_string(),
            "invalid `event.data` (a list): expected an object"
        );
    }
}
