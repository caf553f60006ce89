//! Parses one CloudTrail record tolerantly: what it says was changed, by whom.

use std::collections::BTreeMap;

use common::{ActorKind, OwnRoles, actor::Caller};
use jiff::Timestamp;
use serde_json::Value;

/// The request's parameters that a change keeps. Never a parameter's value, an environment or a
/// policy: what may hold a secret is not on this list.
const KEPT: [&str; 7] = [
    "desiredCount",
    "forceNewDeployment",
    "functionVersion",
    "parameterVersion",
    "publish",
    "taskDefinition",
    "version",
];
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
        of("responseElements", &KEPT_OF_ANSWER).chain(of("requestParameters", &KEPT)).collect()
    }
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
