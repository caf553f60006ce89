//! Lets somebody else mend the incident before Nightshift looks at it.

use common::{Arn, Observed};
use ingest::ParsedEvent;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    Recording,
    bystanders::records::{Actor, Call, newest_change, record},
};

/// Somebody's own remedy of an incident: a change that puts back what was changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Remedy {
    /// `person, 60 s before the alarm`
    pub name: String,
    /// The resource that was put back.
    pub target: Arn,
    actor: Actor,
    at: Timestamp,
}

/// The ways to mend what was done to `target`: by a person or by a pipeline, before or after the alarm, and soon after the
/// data show that the fault began, where they do. None where the recording does not tell what to put back.
pub fn remedies(recording: &Recording, target: &Arn, onset: Option<Timestamp>) -> Vec<Remedy> {
    let ParsedEvent::Signal(signal) = &recording.reading else { return Vec::new() };
    let former = newest_change(recording, target);
    let after_alarm =
        [-60, recording.looked_after.as_secs() / 2].map(|seconds| (signal.occurred_at, "the alarm", seconds));
    let after_onset =
        onset.into_iter().flat_map(|onset| [30, 60, 90].map(|seconds| (onset, "the onset", seconds)));
    let times: Vec<_> = after_alarm.into_iter().chain(after_onset).collect();
    let mut found = Vec::new();
    for (who, actor) in [("person", Actor::Person), ("pipeline", Actor::Pipeline)] {
        for &(from, event, seconds) in &times {
            let Ok(at) = from.checked_add(SignedDuration::from_secs(seconds)) else { continue };
            let side = if seconds < 0 { "before" } else { "after" };
            let name = format!("{who}, {} s {side} {event}", seconds.abs());
            let remedy = Remedy { name, target: target.clone(), actor, at };
            if former.is_some_and(|former| former < at) && remedy.put_into(recording).is_some() {
                found.push(remedy);
            }
        }
    }
    found
}

impl Remedy {
    /// The same incident, mended so; `None` where the recording does not tell what to put back.
    pub fn put_into(&self, recording: &Recording) -> Option<Recording> {
        let state = recording.resources.by_arn.get(&self.target)?.state.clone()?;
        let (source, event, request, response, mended) = match state {
            Observed::Alias { mut state } => {
                let back_to = state.previous_version.clone()?;
                let request = json!({
                    "functionName": state.function, "name": state.alias, "functionVersion": back_to,
                });
                let response = json!({
                    "aliasArn": state.arn, "name": state.alias, "functionVersion": back_to,
                });
                state.previous_version = Some(std::mem::replace(&mut state.version, back_to));
                ("lambda", "UpdateAlias20150331", request, response, Observed::Alias { state })
            }
            Observed::Service { mut state } => {
                let back_to = state.previous_task_definition.clone()?;
                let short = back_to.rsplit('/').next().unwrap_or(&back_to).to_owned();
                let request = json!({
                    "cluster": state.cluster, "service": state.service, "taskDefinition": short,
                });
                state.previous_task_definition = Some(std::mem::replace(&mut state.task_definition, back_to));
                "IN_PROGRESS".clone_into(&mut state.rollout_state);
                ("ecs", "UpdateService", request, Value::Null, Observed::Service { state })
            }
            Observed::Parameter { mut state } => {
                let former = state.version;
                state.version = former.saturating_add(1);
                state.previous_version = Some(former);
                state.modified_at = self.at;
                state.modified_by = self.actor.arn(&self.target);
                let request = json!({
                    "name": state.name, "type": state.parameter_type,
                    "value": "HIDDEN_DUE_TO_SECURITY_REASONS", "overwrite": true,
                });
                let response = json!({ "version": state.version, "tier": "Standard" });
                ("ssm", "PutParameter", request, response, Observed::Parameter { state })
            }
            Observed::Instance { mut state } => {
                let request = json!({ "instancesSet": { "items": [{ "instanceId": state.id }] } });
                "running".clone_into(&mut state.state);
                state.launched_at = Some(self.at);
                ("ec2", "StartInstances", request, Value::Null, Observed::Instance { state })
            }
            _ => return None,
        };
        let mut changed = recording.clone();
        changed.records.push(record(&Call {
            actor: self.actor,
            at: self.at,
            resource: &self.target,
            source,
            event,
            request,
            response,
            listed_as: None,
            seed: &format!("{}/{}", recording.name, self.name),
        }));
        changed.records.sort_by_key(|record| record.at);
        changed.resources.by_arn.entry(self.target.clone()).or_default().state = Some(mended);
        Some(changed)
    }
}
