//! Values of a JSON document that know where they stand in it, so that an error can say so.

use serde_json::Value;

use crate::{
    error::{Problem, quoted},
    time,
};

/// Parses a JSON document, with or without a byte order mark.
pub(crate) fn json(bytes: &[u8]) -> Result<Value, Problem> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    serde_json::from_slice(bytes).map_err(|error| Problem::NotJson(error.to_string()))
}

#[derive(Debug, Clone)]
pub(crate) struct Field<'a> {
    /// `metrics.baseline.from`, `series[3].id`, `line 7: eventTime`.
    path: String,
    value: &'a Value,
}

impl<'a> Field<'a> {
    /// The document itself, called `name` where an error is about it as a whole.
    pub(crate) fn root(name: &str, value: &'a Value) -> Self {
        Self { path: name.to_owned(), value }
    }

    pub(crate) const fn value(&self) -> &'a Value {
        self.value
    }

    /// A member that must be there. A null counts as missing.
    pub(crate) fn member(&self, name: &str) -> Result<Self, Problem> {
        self.optional(name)?.ok_or_else(|| Problem::Missing { field: self.path_of(name) })
    }

    /// A member that may be missing or null.
    pub(crate) fn optional(&self, name: &str) -> Result<Option<Self>, Problem> {
        let Value::Object(members) = self.value else { return Err(self.unexpected("an object")) };
        let value = members.get(name).filter(|value| !value.is_null());
        Ok(value.map(|value| Self { path: self.path_of(name), value }))
    }

    pub(crate) fn entries(&self) -> Result<impl Iterator<Item = Self>, Problem> {
        let Value::Array(entries) = self.value else { return Err(self.unexpected("a list")) };
        let path = self.path.clone();
        Ok(entries
            .iter()
            .enumerate()
            .map(move |(place, value)| Self { path: format!("{path}[{place}]"), value }))
    }

    pub(crate) fn text(&self) -> Result<&'a str, Problem> {
        self.value.as_str().ok_or_else(|| self.unexpected("text"))
    }

    /// Whole seconds of Unix time, rounded down.
    pub(crate) fn unix_seconds(&self) -> Result<i64, Problem> {
        let seconds = match self.value {
            Value::Number(number) => match number.as_i64() {
                Some(whole) => time::in_range(whole),
                None => number.as_f64().and_then(time::floor),
            },
            _ => None,
        };
        seconds.ok_or_else(|| self.unexpected("a time in Unix seconds"))
    }

    pub(crate) fn unexpected(&self, expected: &'static str) -> Problem {
        let found = match self.value {
            Value::Null => "null".to_owned(),
            Value::Bool(truth) => truth.to_string(),
            Value::Number(number) => number.to_string(),
            Value::String(text) => quoted(text),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
        };
        Problem::Unexpected { field: self.path.trim_end_matches(": ").to_owned(), found, expected }
    }

    fn path_of(&self, name: &str) -> String {
        match self.path.as_str() {
            "" => name.to_owned(),
            line if line.ends_with(": ") => format!("{line}{name}"),
            path => format!("{path}.{name}"),
        }
    }
}
