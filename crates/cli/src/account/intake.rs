//! `nightshift intake` shows what reached the intake and what it made of it, hour by hour.
//!
//! Each event has one record, by its id, and each further delivery of it another. Step Functions counts the executions of the intake
//! by itself: one for each delivery. Where both differ by more than what runs at the full hour, a delivery was lost.

mod accounts;
mod for_people;
mod letters;
mod shortfall;
mod tally;
#[cfg(test)]
mod test_entries;
mod verdict;
mod window;

use aws::{SdkConfig, metrics::CloudWatchMetrics};
use common::{ports::IntakeEntries as _, telemetry::Sampling};
use jiff::Timestamp;
use serde::Serialize;

use self::{
    accounts::{Accounts, Records},
    letters::Letters,
    shortfall::SLOT_SECONDS,
    window::Window,
};
pub(crate) use self::{
    verdict::{Verdict, verdict},
    window::Since,
};
use crate::{
    Answer,
    account::{session, stack::Stack},
    arguments::{Format, IntakeArgs},
    failure::Failure,
};

#[derive(Serialize)]
struct Json<'a> {
    #[serde(flatten)]
    accounts: &'a Accounts,
    total: tally::Tally,
    dead_letters: &'a Letters,
    /// `null` where nothing is compared.
    adds_up: Option<bool>,
}

pub(crate) async fn run(stack: &str, args: &IntakeArgs, format: Format) -> Result<Answer, Failure> {
    let config = session::load().await?;
    let stack = Stack::find(&config, stack).await?;
    let accounts = read(&config, &stack, args.since, Timestamp::now()).await?;
    let letters = letters::count(&config, &stack).await;
    let adds_up = match verdict(&accounts, &stack.name) {
        Verdict::AddsUp(_) => Some(true),
        Verdict::Short(_) => Some(false),
        Verdict::NotCompared(_) => None,
    };
    let table_name = stack.output("TableName")?;
    let json = Json { total: accounts.total(), accounts: &accounts, dead_letters: &letters, adds_up };
    let answer = Answer::formatted(format, &json, || {
        for_people::for_people(&accounts, &letters, &stack.name, table_name)
    });
    Ok(Answer { success: adds_up != Some(false), ..answer })
}

/// Reads the accounts of the whole hours since, and of the one that runs.
///
/// # Errors
/// Where the records cannot be read. That the metric cannot is in the accounts.
pub(crate) async fn read(
    config: &SdkConfig,
    stack: &Stack,
    since: Since,
    now: Timestamp,
) -> Result<Accounts, Failure> {
    let window = Window::new(since, now);
    let store = stack.store(config)?;
    let mut entries = Vec::new();
    for hour in window.hours() {
        entries.extend(store.intake_entries(hour).await?);
    }
    let metrics = CloudWatchMetrics::new(aws_sdk_cloudwatch::Client::new(config));
    let period_seconds = u32::try_from(SLOT_SECONDS).unwrap_or(u32::MAX);
    let sampling = Sampling { from: window.read_from(), to: now, period_seconds };
    let executions = metrics.execution_counts(stack.output("IntakeStateMachineArn")?, sampling).await;
    let executions = executions.map_err(|error| Failure::from(error).to_string());
    Ok(Accounts::new(&Records { window, entries, executions, deployed_at: stack.deployed_at }))
}
