//! The command line, `nightshift`: see incidents, decide on plans, close, take over and purge incidents, close breakers, check and drill the deployment, and run
//! recorded incidents offline. Every command acts under the caller's own credentials.
//!
//! Standard output holds the answer and nothing else; an error is one line on standard error. Exit code 0 is
//! success or yes, 1 a failure or no, 2 invalid input, 3 a program that is needed is not installed.
//!
//! | command | permissions of the caller, beside `sts:GetCallerIdentity`, which everybody has |
//! | --- | --- |
//! | all but `analyze`, `audit check`, `simulate`, `logs`, `ingest`, `policy test`, `policy prove`, `policy diff` and `runbooks` | `cloudformation:DescribeStacks` |
//! | `drill` | `events:PutEvents` |
//! | `incidents`, `show`, `trace`, `policy explain`, `audit export` | `dynamodb:GetItem`, `dynamodb:Query` |
//! | `audit verify`, `audit prove` | also `kms:GetPublicKey`; `audit verify --key` without it |
//! | `audit key` | `kms:GetPublicKey` |
//! | `audit repair` | `dynamodb:Query`, `dynamodb:PutItem` |
//! | `export` | `dynamodb:GetItem`, `dynamodb:Query`; without --offline also, and what is not permitted is left out, `cloudwatch:GetMetricData`, `lambda:GetFunctionConfiguration`, `logs:FilterLogEvents` |
//! | `approve`, `deny` | also `dynamodb:ConditionCheckItem`, `dynamodb:PutItem`, `states:SendTaskSuccess` |
//! | `close`, `takeover` | `dynamodb:GetItem`, `dynamodb:Query`, `dynamodb:PutItem`, `dynamodb:UpdateItem`, `sns:GetTopicAttributes`, `sns:Publish`, `states:StopExecution` |
//! | `close-breaker` | `dynamodb:GetItem`, `dynamodb:PutItem`, `dynamodb:Query` |
//! | `purge` | `dynamodb:DeleteItem`, `dynamodb:GetItem`, `dynamodb:PutItem`, `dynamodb:Query`, `dynamodb:UpdateItem` |
//! | `redrive` | `dynamodb:GetItem`, `sqs:ReceiveMessage`, `sqs:ChangeMessageVisibility`; with --execute also `sqs:DeleteMessage`, `states:StartExecution` |
//! | `intake`; the table without the last two | `dynamodb:Query`, `cloudwatch:GetMetricData`, `sqs:GetQueueAttributes` |
//! | `migrate` | `dynamodb:DeleteItem`, `dynamodb:GetItem`, `dynamodb:PutItem`, `dynamodb:Scan` |
//! | `doctor` | `cloudformation:ListStackResources`, `cloudwatch:GetMetricData`, `dynamodb:GetItem`, `dynamodb:Query`, `ssm:GetParameter`, `ssm:DescribeDocument`, `states:DescribeStateMachine`, `sns:ListSubscriptionsByTopic` |
//! | `topology` | `dynamodb:GetItem`; with --resource `tag:GetResources` |
//! | `topology --fresh`, or where the stored map is too old; a read that is not permitted becomes a gap | `cloudformation:DescribeStackResources`, `cloudformation:ListStackResources`, `ecs:DescribeServices`, `ecs:DescribeTaskDefinition`, `elasticloadbalancing:DescribeLoadBalancers`, `elasticloadbalancing:DescribeTargetGroups`, `elasticloadbalancing:DescribeTargetHealth`, `events:ListEventBuses`, `events:ListRules`, `events:ListTargetsByRule`, `iam:GetPolicy`, `iam:GetPolicyVersion`, `iam:GetRolePolicy`, `iam:ListAttachedRolePolicies`, `iam:ListRolePolicies`, `lambda:GetFunctionConfiguration`, `lambda:ListEventSourceMappings`, `tag:GetResources`, `xray:GetServiceGraph` |

mod account;
mod arguments;
mod audit;
mod decisions;
mod failure;
mod incidents;
mod interventions;
mod offline;
mod output;

use std::{io::Write as _, process::ExitCode};

pub use arguments::Arguments;
use arguments::{Command, Format, LogsCommand, PolicyCommand, RunbooksCommand};
use failure::Failure;

/// The text that a command prints on standard output, and its exit code: 0 where it succeeds, 1 where not.
struct Answer {
    text: String,
    success: bool,
}

impl Answer {
    const fn success(text: String) -> Self {
        Self { text, success: true }
    }

    /// A successful answer: the text of `people`, or `value` as JSON on one line.
    fn formatted(format: Format, value: &impl serde::Serialize, people: impl FnOnce() -> String) -> Self {
        Self::success(match format {
            Format::Table => people(),
            // Plain data always has a JSON form.
            Format::Json => serde_json::to_string(value).unwrap_or_default(),
        })
    }
}

/// Runs one command, prints its answer on standard output or its error on standard error, and returns the
/// exit code.
pub async fn run(arguments: Arguments) -> ExitCode {
    match answer(arguments).await {
        Ok(answer) => {
            // A reader that has closed the pipe has seen enough.
            if !answer.text.is_empty() {
                let _ = writeln!(std::io::stdout(), "{}", answer.text.trim_end());
            }
            if answer.success { ExitCode::SUCCESS } else { ExitCode::from(1) }
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
        Command::Incidents(args) => incidents::list::run(&stack, &args, format).await,
        Command::Show(args) => incidents::show::run(&stack, &args, format).await,
        Command::Trace { incident } => incidents::trace::run(&stack, &incident, format).await,
        Command::Approve(args) => decisions::run(&stack, &args, true, format).await,
        Command::Deny(args) => decisions::run(&stack, &args, false, format).await,
        Command::Close(args) => interventions::close(&stack, &args, format).await,
        Command::Takeover(args) => interventions::take_over(&stack, &args, format).await,
        Command::CloseBreaker(args) => interventions::close_breaker::run(&stack, &args, format).await,
        Command::Purge(args) => interventions::purge::run(&stack, &args, format).await,
        Command::Redrive(args) => account::redrive::run(&stack, &args, format).await,
        Command::Intake(args) => account::intake::run(&stack, &args, format).await,
        Command::Migrate => account::migrate::run(&stack, format).await,
        Command::Doctor => account::doctor::run(&stack, format).await,
        Command::Audit { command } => audit::run(&stack, &command, format).await,
        Command::Topology(args) => account::topology::run(&stack, &args, format).await,
        Command::Drill(args) => account::drill::run(&stack, &args, format).await,
        Command::Export(args) => account::export::run(&stack, &args, format).await,
        Command::Ingest { files } => Ok(offline::ingest_events::run(&files, format)),
        Command::Analyze { dirs } => offline::analyze::run(&dirs, format),
        Command::Simulate(args) => offline::simulate::run(&args, format).await,
        Command::Policy { command: PolicyCommand::Explain(args) } => {
            incidents::explain::run(&stack, &args, format).await
        }
        Command::Policy { command: PolicyCommand::Test { dir } } => {
            offline::policy::test(dir.as_deref(), format)
        }
        Command::Policy { command: PolicyCommand::Prove { dir, limit } } => {
            offline::policy::prove::run(dir.as_deref(), limit.duration(), format).await
        }
        Command::Policy { command: PolicyCommand::Diff { old, new, limit } } => {
            offline::policy::diff::run(&old, &new, limit.duration(), format).await
        }
        Command::Runbooks { command: RunbooksCommand::Lint { dir } } => offline::runbooks::lint(&dir, format),
        Command::Runbooks { command: RunbooksCommand::Search(args) } => {
            offline::runbooks::search(&args, format)
        }
        // Its answer is as long as its input and never whole in memory.
        Command::Logs { command: LogsCommand::Cluster } => {
            offline::logs::cluster(std::io::stdin().lock(), std::io::stdout().lock())?;
            Ok(Answer::success(String::new()))
        }
        Command::Logs { command: LogsCommand::Diff { baseline, incident } } => {
            offline::logs::diff(&baseline, &incident, format)
        }
    }
}
