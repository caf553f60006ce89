//! Takes what looks like a secret out of text that a program wrote, before it is kept or shown. It knows
//! the usual spellings and no more: text from outside stays text that may hold secrets.

use std::collections::BTreeMap;

/// Stands where something was.
const MASK: &str = "[masked]";

/// What follows one of these is a secret.
const ANNOUNCED_BY: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "secretkey",
    "clientsecret",
    "token",
    "accesstoken",
    "refreshtoken",
    "sessiontoken",
    "apikey",
    "accesskey",
    "privatekey",
    "authorization",
    "bearer",
    "basic",
    "credential",
    "credentials",
    "cookie",
    "signature",
];

/// Words that begin like this are secrets by themselves: keys of Stripe, GitHub, Slack, GitLab and AWS,
/// and JSON web tokens.
const BEGINNINGS: &[&str] = &[
    "sk_",
    "pk_",
    "rk_",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "github_pat_",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "glpat-",
    "AKIA",
    "ASIA",
    "eyJ",
];
/// Shorter words that begin so are words.
const SHORTEST: usize = 12;

/// Text with what looked like a secret replaced, and how often what kind of secret that was.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Masked {
    pub text: String,
    pub found: BTreeMap<&'static str, u32>,
}

/// `text` with what looks like a secret replaced.
pub fn masked(text: &str) -> String {
    mask(text).text
}

/// As [`masked`], and what was replaced.
pub fn mask(text: &str) -> Masked {
    let mut found = BTreeMap::new();
    let mut shown = String::with_capacity(text.len());
    let mut announced = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |letter: char| letter.is_alphanumeric() || "_-.+/~*<>".contains(letter);
        let end = if is_word(first) {
            rest.find(|letter: char| !is_word(letter)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(end);
        rest = after;
        if !is_word(first) {
            // A value may follow after a colon, an equals sign, quotes or a space, and ends with its line.
            announced &= !matches!(first, ',' | ';' | '\n' | '&');
            shown.push_str(word);
            continue;
        }
        let key: String = word.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let is_key = ANNOUNCED_BY.iter().any(|announcement| key.ends_with(announcement));
        let is_secret =
            word.len() >= SHORTEST && BEGINNINGS.iter().any(|beginning| word.starts_with(beginning));
        let hidden = is_secret || (announced && !is_key);
        if hidden {
            let count: &mut u32 = found.entry("secret").or_default();
            *count = count.saturating_add(1);
        }
        shown.push_str(if hidden { MASK } else { word });
        announced = is_key;
    }
    Masked { text: shown, found }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn masked_table() {
        for (text, expected) in [
            ("Authorization: Bearer abcDEF123", "Authorization: Bearer [masked]"),
            ("password=swordfish&user=jane", "password=[masked]&user=jane"),
            (r#"{"client_secret": "s3cr3t", "id": 7}"#, r#"{"client_secret": "[masked]", "id": 7}"#),
            ("charged with sk_live_abcdefghijklmnop today", "charged with [masked] today"),
            ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.c2ln", "jwt [masked]"),
            ("AKIAIOSFODNN7EXAMPLE was refused", "[masked] was refused"),
            ("X-Api-Key: 12 tries", "X-Api-Key: [masked] tries"),
            ("the token, it expired", "the token, it expired"),
            ("KeyError: 'prices'", "KeyError: 'prices'"),
            ("task <*> timed out after <*> ms", "task <*> timed out after <*> ms"),
            ("", ""),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    proptest! {
        #[test]
        fn masked_any_text_twice_is_as_once_and_holds_no_announced_word(
            text in ".{0,200}", secret in "[a-z0-9]{4,20}",
        ) {
            let once = masked(&text);
            prop_assert_eq!(masked(&once), once.clone());
            let said = masked(&format!("password: {secret}"));
            prop_assert_eq!(said, "password: [masked]");
        }
    }
}
