//! Arguments of the commands that are about incidents and their plans.

use std::{path::PathBuf, str::FromStr};

use clap::Args;
use common::PlanHash;

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Show open incidents only.
    #[arg(long)]
    pub(crate) open: bool,
    /// Show at most this many.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Incident id, the beginning of one, or `latest`.
    pub(crate) incident: IncidentSelector,
    /// Show all evidence in full.
    #[arg(long)]
    pub(crate) evidence: bool,
    /// Show only the specification of the permanent fix, as Markdown.
    #[arg(long, conflicts_with = "evidence")]
    pub(crate) fix: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Incident id, the beginning of one, or `latest`.
    pub(crate) incident: IncidentSelector,
    /// Folder to write: new or empty.
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
    /// Read nothing from the account: leave out metric samples and log lines.
    #[arg(long)]
    pub(crate) offline: bool,
    /// Write Nightshift's own diagnosis into expected.json, for you to check.
    #[arg(long)]
    pub(crate) expect_as_diagnosed: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Incident id, the beginning of one, or `latest`.
    pub(crate) incident: IncidentSelector,
    /// Plan hash, or at least its first 8 digits. `approve` requires it where there is no terminal to confirm on.
    #[arg(long, value_name = "HASH")]
    pub(crate) plan: Option<HashPrefix>,
}

#[derive(Debug, Args)]
pub(crate) struct CloseArgs {
    /// Incident id, the beginning of one, or `latest`.
    pub(crate) incident: IncidentSelector,
    /// Why it is closed, in a few words: for the audit trail and for those who are told.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

#[derive(Debug, Args)]
pub(crate) struct PurgeArgs {
    /// Incident id, the beginning of one, or `latest`.
    pub(crate) incident: IncidentSelector,
    /// Why it is purged, in a few words: for the audit trail, which keeps them.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

#[derive(Debug, Args)]
pub(crate) struct TakeoverArgs {
    /// Incident id, the beginning of one, or `latest`.
    pub(crate) incident: IncidentSelector,
    /// Why, in a few words.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CloseBreakerArgs {
    /// Incident id, the beginning of one, or `latest`: the action and the application are its own.
    pub(crate) incident: IncidentSelector,
    /// Why it is closed, in a few words: for the audit trail.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Plan hash, or at least its first 8 digits. Required where the incident's plans have different actions.
    #[arg(long, value_name = "HASH")]
    pub(crate) plan: Option<HashPrefix>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IncidentSelector {
    Latest,
    /// The beginning of an id, in upper case.
    Id(String),
}

impl FromStr for IncidentSelector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "latest" {
            return Ok(Self::Latest);
        }
        if (1..=26).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(Self::Id(text.to_ascii_uppercase()));
        }
        Err("expected an incident id, the beginning of one, or `latest`".to_owned())
    }
}

/// The first hexadecimal digits of a SHA-256: at least 8, so that two hashes do not share them by chance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HashPrefix(String);

impl HashPrefix {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn matches(&self, hash: &str) -> bool {
        hash.starts_with(&self.0)
    }

    pub(crate) fn matches_plan(&self, hash: &PlanHash) -> bool {
        self.matches(hash.as_str())
    }
}

impl FromStr for HashPrefix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let hash = text.to_ascii_lowercase();
        if (8..=64).contains(&hash.len()) && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(hash))
        } else {
            Err("expected 8 to 64 hexadecimal digits".to_owned())
        }
    }
}
