//! One CloudTrail record, read tolerantly: what it says was changed, by whom.

use std::collections::{BTreeMap, BTreeSet};

use common::{Arn, OwnRoles, evidence::Change};
use jiff::Timestamp;
use serde_json::Value;

use super::subject;

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
/// What the answer adds: the version that a write made.
const KEPT_OF_ANSWER: [&str; 1] = ["version"];

/// A record as CloudTrail writes it.
#[derive(Debug)]
pub(super) struct Event(Value);

pub(super) fn read(text: &str) -> Result<Event, serde_json::Error> {
    serde_json::from_str(text).map(Event)
}

impl Event {
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

    /// The changes that this event is of `resources` and of aliases of the functions among them: none
    /// where it failed or is of others.
    pub(super) fn changes_of(&self, resources: &[Arn], own_roles: &OwnRoles) -> Vec<Change> {
        let succeeded = self.0.get("errorCode").is_none_or(Value::is_null);
        let (Some(event_id), Some(event_name), Some(at), true) =
            (self.text("/eventID"), self.name(), self.at(), succeeded)
        else {
            return Vec::new();
        };
        let named = resources.iter().filter(|resource| subject::is(self, resource)).cloned();
        let aliases = resources.iter().filter_map(|resource| subject::alias_of(self, resource));
        let subjects: BTreeSet<Arn> = named.chain(aliases).collect();
        subjects
            .into_iter()
            .map(|resource| Change {
                event_id: event_id.to_owned(),
                event_name: event_name.to_owned(),
                at,
                actor: self.actor().to_owned(),
                by_nightshift: own_roles.include(self.actor(), resource.account()),
                resource,
                request: self.kept(),
            })
            .collect()
    }

    fn actor(&self) -> &str {
        self.text("/userIdentity/arn").or(self.text("/userIdentity/invokedBy")).unwrap_or("unknown")
    }

    fn kept(&self) -> BTreeMap<String, String> {
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
    use serde_json::json;

    use super::*;

    const ROLE: &str = "arn:aws:sts::123456789012:assumed-role/Nightshift-Restore/Automation-1";

    fn event(over: &Value) -> Event {
        let mut event = json!({
            "eventID": "e-1",
            "eventName": "PutParameter",
            "eventSource": "ssm.amazonaws.com",
            "eventTime": "2026-11-20T03:00:00Z",
            "awsRegion": "eu-west-1",
            "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/alice"},
            "requestParameters": {"name": "/shop/limit", "value": "HIDDEN_DUE_TO_SECURITY_REASONS", "overwrite": true},
            "responseElements": {"version": 7, "tier": "Standard"},
        });
        for (key, value) in over.as_object().unwrap() {
            event[key] = value.clone();
        }
        Event(event)
    }

    fn parameter() -> Arn {
        "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/limit".parse().unwrap()
    }

    fn change(over: &Value) -> Option<Change> {
        event(over).changes_of(&[parameter()], &"Nightshift-Restore".parse().unwrap()).pop()
    }

    #[test]
    fn change_keeps_versions_and_no_values() {
        let change = change(&json!({})).unwrap();
        assert_eq!(change.request, BTreeMap::from([("version".into(), "7".into())]));
        assert_eq!(change.actor, "arn:aws:iam::123456789012:user/alice");
        assert!(!change.by_nightshift);
    }

    #[test]
    fn change_that_failed_is_none() {
        assert_eq!(change(&json!({"errorCode": "AccessDenied"})), None);
        assert!(change(&json!({"errorCode": null})).is_some());
    }

    #[test]
    fn change_without_what_it_needs_is_none() {
        for key in ["eventID", "eventName", "eventTime", "requestParameters"] {
            assert_eq!(change(&json!({key: null})), None, "{key}");
        }
    }

    #[test]
    fn change_by_an_automation_role_is_ours() {
        for (arn, ours) in [
            (ROLE, true),
            ("arn:aws:sts::123456789012:assumed-role/Nightshift-Restore2/s", false),
            ("arn:aws:sts::999999999999:assumed-role/Nightshift-Restore/s", false),
            ("arn:aws:iam::123456789012:user/Nightshift-Restore", false),
            ("arn:aws:iam::123456789012:role/Nightshift-Restore", false),
            ("nonsense", false),
        ] {
            let change = change(&json!({"userIdentity": {"arn": arn}})).unwrap();
            assert_eq!(change.by_nightshift, ours, "{arn}");
        }
    }

    #[test]
    fn actor_of_a_service_is_what_invoked_it() {
        let identity =
            json!({"userIdentity": {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}});
        assert_eq!(change(&identity).unwrap().actor, "autoscaling.amazonaws.com");
        assert_eq!(change(&json!({"userIdentity": null})).unwrap().actor, "unknown");
    }

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
