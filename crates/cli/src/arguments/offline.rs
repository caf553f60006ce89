//! Arguments of the commands that need no deployment.

use std::{path::PathBuf, time::Duration};

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
    /// Prove over all requests what the policies never allow, or print a request that they do.
    ///
    /// An invariant is a sentence and a condition: no request that meets it is allowed. A solver looks for one that is.
    /// Needs cvc5, on PATH or named by the environment variable CVC5.
    ///
    /// Exit codes: 0 all invariants are proved, 1 one is refuted, vacuous or unknown, 2 a file is invalid, 3 cvc5 is not
    /// installed.
    #[command(after_long_help = "Examples:
  nightshift policy prove                  the default policies and invariants
  nightshift policy prove infra/policies   the policies and invariants of a folder")]
    Prove {
        /// Folder with policies, `*.cedar`, and invariants, `*.invariants.toml`; the default ones where none is given.
        #[arg(value_name = "DIR")]
        dir: Option<PathBuf>,
        #[command(flatten)]
        limit: SolverLimit,
    },
    /// Print the first request that new policies allow and old ones do not, or prove that there is none.
    ///
    /// For each action, with and without an approval; then the same of what became denied. Needs cvc5, on PATH or named
    /// by the environment variable CVC5.
    ///
    /// Exit codes: 0 proved that nothing became allowed, 1 something did or that is unknown, 2 a file is invalid, 3 cvc5
    /// is not installed.
    #[command(after_long_help = "Examples:
  nightshift policy diff infra/policies my-policies")]
    Diff {
        /// Folder with the policies in force, `*.cedar`.
        #[arg(value_name = "OLD")]
        old: PathBuf,
        /// Folder with the policies that are to replace them.
        #[arg(value_name = "NEW")]
        new: PathBuf,
        #[command(flatten)]
        limit: SolverLimit,
    },
    /// Tell why the policies decided on a plan as they did, and what would change that. Needs a deployment.
    #[command(after_long_help = "Examples:
  nightshift policy explain latest                       the last plan of the latest incident
  nightshift policy explain 01KB --plan 3f2a90c1d4e5     one plan of an incident")]
    Explain(PlanArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SolverLimit {
    /// Seconds that the solver has for each question; then its answer is unknown.
    #[arg(long = "timeout", value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
}

impl SolverLimit {
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }
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
