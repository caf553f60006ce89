//! Decides whether what a symptom says is borne out by a measurement.

use common::{Observation, Symptom};

/// Returns true if the symptom is the service's own state, or an alarm whose newest datapoint is beyond its threshold;
/// false where the newest datapoint is normal. Whoever may call `SetAlarmState` sets an alarm by hand, which "can
/// temporarily set the state of an alarm" whatever its metric says
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html>). `None` where an alarm
/// has no datapoint that could be compared: a composite alarm, metric math, an anomaly band, or a read that failed.
pub fn symptom_measured(symptom: &Symptom, observation: &Observation) -> Option<bool> {
    match symptom {
        Symptom::Alarm { .. } => observation.excess.map(|excess| excess > 0.0),
        Symptom::Instance { .. } | Symptom::EcsService { .. } | Symptom::DeploymentGroup { .. } => Some(true),
    }
}

#[cfg(test)]
mod tests {
    use common::SymptomState;

    use super::*;

    #[test]
    fn symptom_measured_table() {
        let alarm = Symptom::Alarm { name: "errors".to_owned() };
        let instance = Symptom::Instance { id: "i-1".to_owned() };
        for (symptom, excess, expected) in [
            (&alarm, Some(4.0), Some(true)),
            (&alarm, Some(0.0), Some(false)),
            (&alarm, Some(-1.0), Some(false)),
            (&alarm, Some(f64::NAN), Some(false)),
            (&alarm, None, None),
            (&instance, None, Some(true)),
        ] {
            let observation = Observation {
                state: SymptomState::Firing,
                summary: String::new(),
                since: None,
                excess,
                measured_from: None,
            };
            assert_eq!(symptom_measured(symptom, &observation), expected, "{symptom:?} {excess:?}");
        }
    }
}
