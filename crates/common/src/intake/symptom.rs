//! Defines symptoms: what to observe to know whether a problem is still there.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The thing whose state tells whether the problem is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Symptom {
    /// A CloudWatch alarm, metric or composite.
    Alarm { name: String },
    /// An EC2 instance that should be running.
    Instance { id: String },
    /// An ECS service that should be at its desired count with its rollout completed.
    EcsService { cluster: String, service: String },
    /// A CodeDeploy deployment group whose last deployment should have succeeded.
    DeploymentGroup { application: String, group: String },
    /// What only the events of `source` tell: nothing is read to see whether it is still there.
    Event { source: String, subject: String },
}

/// The symptom as it was when somebody looked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    pub state: SymptomState,
    /// One line, for example `ALARM since 03:04:05Z: 5 errors, threshold 1`.
    pub summary: String,
    /// The time when the symptom came into this state, where the service says it.
    pub since: Option<Timestamp>,
    /// The distance beyond the threshold, in units of the threshold (1 = as far again as the threshold itself);
    /// 0 or less is normal. `None` where there is no number.
    pub excess: Option<f64>,
    /// The beginning of the period that `excess` was measured over, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_from: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SymptomState {
    Firing,
    Recovered,
    /// Neither can be said: the alarm has no data, or the thing is gone.
    Unknown,
}
