//! Parses a folder in a bucket, as the team writes it in the configuration.

use std::{fmt, str::FromStr};

/// `s3://bucket/prefix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    bucket: String,
    prefix: String,
}

/// A text that is no folder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no folder in S3: expected s3://bucket/prefix")]
pub struct InvalidFolder(pub String);

impl Folder {
    pub(super) fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Empty, or with a slash at its end: `runbooks` is not `runbooks-old`.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl FromStr for Folder {
    type Err = InvalidFolder;

    fn from_str(text: &str) -> Result<Self, InvalidFolder> {
        let invalid = || InvalidFolder(text.to_owned());
        let rest = text.strip_prefix("s3://").ok_or_else(invalid)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_name =
            |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || ".-".contains(letter);
        let edge = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
        let is_bucket = (3..=63).contains(&bucket.len())
            && bucket.chars().all(is_name)
            && edge(bucket.chars().next())
            && edge(bucket.chars().last());
        if !is_bucket || prefix.chars().any(char::is_control) {
            return Err(invalid());
        }
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self { bucket: bucket.to_owned(), prefix })
    }
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folder_table() {
        for (text, expected) in [
            ("s3://team-knowledge/run/books/", Some(("team-knowledge", "run/books/"))),
            ("s3://team-knowledge/runbooks", Some(("team-knowledge", "runbooks/"))),
            ("s3://team-knowledge", Some(("team-knowledge", ""))),
            ("s3://Team/x", None),
            ("s3://../x", None),
            ("s3:///x", None),
            ("https://team/x", None),
            ("s3://team/\n", None),
            ("", None),
        ] {
            let folder = text.parse::<Folder>().ok();
            assert_eq!(folder.as_ref().map(|folder| (folder.bucket(), folder.prefix())), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn folder_any_text_is_one_or_none_and_stays_so(text in "(s3://)?.{0,60}") {
            if let Ok(folder) = text.parse::<Folder>() {
                prop_assert_eq!(folder.to_string().parse::<Folder>(), Ok(folder));
            }
        }
    }
}
