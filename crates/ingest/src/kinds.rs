//! Finds the row of an event's kind. The rows of a source are parsed when its first event comes.

use std::sync::OnceLock;

use crate::kind_table::{KindRow, SourceKinds, matches};

/// Each source with its kinds as JSON, sorted by source: `build.rs` writes it from `kinds/*.toml`.
const SOURCES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sources.rs"));

static PARSED: [OnceLock<SourceKinds>; SOURCES.len()] = [const { OnceLock::new() }; SOURCES.len()];

/// The entry that the table has for a source and detail type.
#[derive(Debug)]
pub(crate) enum KnownKind {
    Row(&'static KindRow),
    /// The reason why every event of the source is ignored.
    Ignored(&'static str),
}

/// Returns what the table says of the kind, or `None` where it does not have it.
pub(crate) fn find(source: &str, detail_type: &str) -> Option<KnownKind> {
    // An event that CloudTrail forwards comes under the source of the service that was called.
    let forwarded = detail_type.ends_with(" via CloudTrail");
    let kinds = source_kinds(if forwarded { EVERY_SERVICE } else { source })?;
    let row =
        kinds.kinds.iter().find(|row| row.detail_types.iter().any(|pattern| matches(pattern, detail_type)));
    row.map(KnownKind::Row).or_else(|| kinds.all_others_ignored.as_deref().map(KnownKind::Ignored))
}

/// The source under which the table has the kinds that CloudTrail forwards in the name of every service.
pub(crate) const EVERY_SERVICE: &str = "aws.*";

/// Returns the names of all sources in the table.
#[cfg(test)]
pub(crate) fn sources() -> impl Iterator<Item = &'static str> {
    SOURCES.iter().map(|(source, _)| *source)
}

/// Returns the kinds of a source.
pub(crate) fn source_kinds(source: &str) -> Option<&'static SourceKinds> {
    let at = SOURCES.binary_search_by_key(&source, |(name, _)| *name).ok()?;
    let (json, parsed) = (SOURCES.get(at)?.1, PARSED.get(at)?);
    // `build.rs` wrote it by the same types, and a test parses each.
    Some(parsed.get_or_init(|| serde_json::from_str(json).unwrap_or_default()))
}
