//! Finds parameters that a function's environment names.

use common::{Arn, ResourceKind};

/// Tells whether any of `values` is, or contains as a whole word, the parameter's name or ARN.
pub(super) fn names(values: &[&str], parameter: &Arn) -> bool {
    let ResourceKind::Parameter { name } = parameter.kind() else {
        return false;
    };
    let arn = parameter.to_string();
    values.iter().any(|value| contains(value, &name) || contains(value, &arn))
}

/// Tells whether one of `values` is the whole name of a table, a bucket, a queue, a topic, a stream or a secret: as a part of
/// a longer text a name may be any word.
pub(super) fn is_named(values: &[&str], resource: &Arn) -> bool {
    let path = resource.resource();
    let name = match resource.service() {
        "dynamodb" => path.strip_prefix("table/"),
        "kinesis" => path.strip_prefix("stream/"),
        "secretsmanager" => path.strip_prefix("secret:").and_then(|name| Some(name.rsplit_once('-')?.0)),
        "s3" | "sqs" | "sns" => Some(path),
        _ => None,
    };
    name.is_some_and(|name| values.contains(&name))
}

/// A match that goes on as a name could is of another, longer name.
fn contains(value: &str, word: &str) -> bool {
    value.match_indices(word).any(|(at, _)| {
        let before = value.get(..at).and_then(|text| text.chars().next_back());
        let after = value.get(at.saturating_add(word.len())..).and_then(|text| text.chars().next());
        !before.is_some_and(continues) && !after.is_some_and(continues)
    })
}

fn continues(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_.-/".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_whole_names_only() {
        let limit: Arn = "arn:aws:ssm:eu-west-1:1:parameter/shop/limit".parse().unwrap();
        for (value, expected) in [
            ("/shop/limit", true),
            (r#"{"limit": "/shop/limit"}"#, true),
            ("/shop/rate,/shop/limit", true),
            ("{{resolve:ssm:/shop/limit:3}}", true),
            ("arn:aws:ssm:eu-west-1:1:parameter/shop/limit", true),
            ("/shop/limit2", false),
            ("/shop/limit/max", false),
            ("/my/shop/limit", false),
            ("arn:aws:ssm:us-east-1:1:parameter/shop/limit", false),
            ("limit", false),
            ("", false),
        ] {
            assert_eq!(names(&["other", value], &limit), expected, "{value}");
        }
    }

    #[test]
    fn names_of_what_is_no_parameter_is_false() {
        assert!(!names(&["arn:aws:s3:::b"], &"arn:aws:s3:::b".parse().unwrap()));
    }
}
