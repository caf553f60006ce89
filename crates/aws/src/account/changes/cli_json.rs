//! Rewrites a structure of a CloudTrail record as the JSON that the AWS CLI takes for the same parameter.

use std::collections::BTreeMap;

use serde_json::Value;

/// Members that a record calls otherwise than the API does.
const RENAMED: [(&str, &str); 1] = [("groups", "UserIdGroupPairs")];

/// Returns the structure as JSON in one line; `None` where nothing is in it.
///
/// A record writes a list of EC2's as `{"items": […]}`, an empty one as `{}`, and the names of members with a small letter.
pub(super) fn for_cli(structure: &Value) -> Option<String> {
    rewritten(structure).map(|value| value.to_string())
}

fn rewritten(value: &Value) -> Option<Value> {
    match value {
        Value::Object(object) => match object.get("items") {
            Some(items) if object.len() == 1 => rewritten(items),
            _ => {
                let members = object.iter().filter_map(|(key, value)| Some((name(key), rewritten(value)?)));
                // Sorted: the order in which a record writes them makes no other evidence.
                let members: BTreeMap<String, Value> = members.collect();
                (!members.is_empty()).then(|| members.into_iter().collect())
            }
        },
        Value::Array(list) => {
            let list: Vec<Value> = list.iter().filter_map(rewritten).collect();
            (!list.is_empty()).then_some(Value::Array(list))
        }
        Value::Null => None,
        scalar => Some(scalar.clone()),
    }
}

fn name(key: &str) -> String {
    if let Some((_, name)) = RENAMED.iter().find(|(recorded, _)| *recorded == key) {
        return (*name).to_owned();
    }
    let mut letters = key.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn for_cli_table() {
        for (recorded, expected) in [
            (
                json!({"items": [{
                    "ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432,
                    "groups": {"items": [{"groupId": "sg-2", "userId": "123456789012"}]},
                    "ipRanges": {}, "ipv6Ranges": {}, "prefixListIds": {},
                }]}),
                Some(
                    r#"[{"FromPort":5432,"IpProtocol":"tcp","ToPort":5432,"UserIdGroupPairs":[{"GroupId":"sg-2","UserId":"123456789012"}]}]"#,
                ),
            ),
            (
                json!({"items": [{"ipProtocol": "-1", "ipRanges": {"items": [{"cidrIp": "10.0.0.0/8"}]}}]}),
                Some(r#"[{"IpProtocol":"-1","IpRanges":[{"CidrIp":"10.0.0.0/8"}]}]"#),
            ),
            (json!([{"id": "i-1", "port": 80}]), Some(r#"[{"Id":"i-1","Port":80}]"#)),
            (json!({}), None),
            (json!({"items": []}), None),
            (json!(null), None),
        ] {
            assert_eq!(for_cli(&recorded).as_deref(), expected, "{recorded}");
        }
    }
}
