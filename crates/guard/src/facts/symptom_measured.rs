//! Decides whether what a symptom says is borne out by a measurement.

use common::{Observation, Signal, Symptom};

/// The beginning of the namespaces that AWS services publish to.
const AWS_NAMESPACE: &str = "AWS/";

/// Returns true if the symptom of `signal` is the service's own state, or an alarm on a metric of an AWS service whose
/// newest datapoint is beyond its threshold; false where the newest datapoint is normal.
///
/// Whoever may call `SetAlarmState` sets an alarm by hand, which "can temporarily set the state of an alarm" whatever
/// its metric says (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html>), and
/// whoever may call `PutMetricData` writes what they like to a metric of the account's own. "You cannot specify a
/// namespace that begins with AWS/": those are reserved
/// (<https://docs.aws.amazon.com/sdk-for-cpp/v1/developer-guide/examples-cloudwatch-publish-custom-metrics.html>).
///
/// `None` where nothing that can be compared confirms the alarm: a composite alarm, metric math, an anomaly band, a read
/// that failed, or a metric of another namespace.
pub fn symptom_measured(signal: &Signal, observation: &Observation) -> Option<bool> {
    match &signal.symptom {
        Symptom::Alarm { .. } => {
            let is_beyond = observation.excess? > 0.0;
            let metric = signal.metric.as_ref()?;
            // A normal datapoint never speaks for acting, whoever wrote it.
            (!is_beyond || metric.namespace.starts_with(AWS_NAMESPACE)).then_some(is_beyond)
        }
        // An event is not a measurement, and nothing is read that would be one.
        Symptom::Event { .. } => None,
        Symptom::Instance { .. } | Symptom::EcsService { .. } | Symptom::DeploymentGroup { .. } => Some(true),
    }
}

#[cfg(test)]
mod tests {
    use common::SymptomState;
    use fakes::sample;

    use super::*;

    fn alarm_on(namespace: Option<&str>) -> Signal {
        let signal = sample::alarm_signal("event-1", "errors");
        Signal { metric: namespace.map(sample::metric), ..signal }
    }

    #[test]
    fn symptom_measured_table() {
        let lambda = alarm_on(Some("AWS/Lambda"));
        let instance = Signal { symptom: Symptom::Instance { id: "i-1".to_owned() }, ..alarm_on(None) };
        let (source, subject) = ("alertmanager".to_owned(), "1a30ba71cca2921f".to_owned());
        let alert = Signal { symptom: Symptom::Event { source, subject }, ..alarm_on(None) };
        for (signal, excess, expected) in [
            (&lambda, Some(4.0), Some(true)),
            (&lambda, Some(0.0), Some(false)),
            (&lambda, Some(-1.0), Some(false)),
            (&lambda, Some(f64::NAN), Some(false)),
            (&lambda, None, None),
            // Anybody who may call PutMetricData may have written it.
            (&alarm_on(Some("Shop")), Some(4.0), None),
            (&alarm_on(Some("CWAgent")), Some(4.0), None),
            (&alarm_on(Some("aws/lambda")), Some(4.0), None),
            (&alarm_on(Some("AWS")), Some(4.0), None),
            (&alarm_on(Some("Shop")), Some(-1.0), Some(false)),
            (&alarm_on(None), Some(4.0), None),
            (&instance, None, Some(true)),
            (&alert, None, None),
            (&alert, Some(4.0), None),
        ] {
            let observation = Observation {
                state: SymptomState::Firing,
                summary: String::new(),
                since: None,
                excess,
                measured_from: None,
            };
            assert_eq!(symptom_measured(signal, &observation), expected, "{signal:?} {excess:?}");
        }
    }
}
