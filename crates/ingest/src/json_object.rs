//! Reads AWS's JSON tolerantly: only the fields in use must be there, and an error names the field by its
//! whole path.
//!
//! `docs/adr/0028` says why this and not `aws_lambda_events`.

use serde_json::{Map, Value};

use common::untrusted_text::one_line;

/// The message about a missing or invalid field: its path, what stood there and what was expected.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidField(pub(crate) String);

/// An object in a document, with its path.
#[derive(Debug, Clone)]
pub(crate) struct JsonObject<'a> {
    path: String,
    fields: &'a Map<String, Value>,
}

impl<'a> JsonObject<'a> {
    pub(crate) fn root(value: &'a Value) -> Result<Self, InvalidField> {
        match value {
            Value::Object(fields) => Ok(Self { path: String::new(), fields }),
            other => Err(InvalidField(format!("invalid event {}: expected an object", shown(other)))),
        }
    }

    pub(crate) const fn fields(&self) -> &'a Map<String, Value> {
        self.fields
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name)
    }

    /// Returns the error about the field `name`, which is missing or is not as `expected`.
    pub(crate) fn invalid(&self, name: &str, expected: &str) -> InvalidField {
        let path = self.path_of(name);
        InvalidField(match self.get(name) {
            None => format!("missing `{path}`: expected {expected}"),
            Some(value) => format!("invalid `{path}` {}: expected {expected}", shown(value)),
        })
    }

    /// Returns the error about the field at `path`, `a.b` or `list[].b`: about the first part of it that is not there.
    pub(crate) fn invalid_at(&self, path: &str, expected: &str) -> InvalidField {
        let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
        let Some(rest) = rest else { return self.invalid(name.trim_end_matches("[]"), expected) };
        if let Some(list) = name.strip_suffix("[]") {
            return match self.objects(list).first() {
                Some(first) => first.invalid_at(rest, expected),
                None => self.invalid(list, "a list of objects, at least one"),
            };
        }
        self.optional_object(name)
            .map_or_else(|| self.invalid(name, "an object"), |below| below.invalid_at(rest, expected))
    }

    /// Returns the text `name` without white space around it. A missing or empty one is an error.
    pub(crate) fn text(&self, name: &str, expected: &str) -> Result<&'a str, InvalidField> {
        self.optional_text(name).ok_or_else(|| self.invalid(name, expected))
    }

    pub(crate) fn optional_text(&self, name: &str) -> Option<&'a str> {
        self.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }

    pub(crate) fn object(&self, name: &str) -> Result<Self, InvalidField> {
        self.optional_object(name).ok_or_else(|| self.invalid(name, "an object"))
    }

    pub(crate) fn optional_object(&self, name: &str) -> Option<Self> {
        let fields = self.get(name)?.as_object()?;
        Some(Self { path: self.path_of(name), fields })
    }

    /// Returns the objects in the list `name`, or none where there is no such list.
    pub(crate) fn objects(&self, name: &str) -> Vec<Self> {
        let list = self.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let path = self.path_of(name);
        list.iter()
            .enumerate()
            .filter_map(|(i, value)| Some(Self { path: format!("{path}[{i}]"), fields: value.as_object()? }))
            .collect()
    }

    /// Returns the fields that are texts, by name.
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
        Value::Array(items) => match items.as_slice() {
            [] => "(an empty array)".to_owned(),
            [Value::String(first), ..] => format!("(an array that begins with \"{}\")", one_line(first, 80)),
            _ => "(an array)".to_owned(),
        },
        Value::Object(_) => "(an object)".to_owned(),
        Value::String(text) => format!("\"{}\"", one_line(text, 80)),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
