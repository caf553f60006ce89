//! Arguments of the commands that need no deployment.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::incident::PlanArgs;

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// Scenario folders, or folders of such folders: a scenario folder holds a scenario.json.
    #[arg(required = true, value_name = "DIR")]
    pub(crate) dirs: Vec<PathBuf>,
    /// Run without the recorded model answers (model.json).
    #[arg(long)]
    pub(crate) without_model: bool,
    /// Put harmless changes and other people's remedies into each scenario, and check what must not follow from them.
    #[arg(long)]
    pub(crate) with_bystanders: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LogsCommand {
    /// Print the template of every line of standard input: id, tab, template.
    Cluster,
    /// Show which kinds of lines are new, gone or more frequent in the second file.
    Diff {
        /// Log lines from before the incident.
        baseline: PathBuf,
        /// Log lines from the incident.
        incident: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Run tables of requests and expected decisions against policies.
    ///
    /// Exit codes: 0 all cases passed, 1 one failed, 2 a file is invalid.
    #[command(after_long_help = "Examples:
  nightshift policy test                  the default policies with their own table
  nightshift policy test infra/policies   the policies and tables of a folder")]
    Test {
        /// Folder with policies, `*.cedar`, and tables, `*.tests.toml`; the default policies where none is given.
        #[arg(value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Tell why the policies decided on a plan as they did, and what would change that. Needs a deployment.
    #[command(after_long_help = "Examples:
  nightshift policy explain latest                       the last plan of the latest incident
  nightshift policy explain 01KB --plan 3f2a90c1d4e5     one plan of an incident")]
    Explain(PlanArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunbooksCommand {
    /// Check all runbooks of a folder and list every error.
    Lint {
        /// Folder of runbooks, `*.md`.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Find the runbooks for a failure, best match first.
    Search(RunbookSearchArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RunbookSearchArgs {
    /// AWS service as in ARNs, for example `lambda`; may be repeated.
    #[arg(long = "service", value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// Failure mode, for example `throttled`; may be repeated.
    #[arg(long = "failure-mode", value_name = "MODE")]
    pub(crate) failure_modes: Vec<String>,
    /// Folder of runbooks to search, instead of those that ship with Nightshift.
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Words, metric names, error codes or log lines.
    #[arg(value_name = "TEXT")]
    pub(crate) text: Vec<String>,
}
