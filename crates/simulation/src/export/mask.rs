//! Masks everything that must not leave the account, in every text that is written: secrets and personal data,
//! account ids, names of users and roles. The same is always replaced by the same, so that what belonged together
//! still does.

mod accounts;
mod names;

use std::collections::BTreeMap;

use common::secrets;
use serde_json::{Map, Value};

use self::{accounts::Accounts, names::Names};

/// Members whose text is prose, whatever it looks like: a secret in it leaves a gap, not a name.
const PROSE: [&str; 8] = ["about", "description", "message", "reason", "summary", "title", "what", "why"];

/// The replacements so far.
#[derive(Debug, Default)]
pub(super) struct Mask {
    pub(super) names: Names,
    accounts: Accounts,
    /// Parts of identifiers that looked like a secret, by what stands for them.
    hidden: BTreeMap<String, String>,
    /// Every text that was masked, by whether it is prose.
    shown: BTreeMap<(bool, String), String>,
    found: BTreeMap<&'static str, u32>,
}

impl Mask {
    /// `own_roles` are Nightshift's, by the name that simulations know them by.
    pub(super) fn new(own_roles: &BTreeMap<String, String>) -> Self {
        Self { names: Names::new(own_roles), ..Self::default() }
    }

    /// A whole document, its keys included.
    pub(super) fn document(&mut self, value: Value) -> Value {
        self.value("", value)
    }

    fn value(&mut self, key: &str, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text, PROSE.contains(&key))),
            Value::Array(all) => all.into_iter().map(|one| self.value(key, one)).collect(),
            Value::Object(members) => {
                let masked: Map<String, Value> = members
                    .into_iter()
                    .map(|(key, value)| (self.text(&key, false), self.value(&key, value)))
                    .collect();
                Value::Object(masked)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }

    /// One text by itself.
    pub(super) fn text(&mut self, text: &str, prose: bool) -> String {
        let key = (prose, text.to_owned());
        if let Some(shown) = self.shown.get(&key) {
            return shown.clone();
        }
        let named = self.names.in_arns(text);
        let hidden = match named.split_once(' ').filter(|(kind, _)| kind.contains("::")) {
            _ if prose => self.prose(&named),
            // A node of a trace: its kind and its name.
            Some((kind, name)) if is_identifier(name) => format!("{kind} {}", self.identifier(name)),
            _ if is_identifier(&named) => self.identifier(&named),
            _ => self.prose(&named),
        };
        let shown = self.accounts.replaced(&hidden);
        self.shown.insert(key, shown.clone());
        shown
    }

    fn prose(&mut self, text: &str) -> String {
        let masked = secrets::mask(text);
        self.count(&masked.found);
        masked.text
    }

    /// Two names that hold different secrets stay two names: each part that looks like one is numbered.
    fn identifier(&mut self, text: &str) -> String {
        if secrets::mask(text).found.is_empty() {
            return text.to_owned();
        }
        let parts = text.split_inclusive(['/', ':']).map(|part| {
            let name = part.trim_end_matches(['/', ':']);
            let found = secrets::mask(name).found;
            if found.is_empty() {
                return part.to_owned();
            }
            self.count(&found);
            let separator = part.get(name.len()..).unwrap_or_default();
            self.number(name) + separator
        });
        let masked: String = parts.collect();
        let left = secrets::mask(&masked).found;
        if left.is_empty() {
            return masked;
        }
        self.count(&left);
        // What it is stays: `arn:partition:service:region:account:` and a type.
        let kept: String = masked.split_inclusive(':').take(5).collect();
        let number = self.number(text);
        if masked.starts_with("arn:") && secrets::mask(&kept).found.is_empty() {
            kept + &number
        } else {
            number
        }
    }

    fn number(&mut self, secret: &str) -> String {
        let next = self.hidden.len().saturating_add(1);
        self.hidden.entry(secret.to_owned()).or_insert_with(|| format!("masked-{next}")).clone()
    }

    fn count(&mut self, found: &BTreeMap<&'static str, u32>) {
        for (kind, times) in found {
            let count = self.found.entry(kind).or_default();
            *count = count.saturating_add(*times);
        }
    }

    /// The number of replacements by kind. A text that occurs more than once counts once.
    pub(super) fn found(&self) -> BTreeMap<&'static str, u32> {
        let count = |all: usize| u32::try_from(all).unwrap_or(u32::MAX);
        let mut found = self.found.clone();
        found.insert("account_id", count(self.accounts.len()));
        found.insert("actor", count(self.names.len()));
        found.retain(|_, times| *times > 0);
        found
    }
}

/// Tells a name from prose, JSON and assignments, by the characters in it.
fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:@+$#%*".contains(&b))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn document_keys_and_values_are_masked_alike() {
        let mut mask = Mask::default();
        let arn = "arn:aws:ssm:eu-west-1:402398571116:parameter/shop/alice@example.org";
        let other = "arn:aws:ssm:eu-west-1:402398571116:parameter/shop/bob@example.org";
        let shown = mask.document(json!({
            arn: {"state": {"arn": arn, "name": "/shop/alice@example.org"}},
            other: {"what": "alice@example.org wrote it in 402398571116"},
        }));
        let expected = "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/masked-1";
        assert_eq!(shown[expected]["state"], json!({"arn": expected, "name": "/shop/masked-1"}));
        let expected = "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/masked-2";
        assert_eq!(shown[expected]["what"], "[masked] wrote it in 123456789012");
        assert_eq!(mask.found(), BTreeMap::from([("account_id", 1), ("email", 4)]));
    }

    #[test]
    fn text_that_holds_nothing_stays_as_it_is() {
        let mut mask = Mask::default();
        for text in
            ["", "firing", "2026-11-12T16:27:41Z", "AWS::ECS::Container web", "eu-west-1", "12", "Sum"]
        {
            assert_eq!(mask.text(text, false), text);
        }
        assert!(mask.found().is_empty());
    }

    #[test]
    fn text_that_names_something_stays_another_than_the_next() {
        let mut mask = Mask::default();
        for (text, prose, expected) in [
            ("Database::SQL orders@db.example.com", false, "Database::SQL masked-1"),
            ("Database::SQL stock@db.example.com", false, "Database::SQL masked-2"),
            ("orders@db.example.com", false, "masked-1"),
            ("orders@db.example.com", true, "[masked]"),
            ("Mail orders@db.example.com", false, "Mail [masked]"),
        ] {
            assert_eq!(mask.text(text, prose), expected, "{text}");
        }
    }
}
