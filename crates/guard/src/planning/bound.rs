//! Holds the value of a parameter to its bound.

use common::Arn;
use serde_json::Value;

use crate::catalogue::{Action, Bound};

impl Bound {
    /// Checks a value against the bound; the error says what was expected.
    pub(super) fn check(&self, value: &str, action: &Action, target: &Arn) -> Result<(), String> {
        let (kept, expected) = match self {
            Self::Target(part) => {
                let own = action.resource.part(&target.kind(), part);
                (own.as_deref() == Some(value), format!("the target's own {part}"))
            }
            Self::WholeNumber(least) => {
                let canonical =
                    value.parse::<u64>().is_ok_and(|number| number >= *least && number.to_string() == value);
                (canonical, format!("a whole number of at least {least}"))
            }
            Self::Arn(start) => {
                let (service, resource) = start.split_once(':').unwrap_or((start, ""));
                let of_target = value.parse::<Arn>().is_ok_and(|arn| {
                    arn.service() == service
                        && arn.account() == target.account()
                        && arn.region() == target.region()
                        && arn.resource().strip_prefix(resource).is_some_and(is_plain)
                });
                (of_target, format!("an ARN of {start}… in the target's account and region"))
            }
            Self::Revision => {
                let plain = value.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
                (plain && (1..=64).contains(&value.len()), "the revision of an alias".to_owned())
            }
            Self::Deployment => {
                let id = value.strip_prefix("ecs-svc/").unwrap_or_default();
                (id.len() <= 64 && is_plain(id), "the id of a deployment: ecs-svc/…".to_owned())
            }
            Self::Weights => (
                weights(value).as_deref() == Some(value),
                "the weights of an alias: {}, or one version with its share".to_owned(),
            ),
        };
        if kept { Ok(()) } else { Err(expected) }
    }
}

/// The weights in an automation's output, which is a list of the maps that it found, as the parameter has
/// them: one map. `None` where they are no weights of an alias.
pub(super) fn weights(output: &str) -> Option<String> {
    let found: Value = serde_json::from_str(output).ok()?;
    let maps = match &found {
        Value::Array(maps) => maps.as_slice(),
        map => std::slice::from_ref(map),
    };
    let map = match maps {
        [] => return Some("{}".to_owned()),
        [Value::Object(map)] => map,
        _ => return None,
    };
    // An alias sends its traffic to two versions at the most.
    let kept = |(version, share): (&String, &Value)| {
        version.parse::<u64>().is_ok_and(|number| number >= 1 && number.to_string() == *version)
            && share.as_f64().is_some_and(|share| (0.0..=1.0).contains(&share))
    };
    (map.len() <= 1 && map.iter().all(kept)).then(|| Value::Object(map.clone()).to_string())
}

/// The characters of names and revisions; nothing that a shell, JSON or a template could misread.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_an_output_table() {
        for (output, expected) in [
            ("[]", Some("{}")),
            ("{}", Some("{}")),
            ("[{}]", Some("{}")),
            ("[{\"2\": 0.5}]", Some("{\"2\":0.5}")),
            ("{\"2\":0.05}", Some("{\"2\":0.05}")),
            ("[{\"2\":0.5},{\"3\":0.5}]", None),
            ("{\"2\":0.5,\"3\":0.5}", None),
            ("{\"02\":0.5}", None),
            ("{\"$LATEST\":0.5}", None),
            ("{\"2\":1.5}", None),
            ("{\"2\":\"0.5\"}", None),
            ("No output", None),
            ("", None),
        ] {
            assert_eq!(weights(output).as_deref(), expected, "{output}");
        }
    }
}
