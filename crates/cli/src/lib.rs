//! The command line: what people drill, see, approve and check with, under their own credentials.
//!
//! Standard output holds the answer and nothing else, standard error one line where something went
//! wrong. Exit code 0 is yes, 1 a no or a failure, 2 input that names nothing or makes no sense.
//!
//! | command | what the caller must be permitted, beside `sts:GetCallerIdentity`, which everybody is |
//! | --- | --- |
//! | all but `ingest`, `logs`, `simulate`, `analyze` and `runbooks` | `cloudformation:DescribeStacks` |
//! | `drill` | `events:PutEvents` |
//! | `incidents`, `show`, `trace`, `audit verify` | `dynamodb:GetItem`, `dynamodb:Query` |
//! | `export` | `dynamodb:GetItem`, `dynamodb:Query`; without --offline, and what is not permitted is left out, `cloudwatch:GetMetricData`, `lambda:GetFunctionConfiguration`, `logs:FilterLogEvents` |
//! | `approve`, `deny` | also `dynamodb:PutItem`, `dynamodb:UpdateItem`, `states:SendTaskSuccess` |
//! | `doctor` | `cloudformation:ListStackResources`, `dynamodb:GetItem`, `ssm:GetParameter`, `ssm:DescribeDocument`, `states:DescribeStateMachine`, `sns:ListSubscriptionsByTopic` |
//! | `topology` | `dynamodb:GetItem`; with --resource `tag:GetResources` |
//! | `topology --fresh`, or where what was kept is too old; what is not permitted is a gap | `cloudformation:DescribeStackResources`, `cloudformation:ListStackResources`, `ecs:DescribeServices`, `ecs:DescribeTaskDefinition`, `elasticloadbalancing:DescribeLoadBalancers`, `elasticloadbalancing:DescribeTargetGroups`, `elasticloadbalancing:DescribeTargetHealth`, `events:ListEventBuses`, `events:ListRules`, `events:ListTargetsByRule`, `iam:GetPolicy`, `iam:GetPolicyVersion`, `iam:GetRolePolicy`, `iam:ListAttachedRolePolicies`, `iam:ListRolePolicies`, `lambda:GetFunctionConfiguration`, `lambda:ListEventSourceMappings`, `tag:GetResources`, `xray:GetServiceGraph` |

mod account;
mod arguments;
mod decisions;
mod failure;
mod incidents;
mod offline;
mod output;

use std::{io::Write as _, process::ExitCode};

pub use arguments::Arguments;
use arguments::{AuditCommand, Command, Format, LogsCommand, RunbooksCommand};
use failure::Failure;

/// What a command has to say, and whether it is a yes.
struct Answer {
    text: String,
    yes: bool,
}

impl Answer {
    const fn yes(text: String) -> Self {
        Self { text, yes: true }
    }

    /// `people` as they read it, or `value` as JSON on one line.
    fn of(format: Format, value: &impl serde::Serialize, people: impl FnOnce() -> String) -> Self {
        Self::yes(match format {
            Format::Table => people(),
            // Plain data always has a JSON form.
            Format::Json => serde_json::to_string(value).unwrap_or_default(),
        })
    }
}

/// Runs one command; prints its answer or why there is none.
pub async fn run(arguments: Arguments) -> ExitCode {
    match answer(arguments).await {
        Ok(answer) => {
            // A reader that has closed the pipe has seen enough.
            if !answer.text.is_empty() {
                let _ = writeln!(std::io::stdout(), "{}", answer.text.trim_end());
            }
            if answer.yes { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "nightshift: {}", output::plain::line(&failure.to_string()));
            ExitCode::from(failure.exit_code())
        }
    }
}

async fn answer(arguments: Arguments) -> Result<Answer, Failure> {
    let Arguments { stack, format, command } = arguments;
    match command {
        Command::Drill { files, force } => account::drill::run(&stack, &files, force, format).await,
        Command::Incidents { open, limit } => incidents::list::run(&stack, open, limit, format).await,
        Command::Show { incident, evidence, fix } => {
            let part = match (fix, evidence) {
                (true, _) => incidents::show::Part::Fix,
                (false, true) => incidents::show::Part::WithEvidence,
                (false, false) => incidents::show::Part::All,
            };
            incidents::show::run(&stack, &incident, part, format).await
        }
        Command::Trace { incident } => incidents::trace::run(&stack, &incident, format).await,
        Command::Export(choice) => account::export::run(&stack, &choice, format).await,
        Command::Approve(choice) => decisions::run(&stack, &choice, true, format).await,
        Command::Deny(choice) => decisions::run(&stack, &choice, false, format).await,
        Command::Doctor => account::doctor::run(&stack, format).await,
        Command::Audit { command: AuditCommand::Verify { head } } => {
            account::audit::run(&stack, head.as_ref(), format).await
        }
        Command::Topology(choice) => account::topology::run(&stack, &choice, format).await,
        Command::Ingest { files } => Ok(offline::ingest_events::run(&files, format)),
        Command::Analyze { dirs } => offline::analyze::run(&dirs, format),
        Command::Simulate { dirs, without_model } => {
            offline::simulate::run(&dirs, without_model, format).await
        }
        Command::Runbooks { command: RunbooksCommand::Lint { dir } } => offline::runbooks::lint(&dir, format),
        Command::Runbooks { command: RunbooksCommand::Search(search) } => {
            offline::runbooks::search(&search, format)
        }
        // Its answer is as long as its input and never whole in memory.
        Command::Logs { command: LogsCommand::Cluster } => {
            offline::logs::cluster(std::io::stdin().lock(), std::io::stdout().lock())?;
            Ok(Answer::yes(String::new()))
        }
        Command::Logs { command: LogsCommand::Diff { baseline, incident } } => {
            offline::logs::diff(&baseline, &incident)
        }
    }
}
