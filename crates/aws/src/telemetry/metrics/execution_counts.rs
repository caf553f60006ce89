//! Counts the executions of a state machine, as Step Functions itself does in CloudWatch.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html>

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::Metric;
use common::{ports::PortError, telemetry::Sampling};

use super::{CloudWatchMetrics, Samples, SeriesQuery, dimension};

const STARTED: &str = "ExecutionsStarted";
const SUCCEEDED: &str = "ExecutionsSucceeded";
const FAILED: [&str; 3] = ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"];

/// The executions that were started in a period, and those that ended in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExecutionCounts {
    pub started: u64,
    pub succeeded: u64,
    /// Failed, timed out or aborted.
    pub failed: u64,
}

impl CloudWatchMetrics {
    /// Returns the counts of each period that has any, by the Unix second of its beginning. CloudWatch has them some minutes
    /// late, and keeps periods of less than five minutes for 15 days.
    ///
    /// # Errors
    /// Those of `GetMetricData`.
    pub async fn execution_counts(
        &self,
        state_machine_arn: &str,
        sampling: Sampling,
    ) -> Result<BTreeMap<i64, ExecutionCounts>, PortError> {
        let names = [STARTED, SUCCEEDED].into_iter().chain(FAILED);
        let asked: Vec<_> = names.map(|name| query(state_machine_arn, name)).collect();
        let mut counts = BTreeMap::<i64, ExecutionCounts>::new();
        for (asked, samples) in asked.iter().zip(self.read_samples(&asked, sampling).await?) {
            add(&mut counts, &asked.name, samples);
        }
        Ok(counts)
    }
}

fn query(state_machine_arn: &str, name: &str) -> SeriesQuery {
    let metric = Metric::builder()
        .namespace("AWS/States")
        .metric_name(name)
        .dimensions(dimension("StateMachineArn", state_machine_arn));
    SeriesQuery {
        resource: None,
        executed_version: None,
        metric: metric.build(),
        name: name.to_owned(),
        statistic: "Sum".to_owned(),
    }
}

fn add(counts: &mut BTreeMap<i64, ExecutionCounts>, name: &str, samples: Samples) {
    for (second, value) in samples {
        let Some(number) = whole(value) else { continue };
        let of_period = counts.entry(second).or_default();
        let count = match name {
            STARTED => &mut of_period.started,
            SUCCEEDED => &mut of_period.succeeded,
            _ => &mut of_period.failed,
        };
        *count = count.saturating_add(number);
    }
}

/// A sum of ones is a whole number; nothing counts as none.
fn whole(value: f64) -> Option<u64> {
    let rounded = value.round();
    // Beyond this a float has no odd numbers, and no account has as many executions.
    let counts = (1.0..9_007_199_254_740_992.0).contains(&rounded);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
    counts.then_some(rounded as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn add_counts_each_kind_of_end_apart_from_the_start() {
        let mut counts = BTreeMap::new();
        for (name, samples) in [
            ("ExecutionsStarted", vec![(0, 3.0), (300, 1.0)]),
            ("ExecutionsSucceeded", vec![(0, 1.0), (300, 0.0)]),
            ("ExecutionsFailed", vec![(0, 1.0)]),
            ("ExecutionsTimedOut", vec![(300, 1.0)]),
            ("ExecutionsAborted", vec![(300, 1.0), (600, f64::INFINITY), (900, -1.0)]),
        ] {
            add(&mut counts, name, samples);
        }
        let expected = [
            (0, ExecutionCounts { started: 3, succeeded: 1, failed: 1 }),
            (300, ExecutionCounts { started: 1, succeeded: 0, failed: 2 }),
        ];
        assert_eq!(counts, expected.into());
    }
}
