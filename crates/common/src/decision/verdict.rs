//! Whether a plan may run, and what said so.

use serde::{Deserialize, Serialize};

use crate::Mode;

/// A record of a decision. It permits nothing by itself: only `guard`'s `Allow` does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    pub decision: Decision,
    pub mode: Mode,
    /// The policies that determined it.
    pub policies: Vec<DeterminingPolicy>,
    /// The facts they saw, by name.
    pub facts: serde_json::Value,
    /// In `shadow`, what would have been decided if the mode were autonomous.
    pub would_be: Option<Decision>,
}

impl Verdict {
    /// The policies' sentences, for people.
    pub fn because(&self) -> String {
        let sentences: Vec<_> =
            self.policies.iter().map(|policy| format!("{} ({})", policy.why, policy.id)).collect();
        sentences.join("; ")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Allow,
    Ask,
    Deny,
}

impl Decision {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeterminingPolicy {
    /// The policy's `@id`.
    pub id: String,
    /// The policy's `@why`.
    pub why: String,
}
