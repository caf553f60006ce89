//! Finds ARNs in texts. Pure.

use common::Arn;

const MAX_ARN_CHARS: usize = 500;

/// Returns the ARNs that stand in `text` as words of their own, in order: between white space, commas, quotes and
/// brackets.
pub(crate) fn arns_in(text: &str) -> impl Iterator<Item = Arn> {
    text.split(|c: char| c.is_whitespace() || ",;\"'`()[]{}<>|".contains(c))
        // Of `resource:arn:aws:…`, as Datadog and Dynatrace write tags.
        .filter_map(|word| word.find("arn:").and_then(|at| word.get(at..)))
        .filter(|word| word.chars().count() <= MAX_ARN_CHARS)
        .filter_map(|word| word.trim_end_matches(['.', ':', '!', '?']).parse().ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn arns_in_texts() {
        const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:checkout:live";
        for (text, expected) in [
            (ARN.to_owned(), vec![ARN]),
            (format!("see <{ARN}>, and \"{ARN}\"."), vec![ARN, ARN]),
            (format!("resource:{ARN},env:prod"), vec![ARN]),
            (format!("It is {ARN}."), vec![ARN]),
            ("arn:aws".to_owned(), vec![]),
            ("barn: full".to_owned(), vec![]),
            (format!("{ARN}{}", "x".repeat(600)), vec![]),
        ] {
            let found: Vec<String> = arns_in(&text).map(|arn| arn.to_string()).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn arns_in_any_text_never_panics(text in any::<String>()) {
            prop_assert!(arns_in(&text).count() <= text.len());
        }
    }
}
