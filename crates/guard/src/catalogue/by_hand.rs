//! Renders the steps of an action's document, for a person who takes them without Nightshift.

use std::collections::BTreeMap;

use common::{Plan, shell};
use serde::Deserialize;

use super::Catalogue;

/// The stages, each a sentence or a command with `{Parameter}` places.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByHand {
    /// The state before is recorded.
    pub prepare: String,
    pub check_before: String,
    pub apply: String,
    pub check_after: String,
    pub undo: String,
}

impl ByHand {
    /// In their order, each with its name.
    pub fn stages(&self) -> [(&'static str, &str); 5] {
        [
            ("prepare", &self.prepare),
            ("check_before", &self.check_before),
            ("apply", &self.apply),
            ("check_after", &self.check_after),
            ("undo", &self.undo),
        ]
    }
}

impl Catalogue {
    /// The stages of `plan`; `None` where its action is not in the catalogue.
    pub fn by_hand(&self, plan: &Plan) -> Option<ByHand> {
        let written = &self.action(&plan.action)?.by_hand;
        let filled = |text: &str| filled(text, &plan.parameters);
        Some(ByHand {
            prepare: filled(&written.prepare),
            check_before: filled(&written.check_before),
            apply: filled(&written.apply),
            check_after: filled(&written.check_after),
            undo: filled(&written.undo),
        })
    }
}

/// The parameters that `text` names. Empty braces are a command's own.
pub(super) fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
        .filter(|name| !name.is_empty())
}

/// A value is put in and never looked at again: braces in it name nothing.
fn filled(text: &str, parameters: &BTreeMap<String, String>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let named = after.split_once('}').and_then(|(name, after)| Some((parameters.get(name)?, after)));
        rest = if let Some((value, after)) = named {
            filled.push_str(&shell::word(value));
            after
        } else {
            filled.push('{');
            after
        };
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::*;

    fn plan(action: &str, parameters: BTreeMap<String, String>) -> Plan {
        Plan {
            schema_version: 1,
            incident_id: sample::incident().id,
            action: action.parse().unwrap(),
            document: String::new(),
            target: sample::arn("lambda", "function:checkout:live"),
            parameters,
            undo_of: None,
        }
    }

    #[test]
    fn by_hand_of_each_action_uses_all_its_parameters_and_leaves_no_place_open() {
        let catalogue = Catalogue::shipped().unwrap();
        for (id, action) in catalogue.actions() {
            let parameters = action.parameters.keys().map(|name| (name.clone(), format!("value-of-{name}")));
            let plan = plan(&id.to_string(), parameters.collect());
            let text = catalogue.by_hand(&plan).unwrap().stages().map(|(_, text)| text.to_owned()).join("\n");
            for value in plan.parameters.values() {
                assert!(text.contains(value.as_str()), "{id}: {value}");
            }
            assert_eq!(names(&text).next(), None, "{id}: {text}");
        }
    }

    #[test]
    fn by_hand_of_an_alias_is_commands_to_be_copied() {
        let value = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let parameters = BTreeMap::from([
            value("FunctionName", "checkout"),
            value("AliasName", "live"),
            value("FunctionVersion", "2"),
            value("ExpectedVersion", "3"),
        ]);
        let by_hand =
            Catalogue::shipped().unwrap().by_hand(&plan("rollback-lambda-alias", parameters)).unwrap();
        let expected = "aws lambda update-alias --function-name checkout --name live --function-version 2 \
                        --routing-config AdditionalVersionWeights={} --revision-id REVISION_ID";
        assert_eq!(by_hand.apply, expected);
        assert!(by_hand.undo.ends_with("--function-version 3"));
    }
}
