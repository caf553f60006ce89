//! Finds the values that a row of the table names by their path: `a.b`, `list[].b`, `a.**` for everything below.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// No event has a field of use deeper than this.
const MAX_DEPTH: usize = 12;
/// A list in an event names a few things; a drill could name anything.
const MAX_VALUES: usize = 50;

/// Returns the values at `path`, in their order: none where it leads nowhere.
pub(crate) fn values<'a>(fields: &'a Map<String, Value>, path: &str) -> Vec<&'a Value> {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let mut found = Vec::new();
    if name == "**" {
        fields.values().for_each(|value| collect_texts(value, MAX_DEPTH, &mut found));
        return found;
    }
    let Some(value) = fields.get(name.trim_end_matches("[]")) else { return found };
    let items = match value {
        Value::Array(items) if name.ends_with("[]") => items.iter().take(MAX_VALUES).collect(),
        other => vec![other],
    };
    for item in items {
        match (rest, item) {
            (None, item) => found.push(item),
            (Some(rest), Value::Object(below)) => found.extend(values(below, rest)),
            (Some(_), _) => {}
        }
    }
    found.truncate(MAX_VALUES);
    found
}

/// Returns the texts at `path`: strings without white space around them, numbers and truth values. Empty ones are left out.
pub(crate) fn texts<'a>(fields: &'a Map<String, Value>, path: &str) -> Vec<Cow<'a, str>> {
    values(fields, path).into_iter().filter_map(text).collect()
}

pub(crate) fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text.trim())).filter(|text| !text.is_empty()),
        Value::Number(_) | Value::Bool(_) => Some(Cow::Owned(value.to_string())),
        _ => None,
    }
}

fn collect_texts<'a>(value: &'a Value, depth: usize, found: &mut Vec<&'a Value>) {
    if depth == 0 || found.len() >= MAX_VALUES {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, depth - 1, found)),
        Value::Object(fields) => fields.values().for_each(|field| collect_texts(field, depth - 1, found)),
        Value::String(_) => found.push(value),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_table() {
        let event = json!({
            "a": {"b": " x ", "n": 7, "on": true, "none": null, "empty": " "},
            "list": [{"id": "1"}, {"id": "2"}, "stray"], "names": ["p", "q"], "deep": {"x": [{"y": "z"}]},
        });
        for (path, expected) in [
            ("a.b", "x"),
            ("a.n", "7"),
            ("a.on", "true"),
            ("a.none", ""),
            ("a.empty", ""),
            ("a.b.c", ""),
            ("a", ""),
            ("list[].id", "1 2"),
            ("list.id", ""),
            ("names[]", "p q"),
            ("deep.**", "z"),
            ("missing[].id", ""),
        ] {
            assert_eq!(texts(event.as_object().unwrap(), path).join(" "), expected, "{path}");
        }
    }
}
