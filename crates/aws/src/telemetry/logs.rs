//! Reads the log lines of functions from CloudWatch Logs.

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use common::{
    Arn,
    ports::{Logs, PortError, PortErrorKind, Reading},
    telemetry::LogLines,
};
use jiff::Timestamp;

use crate::{
    Clients,
    cli_command::aws,
    error::{failed, unreadable},
};

/// A page holds up to a megabyte, and may be empty where the lines are further on.
const MAX_PAGES: usize = 4;

/// The port `Logs`.
#[derive(Debug, Clone)]
pub struct CloudWatchLogs {
    logs: aws_sdk_cloudwatchlogs::Client,
    lambda: aws_sdk_lambda::Client,
}

impl CloudWatchLogs {
    pub const fn new(logs: aws_sdk_cloudwatchlogs::Client, lambda: aws_sdk_lambda::Client) -> Self {
        Self { logs, lambda }
    }

    pub fn from_clients(clients: &Clients) -> Self {
        Self::new(aws_sdk_cloudwatchlogs::Client::new(clients.config()), clients.lambda.clone())
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
        let mut found = LogLines::default();
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let answer = self
                .logs
                .filter_log_events()
                .log_group_name(&group)
                .start_time(start)
                // CloudWatch Logs takes the end in, we do not.
                .end_time(end.saturating_sub(1))
                .limit(limit)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| failed(format!("FilterLogEvents {group}"), error));
            let answer = match answer {
                Ok(answer) => answer,
                Err(error) if error.kind == PortErrorKind::NotFound => return Ok(Reading::new(query, found)),
                Err(error) => return Err(error),
            };
            found.lines.extend(answer.events.unwrap_or_default().into_iter().filter_map(line));
            token = answer.next_token.filter(|token| !token.is_empty());
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
        let operation = format!("GetFunctionConfiguration {function}");
        let Some(name) = function.function().map(|function| function.name()) else {
            return Err(unreadable(operation, "only functions have logs that are read"));
        };
        let answer = self
            .lambda
            .get_function_configuration()
            .function_name(&name)
            .send()
            .await
            .map_err(|error| failed(operation, error))?;
        let configured = answer.logging_config().and_then(|logging| logging.log_group());
        Ok(configured.map_or_else(|| format!("/aws/lambda/{name}"), str::to_owned))
    }
}

/// Longer lines are cut: their kind shows at the beginning, and thousands are held at once.
const LONGEST_LINE: usize = 4_096;

fn line(event: FilteredLogEvent) -> Option<String> {
    let mut message = event.message?;
    message.truncate(message.floor_char_boundary(LONGEST_LINE));
    message.truncate(message.trim_end().len());
    (!message.is_empty()).then_some(message)
}
