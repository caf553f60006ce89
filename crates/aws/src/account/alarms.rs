//! Reads an alarm's history from CloudWatch.

use aws_sdk_cloudwatch::{
    Client,
    types::{AlarmHistoryItem, AlarmType, HistoryItemType, ScanBy},
};
use common::{
    SymptomState,
    evidence::{AlarmTransition, Truncation},
    ports::{AlarmHistory, PortError, Reading},
};
use jiff::Timestamp;

use crate::{
    Clients,
    cli_command::aws,
    error::failed,
    time::{from_sdk, to_sdk},
};

/// An alarm that changes its state more often than this in a window is flapping; the newest tell it.
const MAX_TRANSITIONS: i32 = 100;

/// The port `AlarmHistory`.
#[derive(Debug, Clone)]
pub struct CloudWatchAlarms {
    client: Client,
}

impl CloudWatchAlarms {
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    pub fn from_clients(clients: &Clients) -> Self {
        Self::new(clients.cloudwatch.clone())
    }
}

impl AlarmHistory for CloudWatchAlarms {
    /// The newest first, a hundred at most.
    async fn transitions(
        &self,
        alarm: &str,
        since: Timestamp,
    ) -> Result<Reading<Vec<AlarmTransition>>, PortError> {
        let answer = self
            .client
            .describe_alarm_history()
            .alarm_name(alarm)
            // Without types CloudWatch tells of metric alarms only.
            .alarm_types(AlarmType::MetricAlarm)
            .alarm_types(AlarmType::CompositeAlarm)
            .history_item_type(HistoryItemType::StateUpdate)
            .start_date(to_sdk(since))
            .scan_by(ScanBy::TimestampDescending)
            .max_records(MAX_TRANSITIONS)
            .send()
            .await
            .map_err(|error| failed(format!("DescribeAlarmHistory {alarm}"), error))?;
        let query = aws([
            "cloudwatch",
            "describe-alarm-history",
            "--alarm-name",
            alarm,
            "--alarm-types",
            "MetricAlarm",
            "CompositeAlarm",
            "--history-item-type",
            "StateUpdate",
            "--start-date",
            &since.to_string(),
            "--scan-by",
            "TimestampDescending",
            "--max-items",
            "100",
        ]);
        let truncation = answer
            .next_token()
            .map(|_| Truncation::new(format!("only the newest {MAX_TRANSITIONS} transitions were read")));
        let transitions = answer.alarm_history_items().iter().filter_map(transition).collect();
        Ok(Reading::new(query, transitions).truncated(truncation))
    }
}

fn transition(item: &AlarmHistoryItem) -> Option<AlarmTransition> {
    let summary = item.history_summary().unwrap_or_default();
    Some(AlarmTransition {
        at: from_sdk(item.timestamp()?)?,
        to: state_after(summary),
        summary: summary.to_owned(),
    })
}

/// The state in CloudWatch's own sentence, `Alarm updated from OK to ALARM`.
fn state_after(summary: &str) -> SymptomState {
    match summary.rsplit(' ').next() {
        Some("ALARM") => SymptomState::Firing,
        Some("OK") => SymptomState::Recovered,
        _ => SymptomState::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_after_is_the_last_word() {
        assert_eq!(state_after("Alarm updated from OK to ALARM"), SymptomState::Firing);
        assert_eq!(state_after("Alarm updated from ALARM to OK"), SymptomState::Recovered);
        assert_eq!(state_after("Alarm updated from ALARM to INSUFFICIENT_DATA"), SymptomState::Unknown);
        assert_eq!(state_after(""), SymptomState::Unknown);
    }
}
