//! Reads the log lines of functions from CloudWatch Logs.

#[cfg(test)]
mod tests;

use common::{
    Arn,
    ports::{Logs, PortError, PortErrorKind, Reading},
    telemetry::LogLines,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::{
    Clients, SignedClient,
    account::function_configuration::function_configuration,
    cli_command::aws,
    error::unreadable,
    signed_http::{Input, Operation, services::LOGS},
};

/// Up to a megabyte of lines; each comes with the names of its stream and event, and escaped:
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>.
const FILTER: Operation = Operation::new(&LOGS, "FilterLogEvents").of_at_most(16_000_000);

/// A page holds up to a megabyte, and may be empty where the lines are further on.
const MAX_PAGES: usize = 4;

/// The port `Logs`.
#[derive(Debug, Clone)]
pub struct CloudWatchLogs {
    client: SignedClient,
}

impl CloudWatchLogs {
    pub const fn new(client: SignedClient) -> Self {
        Self { client }
    }

    pub fn from_clients(clients: &Clients) -> Self {
        Self::new(clients.signed.clone())
    }
}

impl Logs for CloudWatchLogs {
    /// A group that does not exist has no lines: nothing was logged, or nothing may be.
    async fn lines(
        &self,
        function: &Arn,
        from: Timestamp,
        to: Timestamp,
        most: usize,
    ) -> Result<Reading<LogLines>, PortError> {
        let group = self.group(function).await?;
        let (start, end) = (from.as_millisecond(), to.as_millisecond());
        let limit = i32::try_from(most).unwrap_or(i32::MAX);
        let query = aws([
            "logs",
            "filter-log-events",
            "--log-group-name",
            &group,
            "--start-time",
            &start.to_string(),
            "--end-time",
            &end.to_string(),
            "--max-items",
            &limit.to_string(),
        ]);
        let input = Input::new(group.as_str()).body(json!({
            "logGroupName": group,
            "startTime": start,
            // CloudWatch Logs takes the end in, we do not.
            "endTime": end.saturating_sub(1),
            "limit": limit,
        }));
        let mut found = LogLines::default();
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let page: Page =
                match self.client.parsed(&FILTER, &input.clone().page("nextToken", token.as_deref())).await {
                    Ok(page) => page,
                    Err(error) if error.kind == PortErrorKind::NotFound => {
                        return Ok(Reading::new(query, found));
                    }
                    Err(error) => return Err(error),
                };
            found.lines.extend(page.events.unwrap_or_default().into_iter().filter_map(line));
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() || found.lines.len() >= most {
                break;
            }
        }
        found.truncated = token.is_some() || found.lines.len() > most;
        found.lines.truncate(most);
        Ok(Reading::new(query, found))
    }
}

impl CloudWatchLogs {
    /// `/aws/lambda/<name>`, unless the function is configured to log elsewhere.
    async fn group(&self, function: &Arn) -> Result<String, PortError> {
        let Some(name) = function.function().map(|function| function.name()) else {
            let operation = format!("GetFunctionConfiguration {function}");
            return Err(unreadable(operation, "only functions have logs that are read"));
        };
        let configuration = function_configuration(&self.client, function, &name, None).await?;
        let configured = configuration.logging_config.and_then(|logging| logging.log_group);
        Ok(configured.unwrap_or_else(|| format!("/aws/lambda/{name}")))
    }
}

/// Log lines, and where the next ones begin.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Page {
    events: Option<Vec<LogEvent>>,
    next_token: Option<String>,
}

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilteredLogEvent.html>
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LogEvent {
    message: Option<String>,
}

/// Longer lines are cut: their kind shows at the beginning, and thousands are held at once.
const LONGEST_LINE: usize = 4_096;

fn line(event: LogEvent) -> Option<String> {
    let mut message = event.message?;
    message.truncate(message.floor_char_boundary(LONGEST_LINE));
    message.truncate(message.trim_end().len());
    (!message.is_empty()).then_some(message)
}
