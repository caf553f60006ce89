//! What can be said on the command line.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Parser, Subcommand, ValueEnum};
use common::{Arn, PlanHash};

/// Autonomous incident response for AWS.
#[derive(Debug, Parser)]
#[command(name = "nightshift", version)]
pub struct Arguments {
    /// Name of the deployment's stack.
    #[arg(long, global = true, env = "NIGHTSHIFT_STACK", default_value = "nightshift")]
    pub(crate) stack: String,
    /// For people, or JSON.
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
    /// Send AWS events through the deployed Nightshift, as drills.
    Drill {
        /// AWS event documents; `-` is standard input.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Send events too that Nightshift will ignore.
        #[arg(long)]
        force: bool,
    },
    /// List incidents, newest first.
    Incidents {
        /// Only those that have not ended.
        #[arg(long)]
        open: bool,
        /// How many at most.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Show what is known of an incident and what was done about it.
    Show {
        /// Its id, the id's beginning, or `latest`.
        incident: IncidentChoice,
        /// With what each look showed.
        #[arg(long)]
        evidence: bool,
        /// Only the specification of what would keep it from coming back, as Markdown.
        #[arg(long, conflicts_with = "evidence")]
        fix: bool,
    },
    /// Show step by step what a model was asked about an incident and what it answered.
    Trace {
        /// Its id, the id's beginning, or `latest`.
        incident: IncidentChoice,
    },
    /// Write an incident down as a scenario, masked, to live through it again with `simulate`.
    Export(ExportChoice),
    /// Let a plan that waits for approval run.
    Approve(PlanChoice),
    /// Refuse a plan that waits for approval; the incident goes to a human.
    Deny(PlanChoice),
    /// Check that the deployment is there and works.
    Doctor,
    /// The audit trail.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Say what Nightshift would make of events, without sending them anywhere.
    Ingest {
        /// EventBridge events; `-` is standard input.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Say what the root-cause engine makes of recorded incidents. Needs no deployment.
    #[command(alias = "replay")]
    Analyze {
        /// Folders with a scenario.json.
        #[arg(required = true, value_name = "DIR")]
        dirs: Vec<PathBuf>,
    },
    /// Show what depends on what.
    Topology(TopologyChoice),
    /// Live through whole recorded incidents, from the event to the verdict, and say what would be done. Needs
    /// no deployment; starts nothing.
    #[command(alias = "rehearse")]
    Simulate {
        /// Folders with a scenario.json, or folders of such folders.
        #[arg(required = true, value_name = "DIR")]
        dirs: Vec<PathBuf>,
        /// Leave out what a model would say.
        #[arg(long)]
        without_model: bool,
    },
    /// What people know about failures. Needs no deployment.
    Runbooks {
        #[command(subcommand)]
        command: RunbooksCommand,
    },
    /// Log lines and their templates. Needs no deployment.
    Logs {
        #[command(subcommand)]
        command: LogsCommand,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ExportChoice {
    /// Its id, the id's beginning, or `latest`.
    pub(crate) incident: IncidentChoice,
    /// The folder to write, a new or an empty one.
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
    /// Leave out metrics' samples and log lines, which are read from the account otherwise.
    #[arg(long)]
    pub(crate) offline: bool,
    /// Write what Nightshift said into expected.json, for you to check.
    #[arg(long)]
    pub(crate) expect_as_diagnosed: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TopologyChoice {
    /// Only what hangs together with this application.
    #[arg(long, value_name = "NAME")]
    pub(crate) application: Option<String>,
    /// Only what hangs together with this resource.
    #[arg(long, value_name = "ARN")]
    pub(crate) resource: Option<Arn>,
    /// How it is drawn; a tree unless --format says otherwise.
    #[arg(long = "as", value_enum, value_name = "DRAWING")]
    pub(crate) drawing: Option<Drawing>,
    /// Read the account instead of what Nightshift kept. Needs no deployment.
    #[arg(long)]
    pub(crate) fresh: bool,
    /// How old, in minutes, what Nightshift kept may be before the account is read.
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

#[derive(Debug, Subcommand)]
pub(crate) enum RunbooksCommand {
    /// Check every runbook of a folder and list all that is wrong.
    Lint {
        /// A folder with runbooks, files `*.md`.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Find the runbooks that answer to a failure, best first.
    Search(RunbookSearch),
}

#[derive(Debug, Args)]
pub(crate) struct RunbookSearch {
    /// A service's prefix as in ARNs, for example `lambda`; may be repeated.
    #[arg(long = "service", value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// A failure mode, for example `throttled`; may be repeated.
    #[arg(long = "failure-mode", value_name = "MODE")]
    pub(crate) failure_modes: Vec<String>,
    /// A folder with runbooks, instead of those that ship with Nightshift.
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Words, metrics, error codes, lines of a log.
    #[arg(value_name = "TEXT")]
    pub(crate) text: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LogsCommand {
    /// Print each line's template: standard input to standard output, an id, a tab and the template a line.
    Cluster,
    /// Say what is new, gone or more frequent.
    Diff {
        /// Log lines from before.
        baseline: PathBuf,
        /// Log lines of the incident.
        incident: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check the chain of records for edits, gaps and cuts.
    Verify {
        /// A record's hash from elsewhere, for example a message; checks that it is in the chain.
        #[arg(long, value_name = "HASH")]
        head: Option<HashStart>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PlanChoice {
    /// Its id, the id's beginning, or `latest`.
    pub(crate) incident: IncidentChoice,
    /// The plan's hash, or its beginning; `approve` needs it where there is no terminal to ask at.
    #[arg(long, value_name = "HASH")]
    pub(crate) plan: Option<HashStart>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IncidentChoice {
    Latest,
    /// The beginning of an id, in upper case.
    Id(String),
}

impl FromStr for IncidentChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "latest" {
            return Ok(Self::Latest);
        }
        if (1..=26).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(Self::Id(text.to_ascii_uppercase()));
        }
        Err("expected an incident's id, its beginning, or `latest`".to_owned())
    }
}

/// The beginning of a SHA-256, long enough not to be met by chance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HashStart(String);

impl HashStart {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn begins(&self, hash: &str) -> bool {
        hash.starts_with(&self.0)
    }

    pub(crate) fn begins_plan(&self, hash: &PlanHash) -> bool {
        self.begins(hash.as_str())
    }
}

impl FromStr for HashStart {
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

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, error::ErrorKind};

    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split(' '))
    }

    #[test]
    fn definition_holds_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn global_options_are_taken_after_the_command_too() {
        let arguments = parse("nightshift incidents --open --format json --stack ops").unwrap();
        assert_eq!((arguments.format, arguments.stack.as_str()), (Format::Json, "ops"));
        assert!(matches!(arguments.command, Command::Incidents { open: true, limit: 20 }));
    }

    #[test]
    fn files_and_standard_input_are_taken() {
        let Command::Drill { files, force } = parse("nightshift drill a.json -").unwrap().command else {
            panic!("a drill");
        };
        assert_eq!(files, [PathBuf::from("a.json"), PathBuf::from("-")]);
        assert!(!force);
    }

    #[test]
    fn analyze_takes_folders_and_either_name_of_the_format_for_people() {
        let arguments = parse("nightshift analyze --format json a b/c").unwrap();
        let Command::Analyze { dirs } = arguments.command else { panic!("an analysis") };
        assert_eq!(dirs, [PathBuf::from("a"), PathBuf::from("b/c")]);
        assert_eq!(parse("nightshift analyze --format text a").unwrap().format, Format::Table);
    }

    #[test]
    fn simulate_takes_folders_and_leaves_the_model_out_where_told() {
        let arguments = parse("nightshift simulate --without-model --format json a b").unwrap();
        let Command::Simulate { dirs, without_model } = arguments.command else { panic!("a simulation") };
        assert_eq!((dirs.len(), without_model), (2, true));
    }

    #[test]
    fn runbooks_search_takes_fields_and_words() {
        let Command::Runbooks { command: RunbooksCommand::Search(search) } =
            parse("nightshift runbooks search --service sqs --failure-mode backlog old messages")
                .unwrap()
                .command
        else {
            panic!("a search");
        };
        assert_eq!(
            (search.services, search.failure_modes),
            (vec!["sqs".to_owned()], vec!["backlog".to_owned()])
        );
        assert_eq!((search.text, search.dir), (vec!["old".to_owned(), "messages".to_owned()], None));
    }

    #[test]
    fn incident_choice_is_latest_or_the_beginning_of_an_id() {
        assert_eq!("latest".parse(), Ok(IncidentChoice::Latest));
        assert_eq!("01kf".parse(), Ok(IncidentChoice::Id("01KF".to_owned())));
        for wrong in ["", "01KF/..", "01ARZ3NDEKTSV4RRFFQ69G5FAVX"] {
            assert!(wrong.parse::<IncidentChoice>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn plan_choice_too_short_or_no_hash_is_refused() {
        for wrong in ["abc", "not-a-hash-at-all", &"a".repeat(65)] {
            let error = parse(&format!("nightshift approve latest --plan {wrong}")).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ValueValidation, "{wrong}");
            assert_eq!(error.exit_code(), 2);
        }
        assert!(parse("nightshift approve latest --plan ABCDEF012345").is_ok());
    }

    #[test]
    fn commands_without_what_they_need_are_refused() {
        for line in [
            "nightshift",
            "nightshift drill",
            "nightshift ingest",
            "nightshift show",
            "nightshift show latest --fix --evidence",
            "nightshift trace",
            "nightshift export",
            "nightshift export latest",
            "nightshift export --to somewhere",
            "nightshift approve",
            "nightshift audit",
            "nightshift simulate",
            "nightshift analyze",
            "nightshift runbooks",
            "nightshift runbooks lint",
            "nightshift logs",
            "nightshift logs diff one-file",
            "nightshift incidents --limit 0",
            "nightshift topology --resource checkout",
            "nightshift topology --as picture",
            "nightshift topology --fresh --max-age 5",
        ] {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn topology_takes_what_it_is_about_and_how_it_is_drawn() {
        let line = "nightshift topology --resource arn:aws:sqs:eu-west-1:1:orders --as dot --max-age 5";
        let Command::Topology(choice) = parse(line).unwrap().command else { panic!("a topology") };
        assert_eq!((choice.drawing, choice.max_age, choice.fresh), (Some(Drawing::Dot), 5, false));
        assert_eq!(choice.resource.unwrap().name(), "orders");
        let Command::Topology(choice) = parse("nightshift topology --fresh").unwrap().command else {
            panic!("a topology");
        };
        assert!(choice.fresh && choice.application.is_none());
    }

    #[test]
    fn export_takes_an_incident_and_a_folder() {
        let line = "nightshift export 01kf --to somewhere --offline";
        let Command::Export(choice) = parse(line).unwrap().command else { panic!("an export") };
        assert_eq!(choice.incident, IncidentChoice::Id("01KF".to_owned()));
        assert_eq!(choice.to, PathBuf::from("somewhere"));
        assert_eq!((choice.offline, choice.expect_as_diagnosed), (true, false));
    }

    #[test]
    fn audit_verify_takes_a_head() {
        let Command::Audit { command: AuditCommand::Verify { head } } =
            parse("nightshift audit verify --head 0123456789ab").unwrap().command
        else {
            panic!("audit verify");
        };
        assert!(head.unwrap().begins(&format!("0123456789ab{}", "0".repeat(52))));
    }
}
