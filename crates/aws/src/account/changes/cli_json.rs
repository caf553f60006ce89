//! Rewrites a structure of a CloudTrail record as the JSON that the AWS CLI takes for the same parameter.

use std::collections::BTreeMap;

use serde_json::Value;

/// A structure of the requests of a service that is kept.
struct Structure {
    service: &'static str,
    parameter: &'static str,
    /// The members that are rewritten, by their name in a record and in the API. What else is in it may be anything, so it is
    /// left out: a description, the input of a rule's target.
    members: &'static [(&'static str, &'static str)],
}

const KEPT: [Structure; 2] = [
    Structure {
        service: "ec2",
        parameter: "ipPermissions",
        members: &[
            ("cidrIp", "CidrIp"),
            ("cidrIpv6", "CidrIpv6"),
            ("fromPort", "FromPort"),
            ("groupId", "GroupId"),
            ("groups", "UserIdGroupPairs"),
            ("ipProtocol", "IpProtocol"),
            ("ipRanges", "IpRanges"),
            ("ipv6Ranges", "Ipv6Ranges"),
            ("prefixListId", "PrefixListId"),
            ("prefixListIds", "PrefixListIds"),
            ("toPort", "ToPort"),
            ("userId", "UserId"),
        ],
    },
    Structure {
        service: "elasticloadbalancing",
        parameter: "targets",
        members: &[("availabilityZone", "AvailabilityZone"), ("id", "Id"), ("port", "Port")],
    },
];

/// A longer structure is left out: half of it would be another.
const LONGEST: usize = 2_000;

/// Returns the parameters of the request of `service` that are kept, each with its structure as JSON in one line.
pub(super) fn kept_structures(service: &str, request: &Value) -> impl Iterator<Item = (String, String)> {
    let of_service = KEPT.iter().filter(move |one| one.service == service);
    of_service.filter_map(|Structure { parameter, members, .. }| {
        let text = rewritten(request.get(*parameter)?, members)?.to_string();
        (text.len() <= LONGEST).then(|| ((*parameter).to_owned(), text))
    })
}

/// A record writes a list of EC2's as `{"items": […]}`, and an empty one as `{}`.
fn rewritten(value: &Value, members: &[(&str, &str)]) -> Option<Value> {
    match value {
        Value::Object(object) => match object.get("items") {
            Some(items) if object.len() == 1 => rewritten(items, members),
            _ => {
                let found = object.iter().filter_map(|(key, value)| {
                    let (_, name) = members.iter().find(|(recorded, _)| recorded == key)?;
                    Some(((*name).to_owned(), rewritten(value, members)?))
                });
                // Sorted: the order in which a record writes them makes no other evidence.
                let found: BTreeMap<String, Value> = found.collect();
                (!found.is_empty()).then(|| found.into_iter().collect())
            }
        },
        Value::Array(list) => {
            let list: Vec<Value> = list.iter().filter_map(|one| rewritten(one, members)).collect();
            (!list.is_empty()).then_some(Value::Array(list))
        }
        Value::Null => None,
        scalar => Some(scalar.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kept_structures_table() {
        let list = |name: &str, member: Value| json!({name: {"items": [member]}});
        for (service, request, expected) in [
            (
                "ec2",
                list(
                    "ipPermissions",
                    json!({
                        "ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432,
                        "groups": {"items": [{"groupId": "sg-2", "userId": "123456789012", "description": "token abc"}]},
                        "ipRanges": {}, "ipv6Ranges": {}, "prefixListIds": {},
                    }),
                ),
                Some(
                    r#"[{"FromPort":5432,"IpProtocol":"tcp","ToPort":5432,"UserIdGroupPairs":[{"GroupId":"sg-2","UserId":"123456789012"}]}]"#,
                ),
            ),
            (
                "ec2",
                list(
                    "ipPermissions",
                    json!({"ipProtocol": "-1", "ipRanges": {"items": [{"cidrIp": "10.0.0.0/8"}]}}),
                ),
                Some(r#"[{"IpProtocol":"-1","IpRanges":[{"CidrIp":"10.0.0.0/8"}]}]"#),
            ),
            (
                "elasticloadbalancing",
                json!({"targets": [{"id": "i-1", "port": 80}]}),
                Some(r#"[{"Id":"i-1","Port":80}]"#),
            ),
            // A rule's targets hold what is sent to them.
            ("events", json!({"targets": [{"id": "t", "input": "{\"password\": \"x\"}"}]}), None),
            ("ec2", json!({"ipPermissions": {}}), None),
            ("ec2", json!({"ipPermissions": {"items": []}}), None),
            ("ec2", json!({"ipPermissions": null}), None),
            ("elasticloadbalancing", json!({"targets": vec![json!({"id": "i-1"}); 1_000]}), None),
        ] {
            let found: Vec<_> = kept_structures(service, &request).map(|(_, text)| text).collect();
            assert_eq!(found.first().map(String::as_str), expected, "{request}");
        }
    }
}
