//! The command line's grammar: commands, options, and their help.

mod account;
mod audit;
mod incident;
mod offline;
#[cfg(test)]
mod tests;

use clap::{Parser, Subcommand, ValueEnum};

pub(crate) use self::{
    account::{Drawing, DrillArgs, IntakeArgs, RedriveArgs, TopologyArgs},
    audit::{AuditCommand, AuditVerifyArgs, KeptCheckpoint, KeptHead},
    incident::{
        CloseArgs, CloseBreakerArgs, ExportArgs, HashPrefix, IncidentSelector, ListArgs, PlanArgs, PurgeArgs,
        ShowArgs, TakeoverArgs,
    },
    offline::{LogsCommand, PolicyCommand, RunbookSearchArgs, RunbooksCommand, SimulateArgs},
};

/// Autonomous incident response for AWS.
#[derive(Debug, Parser)]
#[command(
    name = "nightshift",
    version,
    after_help = "Exit codes: 0 success or yes, 1 failure or no, 2 invalid input.\n\
                  Region and credentials are those of the AWS CLI: AWS_REGION, AWS_PROFILE and the like."
)]
pub struct Arguments {
    /// Stack of the Nightshift deployment.
    #[arg(long, global = true, env = "NIGHTSHIFT_STACK", default_value = "nightshift")]
    pub(crate) stack: String,
    /// Output format: `table` for people, `json` for programs.
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[value(alias = "text")]
    Table,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List incidents, newest first.
    Incidents(ListArgs),
    /// Show an incident: diagnosis, actions, evidence, audit trail.
    #[command(after_long_help = "Examples:
  nightshift show latest                  the newest incident
  nightshift show 01M7VEB1                by the beginning of its id
  nightshift show latest --evidence       with all evidence in full
  nightshift show latest --fix > FIX.md   the specification of the permanent fix
  nightshift show latest --format json    for programs")]
    Show(ShowArgs),
    /// Show every request to the model about an incident, and its answers.
    Trace {
        /// Incident id, the beginning of one, or `latest`.
        incident: IncidentSelector,
    },
    /// Approve a plan that is waiting for approval.
    Approve(PlanArgs),
    /// Deny a plan that is waiting for approval; a human takes over the incident.
    Deny(PlanArgs),
    /// Close an incident: its problem is solved, or was none. Stops Nightshift's work on it.
    #[command(after_long_help = "An automation that is running is named and not stopped.

Examples:
  nightshift close latest --reason \"false alarm: load test\"")]
    Close(CloseArgs),
    /// Take over an incident: Nightshift does nothing more about it.
    #[command(after_long_help = "An automation that is running is named and not stopped.")]
    Takeover(TakeoverArgs),
    /// Close the breaker of an incident's action: it may run unattended again for the application.
    #[command(
        after_long_help = "A breaker opens where an action did not help an application in three of its last five \
runs; then each run asks. It also closes by itself, when a run that you approve helps.

Examples:
  nightshift close-breaker latest --reason \"the image is repaired\"

Exit codes: 0 the breaker is closed, also if it was before, 1 failure, 2 invalid input."
    )]
    CloseBreaker(CloseBreakerArgs),
    /// Delete what is personal or large of an incident that has ended; the audit trail stays.
    #[command(
        after_long_help = "Evidence, diagnoses, the model's dialogue and the event's own words are deleted. What was \
planned, decided, done and told stays, and so does the audit trail, which says who purged it. The policy for it is \
STACK-REGION-purger.

Examples:
  nightshift purge 01M7VEB1 --reason \"request for erasure 4711\""
    )]
    Purge(PurgeArgs),
    /// Show events that could not be taken in, or take them in again.
    #[command(after_long_help = "Examples:
  nightshift redrive             what lies in the dead-letter queues, and why
  nightshift redrive --execute   take it in again; what was taken in is deleted from the queue

Exit codes: 0 nothing is left that was to be taken in, 1 something is, 2 invalid input.")]
    Redrive(RedriveArgs),
    /// Show what reached the intake and what it recorded, hour by hour.
    #[command(
        after_long_help = "Each delivery of an event is one execution of the intake, which Step Functions counts by itself. \
It is opened, attached, recovered, suppressed, ignored, rejected, a repeated delivery, or failed and kept in a dead-letter \
queue. What is none of these is missing. Hours are in UTC and those without events are left out; an hour is compared a \
quarter of an hour after its end.

Examples:
  nightshift intake               the last 24 hours, and the most frequent reasons of what was ignored or rejected
  nightshift intake --since 7d    a week; 14d at most

Exit codes: 0 nothing is missing, or it cannot be compared, 1 something is missing, 2 invalid input."
    )]
    Intake(IntakeArgs),
    /// Move what the first version stored to the keys of this one. Reads the whole table.
    #[command(
        after_long_help = "Run it once after the first deployment of this version, with an administrator's \
credentials. What belongs to an incident that has not ended is left; running it again moves what is left.

Exit codes: 0 nothing is left under an old key, 1 something is, 2 invalid input."
    )]
    Migrate,
    /// Check the deployment: credentials, stack, functions, mode, intake, topics, documents. Changes nothing.
    Doctor,
    /// Verify, prove or export the audit trail.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Show which resources depend on which.
    Topology(TopologyArgs),
    /// Send AWS events through the deployed Nightshift as drills.
    Drill(DrillArgs),
    /// Export an incident, masked, as a scenario folder for `simulate`.
    Export(ExportArgs),
    /// Run the root-cause engine on recorded incidents. Needs no deployment.
    #[command(
        alias = "replay",
        after_long_help = "Examples:
  nightshift analyze examples/petshop/test-issue_9
  nightshift analyze --format json incidents/*/"
    )]
    Analyze {
        /// Scenario folders: each holds a scenario.json.
        #[arg(required = true, value_name = "DIR")]
        dirs: Vec<std::path::PathBuf>,
    },
    /// Run recorded incidents from event to policy verdict and score them. Needs no deployment, starts nothing.
    ///
    /// Each incident is ingested, deduplicated, diagnosed and judged by the policies, in autonomous and in
    /// supervised mode, against recorded answers of the account. Where a folder holds expected.json, the result
    /// is scored against it.
    ///
    /// With --with-bystanders each is run again with harmless changes of each kind, at each place, before and after
    /// the onset, and with somebody's own remedy: none may be acted on.
    ///
    /// Exit codes: 0 all scored scenarios passed, 1 one failed (a known gap too), a forbidden action would run or,
    /// with --with-bystanders, a law was broken, 2 a file is invalid.
    #[command(
        alias = "rehearse",
        after_long_help = "Examples:
  nightshift simulate tests/scenarios                   all scenarios of a folder, and totals
  nightshift simulate tests/scenarios/bank-is-slow      one scenario
  nightshift simulate --without-model tests/scenarios   without the recorded model answers
  nightshift simulate --with-bystanders tests/scenarios with harmless changes that must change nothing
  nightshift export latest --to my-incident && nightshift simulate my-incident"
    )]
    Simulate(SimulateArgs),
    /// Cluster or compare log lines. Needs no deployment.
    Logs {
        #[command(subcommand)]
        command: LogsCommand,
    },
    /// Show how Nightshift would read events, without sending them. Needs no deployment.
    Ingest {
        /// EventBridge events as JSON; `-` reads standard input.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<std::path::PathBuf>,
    },
    /// Test, prove or compare policies, or explain what they decided.
    Policy {
        #[command(subcommand)]
        command: PolicyCommand,
    },
    /// Check or search runbooks. Needs no deployment.
    Runbooks {
        #[command(subcommand)]
        command: RunbooksCommand,
    },
}
