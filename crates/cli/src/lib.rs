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

mod analyze;
mod arguments;
mod audit;
mod aws_failure;
mod caller;
mod decide;
mod doctor;
mod drill;
mod export;
mod failure;
mod find;
mod incidents;
mod ingest_events;
mod logs;
mod plain;
mod runbooks;
mod show;
mod simulate;
mod stack;
mod table;
mod topology;
mod trace;

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
            let _ = writeln!(std::io::stderr(), "nightshift: {}", plain::line(&failure.to_string()));
            ExitCode::from(failure.exit_code())
        }
    }
}

async fn answer(arguments: Arguments) -> Result<Answer, Failure> {
    let Arguments { stack, format, command } = arguments;
    match command {
        Command::Drill { files, force } => drill::run(&stack, &files, force, format).await,
        Command::Incidents { open, limit } => incidents::run(&stack, open, limit, format).await,
        Command::Show { incident, evidence, fix } => {
            let part = match (fix, evidence) {
                (true, _) => show::Part::Fix,
                (false, true) => show::Part::WithEvidence,
                (false, false) => show::Part::All,
            };
            show::run(&stack, &incident, part, format).await
        }
        Command::Trace { incident } => trace::run(&stack, &incident, format).await,
        Command::Export(choice) => export::run(&stack, &choice, format).await,
        Command::Approve(choice) => decide::run(&stack, &choice, true, format).await,
        Command::Deny(choice) => decide::run(&stack, &choice, false, format).await,
        Command::Doctor => doctor::run(&stack, format).await,
        Command::Audit { command: AuditCommand::Verify { head } } => {
            audit::run(&stack, head.as_ref(), format).await
        }
        Command::Topology(choice) => topology::run(&stack, &choice, format).await,
        Command::Ingest { files } => Ok(ingest_events::run(&files, format)),
        Command::Analyze { dirs } => analyze::run(&dirs, format),
        Command::Simulate { dirs, without_model } => simulate::run(&dirs, without_model, format).await,
        Command::Runbooks { command: RunbooksCommand::Lint { dir } } => runbooks::lint(&dir, format),
        Command::Runbooks { command: RunbooksCommand::Search(search) } => runbooks::search(&search, format),
        // Its answer is as long as its input and never whole in memory.
        Command::Logs { command: LogsCommand::Cluster } => {
            logs::cluster(std::io::stdin().lock(), std::io::stdout().lock())?;
            Ok(Answer::yes(String::new()))
        }
        Command::Logs { command: LogsCommand::Diff { baseline, incident } } => {
            logs::diff(&baseline, &incident)
        }
    }
}
