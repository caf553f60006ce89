//! Arguments of the commands that are about the deployment and its account.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use common::Arn;

use crate::account::intake::Since;

#[derive(Debug, Args)]
pub(crate) struct RedriveArgs {
    /// Take the events in again, and delete each one that was taken in.
    #[arg(long)]
    pub(crate) execute: bool,
}

#[derive(Debug, Args)]
pub(crate) struct IntakeArgs {
    /// Begin so long ago: hours or days, such as 24h or 7d
    #[arg(long, value_name = "TIME", default_value = "24h")]
    pub(crate) since: Since,
}

#[derive(Debug, Args)]
pub(crate) struct DrillArgs {
    /// AWS event documents as JSON; `-` reads standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Send even events that Nightshift would ignore.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TopologyArgs {
    /// Show only what is connected with this application.
    #[arg(long, value_name = "NAME")]
    pub(crate) application: Option<String>,
    /// Show only what is connected with this resource.
    #[arg(long, value_name = "ARN")]
    pub(crate) resource: Option<Arn>,
    /// Form of the output: a tree by default, JSON with `--format json`.
    #[arg(long = "as", value_enum, value_name = "DRAWING")]
    pub(crate) drawing: Option<Drawing>,
    /// Read the account instead of Nightshift's stored map. Needs no deployment.
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Oldest stored map to use, in minutes; an older one is replaced by a read of the account.
    #[arg(long, value_name = "MINUTES", default_value_t = 1440, conflicts_with = "fresh")]
    pub(crate) max_age: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Drawing {
    Tree,
    /// For Graphviz.
    Dot,
    Mermaid,
    Json,
}
