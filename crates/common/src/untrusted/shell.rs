//! Quotes words for a shell: names come from outside.

/// Returns `text` as a shell takes it for one word, whatever is in it.
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn word_is_quoted_where_a_shell_would_split_or_run_it() {
        for (text, expected) in [
            ("plain-1", "plain-1"),
            ("/shop/limit:1", "/shop/limit:1"),
            ("", "''"),
            ("a b", "'a b'"),
            ("é", "'é'"),
            ("it's $(rm)", r"'it'\''s $(rm)'"),
            ("x';rm -rf /;'", r"'x'\'';rm -rf /;'\'''"),
        ] {
            assert_eq!(word(text), expected);
        }
    }

    proptest! {
        /// Only plain characters stand outside of quotes.
        #[test]
        fn word_of_any_text_is_one_word(text in any::<String>()) {
            let word = word(&text);
            let mut quoted = false;
            let mut letters = word.chars();
            while let Some(letter) = letters.next() {
                match letter {
                    '\'' => quoted = !quoted,
                    '\\' if !quoted => prop_assert_eq!(letters.next(), Some('\'')),
                    other => prop_assert!(quoted || other.is_ascii_alphanumeric() || "-_./:=@,+".contains(other)),
                }
            }
            prop_assert!(!quoted && !word.is_empty());
        }
    }
}
