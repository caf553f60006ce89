//! Lists the files in a folder and chooses those that are read.

use std::{collections::BTreeSet, path::Path};

use common::ports::PortError;
use roxmltree::Node;

use crate::{error::unreadable, signed_http::xml::document};

pub(super) const MOST_FILES: usize = 100;
/// The most bytes that are read of one file.
pub(super) const MOST_BYTES: usize = 16 * 1024;
const MOST_BYTES_IN_ALL: usize = 512 * 1024;
/// The file that is never left out: half a runbook misleads, the beginning of this one does not.
const STEERING: &str = "NIGHTSHIFT.md";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) key: String,
    bytes: usize,
}

impl Object {
    /// Returns the file's name without its folders.
    pub(super) fn name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or(&self.key)
    }

    /// Tells whether it may be read in part.
    pub(super) fn is_steering(&self) -> bool {
        self.name() == STEERING
    }

    /// Tells whether it is longer than what is read of a file.
    pub(super) const fn is_too_long(&self) -> bool {
        self.bytes > MOST_BYTES
    }

    fn depth(&self) -> usize {
        self.key.matches('/').count()
    }
}

/// A page, or all of them.
#[derive(Debug, Default)]
pub(super) struct ObjectListing {
    pub(super) objects: Vec<Object>,
    pub(super) next: Option<String>,
    pub(super) more: bool,
}

pub(super) fn parse(answer: &str) -> Result<ObjectListing, PortError> {
    const OPERATION: &str = "ListObjectsV2";
    let document = document(answer, OPERATION)?;
    let root = document.root_element();
    if root.tag_name().name() != "ListBucketResult" {
        return Err(unreadable(OPERATION, "expected ListBucketResult"));
    }
    let field = |node: Node<'_, '_>, name: &str| {
        let child = node.children().find(|child| child.tag_name().name() == name);
        child.and_then(|child| child.text()).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let mut objects = Vec::new();
    for contents in root.children().filter(|node| node.tag_name().name() == "Contents") {
        let bytes = field(contents, "Size").and_then(|size| size.parse().ok());
        let (Some(key), Some(bytes)) = (field(contents, "Key"), bytes) else {
            return Err(unreadable(OPERATION, "an object without Key or Size"));
        };
        objects.push(Object { key, bytes });
    }
    Ok(ObjectListing { objects, next: field(root, "NextContinuationToken"), more: false })
}

/// The Markdown files that fit, in the order of their keys, and what does not. The outermost
/// `NIGHTSHIFT.md` comes first, whatever its length.
pub(super) fn choose(mut objects: Vec<Object>) -> (Vec<Object>, Vec<String>) {
    let (mut chosen, mut left_out) = (Vec::new(), Vec::new());
    let mut names = BTreeSet::new();
    let mut sum = 0usize;
    let is_markdown = |object: &Object| {
        Path::new(object.name()).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("md"))
    };
    objects.sort_by_key(|object| if object.is_steering() { (false, object.depth()) } else { (true, 0) });
    for object in objects.into_iter().filter(is_markdown) {
        let after = sum.saturating_add(object.bytes.min(MOST_BYTES));
        let name = object.name().to_owned();
        if object.is_too_long() && !object.is_steering() {
            left_out.push(format!("{name}: {} bytes", object.bytes));
        } else if chosen.len() >= MOST_FILES || after > MOST_BYTES_IN_ALL {
            left_out.push(format!("{name}: too many files"));
        } else if !names.insert(name.clone()) {
            left_out.push(format!("{}: there is another {name}", object.key));
        } else {
            sum = after;
            chosen.push(object);
        }
    }
    (chosen, left_out)
}

#[cfg(test)]
mod tests {
    use common::ports::PortErrorKind;
    use proptest::prelude::*;

    use super::*;

    fn object(key: &str, bytes: usize) -> Object {
        Object { key: key.to_owned(), bytes }
    }

    #[test]
    fn choose_takes_markdown_that_fits_each_name_once() {
        let (chosen, left_out) = choose(vec![
            object("a/x.md", 10),
            object("b/x.md", 10),
            object("b/y.txt", 10),
            object("b/z.md", MOST_BYTES + 1),
        ]);
        assert_eq!(chosen, [object("a/x.md", 10)]);
        assert_eq!(left_out, ["b/x.md: there is another x.md", "z.md: 16385 bytes"]);
    }

    #[test]
    fn choose_takes_the_outermost_steering_first_and_however_long() {
        let mut objects: Vec<_> = (0..MOST_FILES).map(|n| object(&format!("a/{n}.md"), 10)).collect();
        objects.push(object("a/b/NIGHTSHIFT.md", 10));
        objects.push(object("a/NIGHTSHIFT.md", usize::MAX));
        let (chosen, left_out) = choose(objects);
        assert_eq!(chosen[0].key, "a/NIGHTSHIFT.md");
        assert_eq!(left_out, ["a/b/NIGHTSHIFT.md: there is another NIGHTSHIFT.md", "99.md: too many files"]);
    }

    #[test]
    fn listing_without_keys_or_of_something_else_is_invalid() {
        for answer in [
            "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
            "<ListBucketResult><Contents><Key>a</Key><Size>x</Size></Contents></ListBucketResult>",
            "<Error/>",
            "{}",
        ] {
            assert_eq!(parse(answer).unwrap_err().kind, PortErrorKind::Invalid, "{answer}");
        }
        let listed =
            parse("<ListBucketResult><NextContinuationToken>t</NextContinuationToken></ListBucketResult>");
        assert_eq!(listed.unwrap().next.as_deref(), Some("t"));
    }

    proptest! {
        #[test]
        fn choose_any_files_stay_within_what_is_read(
            files in prop::collection::vec(("[a-c]/([a-z]{1,3}|NIGHTSHIFT)\\.md", 0usize..20_000), 0..130),
        ) {
            let (chosen, left_out) = choose(files.iter().map(|(key, bytes)| object(key, *bytes)).collect());
            prop_assert!(chosen.len() <= MOST_FILES);
            prop_assert!(chosen.iter().map(|object| object.bytes.min(MOST_BYTES)).sum::<usize>() <= MOST_BYTES_IN_ALL);
            prop_assert_eq!(chosen.len() + left_out.len(), files.len());
        }
    }
}
