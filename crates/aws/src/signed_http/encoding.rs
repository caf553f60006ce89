//! Percent-encodes everything but RFC 3986's unreserved characters, as signatures need it.

use std::fmt::Write as _;

pub(super) fn percent(text: &str) -> String {
    encoded(text, "-_.~")
}

/// Encodes like [`percent`], but keeps the slashes that separate the parts of a key.
pub(super) fn percent_path(text: &str) -> String {
    encoded(text, "-_.~/")
}

fn encoded(text: &str, kept: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let letter = char::from(byte);
        if letter.is_ascii_alphanumeric() || kept.contains(letter) {
            encoded.push(letter);
        } else {
            // Writing to a String does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// `a=b&c=d`.
pub(super) fn pairs(pairs: &[(String, String)]) -> String {
    let pairs: Vec<_> =
        pairs.iter().map(|(key, value)| format!("{}={}", percent(key), percent(value))).collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_table() {
        for (text, expected) in
            [("plain-1_2.3~", "plain-1_2.3~"), ("a b/c", "a%20b%2Fc"), ("ü+&=", "%C3%BC%2B%26%3D"), ("", "")]
        {
            assert_eq!(percent(text), expected);
        }
        assert_eq!(percent_path("run books/a?b.md"), "run%20books/a%3Fb.md");
        assert_eq!(pairs(&[("a".into(), "1 2".into()), ("b".into(), "&".into())]), "a=1%202&b=%26");
    }
}
