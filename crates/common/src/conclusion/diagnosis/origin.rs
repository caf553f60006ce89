//! Names who made a hypothesis, and who ruled a component out.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

const ENGINE: &str = "engine";
const NO_PLAYBOOK: &str = "none";

/// The maker of a hypothesis. Stored and printed as `name@version`, from which it is parsed again.
///
/// ```
/// use common::diagnosis::HypothesisOrigin;
///
/// let origin: HypothesisOrigin = "parameter-overwritten@1".parse()?;
/// assert_eq!(origin, HypothesisOrigin::Playbook { id: "parameter-overwritten".to_owned(), version: 1 });
/// assert_eq!(origin.to_string(), "parameter-overwritten@1");
/// # Ok::<(), common::diagnosis::InvalidOrigin>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum HypothesisOrigin {
    /// A playbook matched: `id@version`.
    Playbook { id: String, version: u32 },
    /// The root-cause engine named it: `engine@version`. It proposes nothing.
    Engine { version: String },
    /// A language model named it: its bundle's `name@hash`. It proposes nothing.
    Model { bundle: String },
}

/// The rule that took a component out of the list of causes. Stored and printed as `none` or `name@version`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum RuledOutBy {
    /// No playbook: when or how it was changed rules it out, or no playbook knows the change.
    NoPlaybook,
    /// The playbook that came nearest did not match.
    Playbook { id: String, version: u32 },
    /// The root-cause engine cleared it.
    Engine { version: String },
}

/// A text that names no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid origin {text:?}: expected {expected}")]
pub struct InvalidOrigin {
    pub text: String,
    pub expected: &'static str,
}

impl fmt::Display for HypothesisOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Playbook { id, version } => write!(f, "{id}@{version}"),
            Self::Engine { version } => write!(f, "{ENGINE}@{version}"),
            Self::Model { bundle } => f.write_str(bundle),
        }
    }
}

impl fmt::Display for RuledOutBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPlaybook => f.write_str(NO_PLAYBOOK),
            Self::Playbook { id, version } => write!(f, "{id}@{version}"),
            Self::Engine { version } => write!(f, "{ENGINE}@{version}"),
        }
    }
}

impl FromStr for HypothesisOrigin {
    type Err = InvalidOrigin;

    /// Tells playbook and bundle apart by their version: a playbook's is a number, a bundle's twelve digits of a hash,
    /// which as a number would be longer than any version.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidOrigin { text: text.to_owned(), expected: "name@version" };
        let (name, version) = text.split_once('@').ok_or_else(invalid)?;
        if name.is_empty() || version.is_empty() {
            return Err(invalid());
        }
        if name == ENGINE {
            return Ok(Self::Engine { version: version.to_owned() });
        }
        Ok(match version.parse::<u32>() {
            Ok(number) if number.to_string() == version => {
                Self::Playbook { id: name.to_owned(), version: number }
            }
            _ => Self::Model { bundle: text.to_owned() },
        })
    }
}

impl FromStr for RuledOutBy {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "none, a playbook's id@version, or engine@version";
        if text == NO_PLAYBOOK {
            return Ok(Self::NoPlaybook);
        }
        match text.parse() {
            Ok(HypothesisOrigin::Playbook { id, version }) => Ok(Self::Playbook { id, version }),
            Ok(HypothesisOrigin::Engine { version }) => Ok(Self::Engine { version }),
            Ok(HypothesisOrigin::Model { .. }) | Err(_) => {
                Err(InvalidOrigin { text: text.to_owned(), expected })
            }
        }
    }
}

impl From<HypothesisOrigin> for String {
    fn from(origin: HypothesisOrigin) -> Self {
        origin.to_string()
    }
}

impl From<RuledOutBy> for String {
    fn from(by: RuledOutBy) -> Self {
        by.to_string()
    }
}

impl TryFrom<String> for HypothesisOrigin {
    type Error = InvalidOrigin;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<String> for RuledOutBy {
    type Error = InvalidOrigin;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn playbook(id: &str, version: u32) -> HypothesisOrigin {
        HypothesisOrigin::Playbook { id: id.to_owned(), version }
    }

    #[test]
    fn parse_tells_playbook_engine_and_model_apart() {
        for (text, expected) in [
            ("lambda-alias-moved@2", playbook("lambda-alias-moved", 2)),
            ("engine@0.1.0", HypothesisOrigin::Engine { version: "0.1.0".to_owned() }),
            ("engine@3", HypothesisOrigin::Engine { version: "3".to_owned() }),
            ("night@0a1b2c3d4e5f", HypothesisOrigin::Model { bundle: "night@0a1b2c3d4e5f".to_owned() }),
            // A hash may happen to be all digits.
            ("night@123456789012", HypothesisOrigin::Model { bundle: "night@123456789012".to_owned() }),
            ("night@000000000012", HypothesisOrigin::Model { bundle: "night@000000000012".to_owned() }),
        ] {
            assert_eq!(text.parse(), Ok(expected.clone()));
            assert_eq!(expected.to_string(), text);
        }
        for text in ["", "none", "engine", "@1", "x@"] {
            let said = text.parse::<HypothesisOrigin>().unwrap_err().to_string();
            assert!(said.contains("expected name@version"), "{said}");
        }
    }

    #[test]
    fn parse_ruled_out_by_is_none_a_playbook_or_the_engine() {
        for (text, expected) in [
            ("none", RuledOutBy::NoPlaybook),
            ("x@1", RuledOutBy::Playbook { id: "x".to_owned(), version: 1 }),
            ("engine@0.1.0", RuledOutBy::Engine { version: "0.1.0".to_owned() }),
        ] {
            assert_eq!(text.parse(), Ok(expected.clone()));
            assert_eq!(expected.to_string(), text);
        }
        assert!("night@0a1b2c3d4e5f".parse::<RuledOutBy>().is_err());
    }

    proptest! {
        #[test]
        fn json_of_an_origin_is_its_text_and_reads_back(id in "[a-z][a-z-]{0,20}", version: u32, hash in "[0-9a-f]{12}") {
            prop_assume!(id != ENGINE);
            for origin in [
                playbook(&id, version),
                HypothesisOrigin::Engine { version: format!("0.{version}.1") },
                HypothesisOrigin::Model { bundle: format!("{id}@{hash}") },
            ] {
                let json = serde_json::to_string(&origin).unwrap();
                prop_assert_eq!(&json, &format!("\"{origin}\""));
                prop_assert_eq!(serde_json::from_str::<HypothesisOrigin>(&json).unwrap(), origin);
            }
        }
    }
}
