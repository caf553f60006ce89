//! Reads from a resource's tags which environment it belongs to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The environment that a resource belongs to, the most careful one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// No tag says, or one says something that is not in the table. The policies take it for production.
    Unknown,
    Production,
    Staging,
    Development,
}

/// The keys of the tags that name an environment, in lower case.
const KEYS: [&str; 5] = ["environment", "env", "stage", "environment-name", "deployment-environment"];

const VALUES: [(Environment, &[&str]); 3] = [
    (Environment::Production, &["production", "prod", "prd", "live"]),
    (
        Environment::Staging,
        &[
            "staging",
            "stage",
            "stg",
            "preproduction",
            "pre-production",
            "preprod",
            "pre-prod",
            "uat",
            "qa",
            "test",
        ],
    ),
    (Environment::Development, &["development", "dev", "sandbox"]),
];

impl Environment {
    /// Returns the environment that the tags name. Keys and values are compared without regard to case. Where two
    /// tags disagree, the more careful one counts: a tag that is wrong must not make anything bolder.
    pub fn from_tags(tags: &BTreeMap<String, String>) -> Self {
        tags.iter()
            .filter(|(key, _)| KEYS.contains(&key.to_lowercase().as_str()))
            .map(|(_, value)| Self::from_value(value))
            .min()
            .unwrap_or(Self::Unknown)
    }

    fn from_value(value: &str) -> Self {
        let value = value.trim().to_lowercase();
        let found = VALUES.iter().find(|(_, values)| values.contains(&value.as_str()));
        found.map_or(Self::Unknown, |(environment, _)| *environment)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn from_tags_reads_the_usual_spellings_and_doubts_the_rest() {
        for (pairs, expected) in [
            (&[("environment", "production")][..], Environment::Production),
            (&[("Environment", "Prod")], Environment::Production),
            (&[("ENV", " live ")], Environment::Production),
            (&[("env", "staging")], Environment::Staging),
            (&[("Stage", "uat")], Environment::Staging),
            (&[("env", "dev")], Environment::Development),
            (&[("env", "sandbox")], Environment::Development),
            (&[("env", "blue")], Environment::Unknown),
            (&[("env", "")], Environment::Unknown),
            (&[("environments", "dev")], Environment::Unknown),
            (&[], Environment::Unknown),
            (&[("env", "dev"), ("environment", "production")], Environment::Production),
            (&[("env", "dev"), ("stage", "blue")], Environment::Unknown),
            (&[("env", "dev"), ("stage", "staging")], Environment::Staging),
        ] {
            assert_eq!(Environment::from_tags(&tags(pairs)), expected, "{pairs:?}");
        }
    }

    proptest! {
        #[test]
        fn from_tags_another_tag_never_makes_it_bolder(
            key in prop::sample::select(&KEYS[..]), value in "[a-z]{0,10}", other in "[a-z-]{1,12}", also in "[a-z]{0,10}",
        ) {
            let one = tags(&[(key, value.as_str())]);
            let mut two = one.clone();
            two.entry(other).or_insert(also);
            prop_assert!(Environment::from_tags(&two) <= Environment::from_tags(&one));
        }
    }
}
