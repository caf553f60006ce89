//! Parses one CloudTrail record tolerantly: what it says was changed, by whom.

use std::collections::BTreeMap;

use common::{ActorKind, OwnRoles, actor::Caller};
use jiff::Timestamp;
use serde_json::Value;

use super::cli_json::kept_structures;

/// The request's parameters that a change keeps: what is compared, and what a command takes that reverts it. Never a parameter's value, an environment or a
/// policy: what may hold a secret is not on this list.
const KEPT: [&str; 33] = [
    "cluster",
    "desiredCapacity",
    "desiredCount",
    "destinationCidrBlock",
    "enabled",
    "engineVersion",
    "eventBusName",
    "forceDeleteWithoutRecovery",
    "forceNewDeployment",
    "functionVersion",
    "groupId",
    "groupName",
    "instanceProfileName",
    "memorySize",
    "minimumHealthyPercent",
    "parameterVersion",
    "policyArn",
    "provisionedConcurrentExecutions",
    "publish",
    "queueUrl",
    "readCapacityUnits",
    "reservedConcurrentExecutions",
    "roleName",
    "routeTableId",
    "stageName",
    "state",
    "targetGroupArn",
    "taskDefinition",
    "timeout",
    "userName",
    "uUID",
    "version",
    "writeCapacityUnits",
];
/// Lists of the request that a change keeps as one text: the names of records, the paths of what was replaced.
const KEPT_LISTS: [(&str, &str); 5] = [
    ("scalingProcesses", "scalingProcesses"),
    ("recordNames", "changeBatch/changes/resourceRecordSet/name"),
    ("paths", "updateStageInput/patchOperations/path"),
    ("paths", "patchOperations/path"),
    ("parameterNames", "parameters/parameterName"),
];
/// Objects of the request of which a change keeps the names of the members, and the numbers among the values.
const KEPT_OBJECTS: [&str; 4] =
    ["attributes", "provisionedThroughput", "healthCheckCustomConfig", "scalingConfiguration"];
/// The fields of the answer that a change keeps: the version that a write made.
const KEPT_OF_ANSWER: [&str; 1] = ["version"];

/// A record as CloudTrail writes it.
#[derive(Debug)]
pub(super) struct Event(Value);

impl Event {
    pub(super) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(Self)
    }

    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.0.pointer(pointer).and_then(Value::as_str)
    }

    pub(super) fn list(&self, pointer: &str) -> &[Value] {
        self.0.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// The service that was called: `dynamodb` of `dynamodb.amazonaws.com`.
    pub(super) fn service(&self) -> Option<&str> {
        self.text("/eventSource")?.split('.').next()
    }

    /// The account whose record it is.
    pub(super) fn account(&self) -> Option<&str> {
        self.text("/recipientAccountId").or(self.text("/userIdentity/accountId"))
    }

    /// The texts at `path` in the request: its parts are separated by slashes, lists on the way are looked through, and
    /// the case of letters does not matter. Some services of EC2 put all parameters into one of the call's name.
    pub(super) fn requested(&self, path: &str) -> Vec<String> {
        let Some(request) = self.0.get("requestParameters") else { return Vec::new() };
        let nested = request.as_object().into_iter().flatten();
        let nested = nested.filter(|(key, _)| key.ends_with("Request")).map(|(_, value)| value);
        let found = std::iter::once(request).chain(nested).flat_map(|from| below(from, path));
        found.filter_map(|value| value.as_str().map(str::to_owned)).collect()
    }

    /// The first text at `path` in the request.
    pub(super) fn first(&self, path: &str) -> Option<String> {
        self.requested(path).into_iter().next()
    }

    /// The text of that name in the answer.
    pub(super) fn answered(&self, name: &str) -> Option<String> {
        below(self.0.get("responseElements")?, name)
            .into_iter()
            .find_map(|value| value.as_str().map(str::to_owned))
    }

    /// The texts that the request and the answer have at their top, with their names.
    pub(super) fn top_level_texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let parts = ["requestParameters", "responseElements"]
            .into_iter()
            .filter_map(|part| self.0.get(part)?.as_object());
        parts.flatten().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
    }

    pub(super) fn at(&self) -> Option<Timestamp> {
        self.text("/eventTime")?.parse().ok()
    }

    /// The event's name without the API version that Lambda appends.
    pub(super) fn name(&self) -> Option<&str> {
        self.text("/eventName").map(without_version)
    }

    pub(super) fn failed(&self) -> bool {
        self.0.get("errorCode").is_some_and(|code| !code.is_null())
    }

    pub(super) fn actor(&self) -> &str {
        self.text("/userIdentity/arn").or(self.text("/userIdentity/invokedBy")).unwrap_or("unknown")
    }

    /// The kind of actor that the record tells of, in `account`.
    pub(super) fn actor_kind(&self, account: &str, own_roles: &OwnRoles) -> ActorKind {
        let from_console = self.0.get("sessionCredentialFromConsole").and_then(scalar);
        let caller = Caller {
            identity_type: self.text("/userIdentity/type"),
            arn: self.text("/userIdentity/arn"),
            invoked_by: self.text("/userIdentity/invokedBy"),
            session_issuer: self.text("/userIdentity/sessionContext/sessionIssuer/arn"),
            federated_provider: self
                .text("/userIdentity/sessionContext/webIdFederationData/federatedProvider"),
            source_address: self.text("/sourceIPAddress"),
            user_agent: self.text("/userAgent"),
            from_console: from_console.as_deref() == Some("true"),
        };
        ActorKind::from_caller(&caller, account, own_roles)
    }

    /// The parameters of the request, and the version in its answer, that a change keeps.
    pub(super) fn kept(&self) -> BTreeMap<String, String> {
        let of = |part: &'static str, keys: &'static [&'static str]| {
            keys.iter().filter_map(move |key| Some(((*key).to_owned(), scalar(self.0.get(part)?.get(key)?)?)))
        };
        let lists = KEPT_LISTS.iter().filter_map(|(key, path)| {
            let found = self.requested(path);
            (!found.is_empty()).then(|| ((*key).to_owned(), found.join(" ")))
        });
        let objects =
            KEPT_OBJECTS.iter().filter_map(|key| self.0.get("requestParameters")?.get(*key)?.as_object());
        // A text could be anything: of what is no number the name alone is kept.
        let members = objects.flatten().map(|(key, value)| {
            let number = scalar(value).filter(|text| text.parse::<f64>().is_ok());
            (key.clone(), number.unwrap_or_default())
        });
        let answered = of("responseElements", &KEPT_OF_ANSWER);
        let source = self.service().unwrap_or_default();
        let structures =
            self.0.get("requestParameters").into_iter().flat_map(|request| kept_structures(source, request));
        let scalars = answered.chain(of("requestParameters", &KEPT));
        scalars.chain(lists).chain(members).chain(structures).collect()
    }
}

/// All values at `path` below `from`.
fn below<'a>(from: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![from];
    for part in path.split('/') {
        let lists = found.into_iter().flat_map(|value| match value {
            Value::Array(list) => list.iter().collect(),
            other => vec![other],
        });
        let members = lists.filter_map(Value::as_object).flat_map(|object| {
            object.iter().filter(|(key, _)| key.eq_ignore_ascii_case(part)).map(|(_, value)| value)
        });
        found = members.collect();
    }
    found
        .into_iter()
        .flat_map(|value| match value {
            Value::Array(list) => list.iter().collect(),
            other => vec![other],
        })
        .collect()
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// `UpdateFunctionCode20150331v2` is `UpdateFunctionCode`, `CreateDistribution2020_05_31` is
/// `CreateDistribution`.
fn without_version(name: &str) -> &str {
    let unrevised = name
        .rsplit_once('v')
        .filter(|(before, revision)| is_digits(revision) && before.ends_with(|c: char| c.is_ascii_digit()))
        .map_or(name, |(before, _)| before);
    let date = unrevised.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    let suffix = unrevised.get(date.len()..).unwrap_or_default();
    let is_date = suffix.chars().filter(char::is_ascii_digit).count() == 8;
    if is_date && !date.is_empty() { date } else { name }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_loses_its_version_and_nothing_else() {
        for (name, expected) in [
            ("UpdateAlias20150331", "UpdateAlias"),
            ("UpdateFunctionCode20150331v2", "UpdateFunctionCode"),
            ("CreateDistribution2020_05_31", "CreateDistribution"),
            ("PutParameter", "PutParameter"),
            ("CreateRouteV2", "CreateRouteV2"),
            ("ListObjectsv2", "ListObjectsv2"),
            ("20150331", "20150331"),
        ] {
            assert_eq!(without_version(name), expected);
        }
    }
}
