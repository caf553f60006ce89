//! Puts a bystander into a recording: its records, and the state that it leaves.

use std::collections::BTreeSet;

use common::{Arn, Observed, ResourceKind};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    Bystander, BystanderKind, configuration,
    records::{Actor, Call, record},
};
use crate::{
    Recording,
    account::{APPLICATION_TAG, known},
    resources::Recorded,
};

/// The version that is there before the change, where the recording has none.
const FORMER_VERSION: u64 = 7;

pub(super) fn put(bystander: &Bystander, recording: &Recording) -> Recording {
    let mut changed = recording.clone();
    let known = known(recording).iter().map(Arn::component).collect();
    let mut writer = Writer { bystander, recording: &mut changed, known };
    match bystander.kind {
        BystanderKind::AliasMove => writer.alias(false),
        BystanderKind::ServiceUpdate => writer.service(false),
        BystanderKind::Rollback => match bystander.resource.kind() {
            ResourceKind::Service { .. } => writer.service(true),
            _ => writer.alias(true),
        },
        BystanderKind::ParameterWrite => writer.parameter(),
        BystanderKind::InstanceStop => writer.instance(),
        BystanderKind::ConfigurationChange => writer.configuration(),
    }
    changed.records.sort_by_key(|record| record.at);
    changed
}

struct Writer<'a> {
    bystander: &'a Bystander,
    recording: &'a mut Recording,
    /// The components of the recording as it was.
    known: BTreeSet<Arn>,
}

impl Writer<'_> {
    fn alias(&mut self, taken_back: bool) {
        let Bystander { resource: alias, at, .. } = self.bystander;
        let (began_at, seed) = (self.bystander.began_at(), self.bystander.seed());
        let ResourceKind::FunctionAlias { function, alias: name } = alias.kind() else { return };
        let former = text(self.state(), "version").and_then(|version| version.parse().ok());
        let former: u64 = former.unwrap_or(FORMER_VERSION);
        let next = former.saturating_add(1);
        let move_to = |at: Timestamp, actor, version: u64| Call {
            actor,
            at,
            resource: alias,
            source: "lambda",
            event: "UpdateAlias20150331",
            request: json!({
                "functionName": function, "name": name, "functionVersion": version.to_string(),
            }),
            response: json!({
                "aliasArn": alias, "name": name, "functionVersion": version.to_string(), "description": "",
            }),
            listed_as: None,
            seed: &seed,
        };
        let made = if taken_back {
            vec![
                record(&move_to(began_at, Actor::Pipeline, next)),
                record(&move_to(*at, Actor::Person, former)),
            ]
        } else {
            vec![record(&move_to(*at, Actor::Pipeline, next))]
        };
        let (version, before) = if taken_back { (former, next) } else { (next, former) };
        self.recording.records.extend(made);
        let before = self.of_the_trail(json!(before.to_string()));
        let fresh = json!({
            "arn": alias, "function": function, "alias": name, "version": "", "previous_version": null,
            "weighted": false,
        });
        self.set_state("alias", fresh, |state| {
            state.insert("version".to_owned(), json!(version.to_string()));
            state.insert("previous_version".to_owned(), before);
        });
        // Aliases have no tags of their own: the function's name the application.
        self.join_application(&alias.component());
    }

    fn service(&mut self, taken_back: bool) {
        let Bystander { resource: service, at, .. } = self.bystander;
        let (began_at, seed) = (self.bystander.began_at(), self.bystander.seed());
        let ResourceKind::Service { cluster, service: name } = service.kind() else { return };
        let now = text(self.state(), "task_definition").unwrap_or_else(|| {
            let (partition, region) = (service.partition(), service.region());
            let account = service.account();
            format!("arn:{partition}:ecs:{region}:{account}:task-definition/{name}:{FORMER_VERSION}")
        });
        let Some((family, revision)) = now.rsplit_once(':') else { return };
        let next: u64 = revision.parse().unwrap_or(FORMER_VERSION).saturating_add(1);
        let next = format!("{family}:{next}");
        let short = |arn: &str| arn.rsplit('/').next().unwrap_or(arn).to_owned();
        let deploy = |at: Timestamp, actor, definition: &str| Call {
            actor,
            at,
            resource: service,
            source: "ecs",
            event: "UpdateService",
            request: json!({ "cluster": cluster, "service": name, "taskDefinition": short(definition) }),
            response: json!({ "service": { "serviceArn": service, "taskDefinition": definition } }),
            listed_as: None,
            seed: &seed,
        };
        let made = if taken_back {
            vec![record(&deploy(began_at, Actor::Pipeline, &next)), record(&deploy(*at, Actor::Person, &now))]
        } else {
            vec![record(&deploy(*at, Actor::Pipeline, &next))]
        };
        let (runs, ran) = if taken_back { (&now, &next) } else { (&next, &now) };
        self.recording.records.extend(made);
        let ran = self.of_the_trail(json!(ran));
        let runs = json!(runs);
        let fresh = json!({
            "arn": service, "cluster": cluster, "service": name, "task_definition": "",
            "rollout_state": "COMPLETED", "desired_count": 2, "running_count": 2,
            "previous_task_definition": null,
        });
        self.set_state("service", fresh, |state| {
            state.insert("task_definition".to_owned(), runs);
            state.insert("previous_task_definition".to_owned(), ran);
        });
        self.join_application(service);
    }

    fn parameter(&mut self) {
        let parameter = self.bystander.resource.clone();
        let ResourceKind::Parameter { name } = parameter.kind() else { return };
        let at = self.bystander.at;
        let former = self.state().and_then(|state| state.get("version")?.as_u64());
        let former = former.unwrap_or(FORMER_VERSION);
        let version = former.saturating_add(1);
        let kind = text(self.state(), "parameter_type").unwrap_or_else(|| "String".to_owned());
        let writer = Actor::Person.arn(&parameter);
        self.recording.records.push(record(&Call {
            actor: Actor::Person,
            at,
            resource: &parameter,
            source: "ssm",
            event: "PutParameter",
            request: json!({
                "name": name, "type": kind, "value": "HIDDEN_DUE_TO_SECURITY_REASONS", "overwrite": true,
            }),
            response: json!({ "version": version, "tier": "Standard" }),
            listed_as: None,
            seed: &self.bystander.seed(),
        }));
        let fresh = json!({
            "arn": parameter, "name": name, "parameter_type": kind, "version": 0, "modified_at": at,
            "modified_by": "", "previous_version": null,
        });
        self.set_state("parameter", fresh, |state| {
            state.insert("version".to_owned(), json!(version));
            state.insert("previous_version".to_owned(), json!(former));
            state.insert("modified_at".to_owned(), json!(at));
            state.insert("modified_by".to_owned(), json!(writer));
        });
        if let Some(reader) = &self.bystander.reader {
            let reads = &mut self.entry(reader).reads;
            if !reads.contains(&parameter) {
                reads.push(parameter.clone());
            }
        }
        self.join_application(&parameter);
    }

    fn instance(&mut self) {
        let instance = self.bystander.resource.clone();
        let ResourceKind::Instance { id } = instance.kind() else { return };
        let at = self.bystander.at;
        let states = json!({ "items": [{
            "instanceId": id,
            "currentState": { "code": 64, "name": "stopping" },
            "previousState": { "code": 16, "name": "running" },
        }]});
        self.recording.records.push(record(&Call {
            actor: Actor::Person,
            at,
            resource: &instance,
            source: "ec2",
            event: "StopInstances",
            request: json!({ "instancesSet": { "items": [{ "instanceId": id }] }, "force": false }),
            response: json!({ "instancesSet": states }),
            listed_as: None,
            seed: &self.bystander.seed(),
        }));
        let launched = at.checked_sub(SignedDuration::from_hours(24 * 9)).unwrap_or(at);
        let fresh = json!({ "arn": instance, "id": id, "state": "", "launched_at": launched });
        self.set_state("instance", fresh, |state| {
            state.insert("state".to_owned(), json!("stopped"));
        });
        self.join_application(&instance);
    }

    fn configuration(&mut self) {
        let resource = self.bystander.resource.clone();
        let Some(change) = configuration::change(&resource) else { return };
        self.recording.records.push(record(&Call {
            actor: Actor::Person,
            at: self.bystander.at,
            resource: &resource,
            source: change.source,
            event: change.event,
            request: change.request,
            response: Value::Null,
            listed_as: change.listed_as,
            seed: &self.bystander.seed(),
        }));
        self.join_application(&resource);
    }

    /// The recorded state of the resource, as JSON.
    fn state(&self) -> Option<Map<String, Value>> {
        let state = self.recording.resources.by_arn.get(&self.bystander.resource)?.state.as_ref()?;
        match serde_json::to_value(state).ok()?.get_mut("state")?.take() {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Edits the recorded state, or `fresh` where there is none.
    fn set_state(&mut self, kind: &str, fresh: Value, edit: impl FnOnce(&mut Map<String, Value>)) {
        let fresh = match fresh {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        let mut state = self.state().unwrap_or(fresh);
        edit(&mut state);
        let observed: Option<Observed> = serde_json::from_value(json!({ "type": kind, "state": state })).ok();
        let resource = self.bystander.resource.clone();
        self.entry(&resource).state = observed;
    }

    fn entry(&mut self, resource: &Arn) -> &mut Recorded {
        self.recording.resources.by_arn.entry(resource.clone()).or_default()
    }

    /// Tags what the recording did not have. What it had keeps its tags, or has none.
    fn join_application(&mut self, resource: &Arn) {
        let Some(application) = self.bystander.application.clone() else { return };
        if !self.known.contains(&resource.component()) {
            self.entry(resource).tags.insert(APPLICATION_TAG.to_owned(), application);
        }
    }

    /// A fact that only the trail tells is unknown where the trail cannot be read.
    fn of_the_trail(&self, value: Value) -> Value {
        let unreadable = &self.recording.resources.unreadable;
        let trail = ["Changes::changes", "Changes::target_changes"];
        if unreadable.iter().any(|read| trail.contains(&read.as_str())) { Value::Null } else { value }
    }
}

fn text(state: Option<Map<String, Value>>, field: &str) -> Option<String> {
    state?.get(field)?.as_str().map(str::to_owned)
}

impl Bystander {
    fn seed(&self) -> String {
        format!("{}/{}", self.scenario, self.name())
    }
}
