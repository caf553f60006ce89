//! Builds the digest of everything that is known, as the model sees it: few words, ids to cite, and every
//! text that anybody may have written inside the fence. It says what was left out for lack of room.

mod changes;
mod engine_findings;
mod entry;
mod evidence;
mod incident;
mod logs;
mod metrics;
mod notes_and_precedents;
mod number;
mod ranking;
mod resource_states;
mod team_knowledge;

#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, fmt::Write as _};

use common::{Evidence, EvidenceId};

use self::entry::Entry;
use crate::{brief::Brief, bundle::Limits, fence::Fence, model_input::ComponentNames};

/// A text for the model, and the evidence that it shows, which may be cited.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Digest {
    pub(crate) text: String,
    pub(crate) shown: BTreeSet<EvidenceId>,
}

/// The digest of the brief, of at most `limits.digest_bytes` bytes beside what is needed in any case.
pub(crate) fn digest(brief: &Brief<'_>, fence: &Fence, names: ComponentNames<'_>, limits: &Limits) -> Digest {
    let mut entries = vec![
        incident::fence(fence),
        incident::incident(brief, fence),
        incident::components(names, brief, fence),
        incident::actions(brief),
    ];
    entries.extend(ranking::hypotheses(brief, fence, names));
    entries.extend(ranking::ruled_out(brief, fence, names));
    entries.extend(ranking::gaps(brief, fence));
    let mut evidence: Vec<&Evidence> = brief.evidence.iter().collect();
    evidence.sort_by_key(|one| (evidence::rank(&one.observed), one.observed_at, one.id.clone()));
    entries.extend(evidence.into_iter().map(|one| evidence::entry(one, fence, names)));
    entries.extend(team_knowledge::steering(brief, fence, limits.steering_bytes));
    let (texts, left_out) = team_knowledge::texts(brief, fence);
    entries.extend(texts);
    assemble(entries, limits.digest_bytes, left_out)
}

/// The digest of evidence that was read since, of at most `max_bytes` bytes.
pub(crate) fn gathered_digest<'a>(
    evidence: impl IntoIterator<Item = &'a Evidence>,
    fence: &Fence,
    names: ComponentNames<'_>,
    max_bytes: usize,
) -> Digest {
    assemble(evidence.into_iter().map(|one| evidence::entry(one, fence, names)).collect(), max_bytes, [])
}

/// Joins the entries in their order, as many as there is room for, and counts the others together with those that
/// were left out before.
fn assemble(
    entries: Vec<Entry>,
    max_bytes: usize,
    left_out: impl IntoIterator<Item = (&'static str, usize)>,
) -> Digest {
    let mut digest = Digest::default();
    let mut left_out: Vec<_> = left_out.into_iter().filter(|(_, count)| *count > 0).collect();
    for entry in entries {
        let length = digest.text.len().saturating_add(entry.text.len()).saturating_add(2);
        if length > max_bytes && !entry.needed {
            match left_out.iter_mut().find(|(kind, _)| *kind == entry.kind) {
                Some((_, count)) => *count = count.saturating_add(1),
                None => left_out.push((entry.kind, 1)),
            }
            continue;
        }
        if !digest.text.is_empty() {
            digest.text.push_str("\n\n");
        }
        digest.text.push_str(&entry.text);
        digest.shown.extend(entry.evidence);
    }
    if !left_out.is_empty() {
        let counts: Vec<_> = left_out.iter().map(|(kind, count)| format!("{count} × {kind}")).collect();
        // Writing to a string cannot fail.
        let _ = write!(digest.text, "\n\nLeft out, because there is no room: {}.", counts.join(", "));
    }
    digest
}
