//! Converts one CloudTrail record to the changes that it reports.

use std::collections::BTreeSet;

use common::{Arn, OwnRoles, evidence::Change};

use super::{
    event::Event,
    record_resources::{is_same, record_resources},
    subject,
};

/// The resources whose changes are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sought {
    /// Those asked for, and aliases of the functions among them.
    Asked,
    /// These, and whatever else the record says that it is about.
    Any,
}

/// The changes that the event is of `resources` and of aliases of the functions among them, or of any resource: none
/// where it failed or is of others.
pub(super) fn changes_of(
    event: &Event,
    resources: &[Arn],
    sought: Sought,
    own_roles: &OwnRoles,
) -> Vec<Change> {
    let (Some(event_id), Some(event_name), Some(at), false) =
        (event.text("/eventID"), event.name(), event.at(), event.failed())
    else {
        return Vec::new();
    };
    let named = resources.iter().filter(|resource| subject::is_about(event, resource)).cloned();
    let aliases = resources.iter().filter_map(|resource| subject::alias_of(event, resource));
    let mut subjects: BTreeSet<Arn> = named.chain(aliases).collect();
    if sought == Sought::Any {
        let others = record_resources(event).into_iter();
        let others: Vec<Arn> =
            others.filter(|named| !subjects.iter().any(|known| is_same(named, known))).collect();
        subjects.extend(others);
    }
    subjects
        .into_iter()
        .map(|resource| Change {
            event_id: event_id.to_owned(),
            event_name: event_name.to_owned(),
            at,
            actor: event.actor().to_owned(),
            by_nightshift: own_roles.include(event.actor(), resource.account()),
            actor_kind: event.actor_kind(resource.account(), own_roles),
            resource,
            request: event.kept(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use common::ActorKind;
    use serde_json::{Value, json};

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
        Event::parse(&event.to_string()).unwrap()
    }

    fn parameter() -> Arn {
        "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/limit".parse().unwrap()
    }

    fn change(over: &Value) -> Option<Change> {
        let own = "Nightshift-Restore".parse().unwrap();
        changes_of(&event(over), &[parameter()], Sought::Asked, &own).pop()
    }

    #[test]
    fn changes_of_keep_what_a_command_takes_that_reverts_them() {
        let request = |name: &str, request: Value| {
            let record = json!({
                "eventID": "e-1", "eventName": name, "eventTime": "2026-11-20T02:00:00Z", "eventSource": "ec2.amazonaws.com",
                "awsRegion": "eu-west-1", "recipientAccountId": "123456789012", "requestParameters": request,
            });
            let event = Event::parse(&record.to_string()).unwrap();
            let found = changes_of(&event, &[], Sought::Any, &OwnRoles::default());
            found.into_iter().next().unwrap().request
        };
        let rules =
            json!({"items": [{"ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432, "ipRanges": {}}]});
        let kept = request("RevokeSecurityGroupIngress", json!({"groupId": "sg-1", "ipPermissions": rules}));
        assert_eq!(kept["ipPermissions"], r#"[{"FromPort":5432,"IpProtocol":"tcp","ToPort":5432}]"#);
        let kept =
            request("CreateRoute", json!({"routeTableId": "rtb-1", "destinationCidrBlock": "10.1.0.0/16"}));
        assert_eq!(kept["destinationCidrBlock"], "10.1.0.0/16");
    }

    #[test]
    fn change_keeps_versions_and_no_values() {
        let change = change(&json!({})).unwrap();
        assert_eq!(change.request, BTreeMap::from([("version".into(), "7".into())]));
        assert_eq!(change.actor, "arn:aws:iam::123456789012:user/alice");
        assert!(!change.by_nightshift);
    }

    #[test]
    fn change_of_another_resource_is_there_where_any_is_sought() {
        let Ok(own) = "Nightshift-Restore".parse();
        let record = event(&json!({
            "eventSource": "kms.amazonaws.com", "eventName": "DisableKey", "recipientAccountId": "123456789012",
            "requestParameters": {"keyId": "5d0c"},
        }));
        assert_eq!(changes_of(&record, &[parameter()], Sought::Asked, &own), []);
        let found = changes_of(&record, &[parameter()], Sought::Any, &own);
        let resources: Vec<String> = found.iter().map(|change| change.resource.to_string()).collect();
        assert_eq!(resources, ["arn:aws:kms:eu-west-1:123456789012:key/5d0c"]);
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
    fn actor_kind_comes_from_the_whole_record() {
        let warm_pool = json!({
            "sourceIPAddress": "autoscaling.amazonaws.com",
            "userAgent": "autoscaling.amazonaws.com",
            "userIdentity": {
                "type": "AssumedRole",
                "arn": "arn:aws:sts::123456789012:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling",
                "sessionContext": {"sessionIssuer": {
                    "arn": "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
                }},
                "invokedBy": "autoscaling.amazonaws.com",
            },
        });
        let role = "arn:aws:sts::123456789012:assumed-role/developer/alice";
        for (record, expected) in [
            (json!({}), ActorKind::Person),
            (warm_pool, ActorKind::Scaling),
            (json!({"userIdentity": {"type": "AssumedRole", "arn": role}}), ActorKind::Unknown),
            (
                json!({"sessionCredentialFromConsole": "true", "userIdentity": {"type": "AssumedRole", "arn": role}}),
                ActorKind::Person,
            ),
            (json!({"userAgent": "AwsSolution/SO0030/v3.0.9"}), ActorKind::Scheduler),
            (json!({"userIdentity": {"type": "AssumedRole", "arn": ROLE}}), ActorKind::Ourselves),
        ] {
            assert_eq!(change(&record).unwrap().actor_kind, expected, "{record}");
        }
    }

    #[test]
    fn actor_of_a_service_is_what_invoked_it() {
        let identity =
            json!({"userIdentity": {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}});
        assert_eq!(change(&identity).unwrap().actor, "autoscaling.amazonaws.com");
        assert_eq!(change(&json!({"userIdentity": null})).unwrap().actor, "unknown");
    }
}
