//! Pins the automation documents: what may run is the content that this binary was built with, or the version that the
//! catalogue names for a team's own document. A document's name alone proves nothing, since whoever may update
//! documents decides what stands behind it.

use std::{collections::BTreeMap, fmt::Write as _};

use common::sha256_hex;
use serde::Deserialize;
use serde_json::Value;

/// The documents of `infra/automation` by their names in an account.
const SHIPPED: [(&str, &str); 5] = [
    ("Nightshift-RestoreParameter", include_str!("../../../infra/automation/RestoreParameter.yaml")),
    ("Nightshift-RollbackEcsService", include_str!("../../../infra/automation/RollbackEcsService.yaml")),
    ("Nightshift-RollbackLambdaAlias", include_str!("../../../infra/automation/RollbackLambdaAlias.yaml")),
    ("Nightshift-StartInstance", include_str!("../../../infra/automation/StartInstance.yaml")),
    ("Nightshift-StopInstance", include_str!("../../../infra/automation/StopInstance.yaml")),
];

/// A team's own document as its catalogue entry pins it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentPin {
    /// The version's number. A version never changes: an update makes a new one.
    pub version: String,
    /// The `Hash` that `aws ssm describe-document` shows for the version.
    pub sha256: String,
}

/// The identity that a document must have to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedDocument {
    /// Any version with this content, compared by [`content_hash`].
    Content { hash: String },
    /// A team's own.
    Pinned(DocumentPin),
}

/// The documents that may be started, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Documents(BTreeMap<String, ExpectedDocument>);

impl Documents {
    pub fn new(documents: impl IntoIterator<Item = (String, ExpectedDocument)>) -> Self {
        Self(documents.into_iter().collect())
    }

    pub fn expected(&self, name: &str) -> Option<&ExpectedDocument> {
        self.0.get(name)
    }
}

/// Returns what `document` must be, or what is wrong with its `pin`.
pub(crate) fn expected(document: &str, pin: Option<&DocumentPin>) -> Result<ExpectedDocument, String> {
    let shipped = SHIPPED.iter().find(|(name, _)| *name == document).map(|(_, text)| *text);
    match (shipped, pin) {
        (Some(_), Some(_)) => {
            Err("it is shipped with Nightshift: expected none, its content is the pin".to_owned())
        }
        (Some(text), None) => {
            let content = serde_yaml_ng::from_str(text)
                .map_err(|error| format!("the document that was built in is no YAML: {error}"))?;
            Ok(ExpectedDocument::Content { hash: content_hash(&content) })
        }
        (None, Some(pin)) => {
            let is_version = pin.version.parse::<u32>().is_ok_and(|version| version > 0);
            let is_hash = pin.sha256.len() == 64 && pin.sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !is_version {
                return Err(format!(
                    "invalid version {:?}: expected a number such as \"3\", not $LATEST or $DEFAULT",
                    pin.version
                ));
            }
            if !is_hash {
                return Err(format!("invalid sha256 {:?}: expected 64 hexadecimal digits", pin.sha256));
            }
            Ok(ExpectedDocument::Pinned(pin.clone()))
        }
        (None, None) => Err(format!(
            "the document {document} is none of Nightshift's own: expected version and sha256, as `aws ssm \
             describe-document` shows them"
        )),
    }
}

/// Hashes what a document says, whatever it is written in. SSM stores JSON that `CloudFormation` made of the YAML, in which
/// the order of the keys is another and numbers and booleans may have become text; SSM reads both the same.
pub fn content_hash(content: &Value) -> String {
    let mut text = String::new();
    write_canonical(content, &mut text);
    sha256_hex(text)
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<_, _> = fields.iter().collect();
            text.push('{');
            for (name, value) in sorted {
                write_scalar(name, text);
                write_canonical(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write_canonical(item, text);
            }
            text.push(']');
        }
        Value::String(value) => write_scalar(value, text),
        other => write_scalar(&other.to_string(), text),
    }
}

/// With its length in front, so that no two contents have one text.
fn write_scalar(value: &str, text: &mut String) {
    // Writing into a string does not fail.
    let _ = write!(text, "{}:{value}", value.len());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn hash(content: &Value) -> String {
        content_hash(content)
    }

    #[test]
    fn content_hash_is_of_what_ssm_reads() {
        let yaml = "{a: {x: 900, y: true}, b: ['1', two], c: one two}";
        let built: Value = serde_yaml_ng::from_str(yaml).unwrap();
        let stored = json!({"c": "one two", "b": [1, "two"], "a": {"y": "true", "x": "900"}});
        assert_eq!(hash(&built), hash(&stored));
        for altered in [
            json!({"c": "one two", "b": ["two", 1], "a": {"y": "true", "x": "900"}}),
            json!({"c": "one two", "b": [1, "two"], "a": {"y": "false", "x": "900"}}),
            json!({"c": "one two", "b": [1, "two"], "a": {"y": "true", "x": "900"}, "d": ""}),
            json!({"c": "one  two", "b": [1, "two"], "a": {"y": "true", "x": "900"}}),
        ] {
            assert_ne!(hash(&built), hash(&altered), "{altered}");
        }
    }

    #[test]
    fn expected_of_each_document_and_pin() {
        let pin =
            |version: &str, sha256: &str| DocumentPin { version: version.into(), sha256: sha256.into() };
        let right = pin("3", &"ab".repeat(32));
        for (name, _) in SHIPPED {
            assert!(matches!(expected(name, None), Ok(ExpectedDocument::Content { .. })), "{name}");
        }
        assert_eq!(expected("Team-Restart", Some(&right)), Ok(ExpectedDocument::Pinned(right.clone())));
        for (document, pin, problem) in [
            ("Team-Restart", None, "expected version and sha256"),
            ("Nightshift-StartInstance", Some(right.clone()), "expected none"),
            ("Team-Restart", Some(pin("$LATEST", &right.sha256)), "invalid version"),
            ("Team-Restart", Some(pin("0", &right.sha256)), "invalid version"),
            ("Team-Restart", Some(pin("3", "ab")), "invalid sha256"),
            ("Team-Restart", Some(pin("3", &"zz".repeat(32))), "invalid sha256"),
        ] {
            let error = expected(document, pin.as_ref()).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }

    fn content() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-c0-9:{}]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c:{}]{0,3}", inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    /// As `CloudFormation` may write it.
    fn as_text(value: &Value) -> Value {
        match value {
            Value::Object(fields) => Value::Object(
                fields.iter().rev().map(|(name, value)| (name.clone(), as_text(value))).collect(),
            ),
            Value::Array(items) => Value::Array(items.iter().map(as_text).collect()),
            Value::String(_) => value.clone(),
            other => Value::String(other.to_string()),
        }
    }

    proptest! {
        #[test]
        fn content_hash_is_the_same_for_text_and_another_for_any_other_content(one in content(), other in content()) {
            prop_assert_eq!(hash(&one), hash(&as_text(&one)));
            prop_assert_eq!(hash(&one) == hash(&other), as_text(&one) == as_text(&other));
        }
    }
}
