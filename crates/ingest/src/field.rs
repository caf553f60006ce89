//! Reading AWS's JSON tolerantly: only what is needed must be there, and what is wrong with it is
//! said with the field's whole name.
//!
//! `aws_lambda_events` is not used. Its alarm types are those of CloudWatch's Lambda action, not of
//! EventBridge; they read an alarm state that is missing as OK and know no metric math; and serde's
//! errors do not say which field of a nested document was wrong.

use serde_json::{Map, Value};

use common::untrusted_text::one_line;

/// A field that is not as it must be: which one, what is there and what would be right.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) String);

/// An object in a document, with the way to it.
#[derive(Debug, Clone)]
pub(crate) struct Object<'a> {
    path: String,
    fields: &'a Map<String, Value>,
}

impl<'a> Object<'a> {
    pub(crate) fn root(value: &'a Value) -> Result<Self, Malformed> {
        match value {
            Value::Object(fields) => Ok(Self { path: String::new(), fields }),
            other => Err(Malformed(format!("the event is {}: expected an object", shown(other)))),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name)
    }

    /// What is wrong with the field `name`.
    pub(crate) fn malformed(&self, name: &str, expected: &str) -> Malformed {
        let path = self.path_of(name);
        Malformed(match self.get(name) {
            None => format!("`{path}` is missing: expected {expected}"),
            Some(value) => format!("`{path}` is {}: expected {expected}", shown(value)),
        })
    }

    /// The text `name`, not empty and without white space around it.
    pub(crate) fn text(&self, name: &str, expected: &str) -> Result<&'a str, Malformed> {
        self.optional_text(name).ok_or_else(|| self.malformed(name, expected))
    }

    pub(crate) fn optional_text(&self, name: &str) -> Option<&'a str> {
        self.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }

    pub(crate) fn object(&self, name: &str) -> Result<Self, Malformed> {
        self.optional_object(name).ok_or_else(|| self.malformed(name, "an object"))
    }

    pub(crate) fn optional_object(&self, name: &str) -> Option<Self> {
        let fields = self.get(name)?.as_object()?;
        Some(Self { path: self.path_of(name), fields })
    }

    /// The objects in the list `name`; none where there is no such list.
    pub(crate) fn objects(&self, name: &str) -> Vec<Self> {
        let list = self.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let path = self.path_of(name);
        list.iter()
            .enumerate()
            .filter_map(|(i, value)| Some(Self { path: format!("{path}[{i}]"), fields: value.as_object()? }))
            .collect()
    }

    /// The fields that are texts.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.fields.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) => format!("\"{}\"", one_line(text, 80)),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
