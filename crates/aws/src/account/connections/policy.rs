//! Lists the resources that a policy's statements allow something on, each by its whole name.

use std::collections::BTreeSet;

use common::Arn;
use serde_json::Value;

/// Services whose permissions tell nothing of connections: everybody writes logs, and a role is no component.
const NOT_USED: [&str; 4] = ["iam", "logs", "sts", "cloudwatch"];

/// The resources that a policy's document names, percent-encoded or not. What is named with a wildcard or
/// a variable is nobody in particular.
pub(super) fn named(document: &str) -> Result<BTreeSet<Arn>, serde_json::Error> {
    let document: Value = serde_json::from_str(&decoded(document))?;
    let statements = one_or_many(document.get("Statement"));
    let allowed = statements.filter(|statement| {
        statement.get("Effect").and_then(Value::as_str).is_some_and(|effect| effect == "Allow")
    });
    Ok(allowed
        .flat_map(|statement| one_or_many(statement.get("Resource")))
        .filter_map(Value::as_str)
        .filter(|text| !text.contains(['*', '?', '$']))
        .filter_map(|text| text.parse::<Arn>().ok())
        .filter(|arn| !NOT_USED.contains(&arn.service()))
        .collect())
}

fn one_or_many(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (one, many) = match value {
        Some(Value::Array(many)) => (None, many.as_slice()),
        one => (one, [].as_slice()),
    };
    one.into_iter().chain(many)
}

/// IAM gives documents percent-encoded.
fn decoded(text: &str) -> String {
    if text.trim_start().starts_with('{') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        let digits = others.get(..2).filter(|_| *first == b'%');
        let code = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { others.get(2..).unwrap_or_default() } else { others };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(document: &str) -> Vec<String> {
        named(document).unwrap().iter().map(|arn| arn.to_string().replace("arn:aws:", "")).collect()
    }

    #[test]
    fn named_is_what_is_allowed_by_its_whole_name() {
        let document = r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "arn:aws:dynamodb:r:1:table/orders"},
            {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": [
                "arn:aws:sqs:r:1:orders", "arn:aws:sqs:r:1:orders-*", "arn:aws:s3:::b/${aws:username}", "*", 7
            ]},
            {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:sqs:r:1:secret"},
            {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::1:role/r"},
            {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:sqs:r:1:not"}
        ]}"#;
        assert_eq!(names(document), ["dynamodb:r:1:table/orders", "sqs:r:1:orders"]);
    }

    #[test]
    fn named_of_one_statement_that_is_encoded_is_read_too() {
        let document = "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Resource%22%3A%22arn%3Aaws%3Asns%3Ar%3A1%3At%22%7D%7D";
        assert_eq!(names(document), ["sns:r:1:t"]);
        assert!(named("no policy").is_err());
    }

    proptest! {
        #[test]
        fn named_any_text_is_an_answer_and_plain_text_survives_decoding(text in any::<String>(), plain in "[ -$&-z]{0,40}") {
            let _ = named(&text);
            prop_assert_eq!(decoded(&plain), plain);
        }
    }
}
