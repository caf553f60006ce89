//! `nightshift audit repair` has the log take in what nothing says it has to.
//!
//! A chain has no head that could be lost: its last record is it. The log has none either: its last batch is it. What can
//! be lost is the mark that a chain has grown, and that is rebuilt from the chains and the log. The mark of a chain that was
//! cut keeps it from being taken in until a person has seen it, who says so with this command.

use std::collections::BTreeMap;

use aws::store::DynamoStore;
use common::IncidentId;
use serde::Serialize;
use transparency::{GrownChain, ports::LogStore as _};

use super::stored::StoredLedger;
use crate::{
    Answer,
    account::{session, stack::Stack},
    arguments::Format,
    failure::Failure,
};

#[derive(Debug, Serialize)]
struct Repaired {
    marked: Vec<GrownChain>,
}

pub(super) async fn run(stack: &str, format: Format) -> Result<Answer, Failure> {
    let config = session::load().await?;
    let store: DynamoStore = Stack::find(&config, stack).await?.store(&config)?;
    let marked = to_mark(&StoredLedger::of_table(&store).await?);
    for chain in &marked {
        store.mark_grown(chain).await?;
    }
    let repaired = Repaired { marked };
    Ok(Answer::formatted(format, &repaired, || for_people(&repaired.marked)))
}

/// Returns the marks to write: of chains that have grown since the log took them in without being marked, and of chains that
/// were cut, whose mark says more than there is.
fn to_mark(stored: &StoredLedger) -> Vec<GrownChain> {
    let mut through: BTreeMap<IncidentId, u64> = BTreeMap::new();
    for leaf in stored.batches.iter().flat_map(|batch| &batch.leaves) {
        let known = through.entry(leaf.incident_id).or_default();
        *known = leaf.sequence.max(*known);
    }
    let mark_of = |grown: &[GrownChain], id: &IncidentId| {
        grown.iter().find(|grown| grown.incident_id == *id).map(|grown| grown.sequence)
    };
    let last = stored.chains.iter().filter_map(|(id, records)| Some((*id, records.last()?.sequence)));
    last.filter(|(id, last)| match mark_of(&stored.grown, id) {
        None => *last > through.get(id).copied().unwrap_or(0),
        // One that grew while it was read is not cut.
        Some(_) => mark_of(&stored.grown_before, id).is_some_and(|marked| marked > *last),
    })
    .map(|(incident_id, sequence)| GrownChain { incident_id, sequence })
    .collect()
}

fn for_people(marked: &[GrownChain]) -> String {
    if marked.is_empty() {
        return "Nothing to repair: every chain is in the log, or marked to be taken in".to_owned();
    }
    let line = |chain: &GrownChain| {
        format!(
            "incident {}: marked to be taken in up to record {}, its last",
            chain.incident_id, chain.sequence
        )
    };
    let lines: Vec<_> = marked.iter().map(line).collect();
    format!("{}\nThe log takes them in within five minutes", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use common::AuditRecord;
    use fakes::sample;
    use transparency::Batch;

    use super::*;

    fn stored(records: u64, logged: u64, marked: Option<u64>) -> StoredLedger {
        let id = sample::incident().id;
        let mut chain: Vec<AuditRecord> = Vec::new();
        for number in 0..records {
            chain.push(AuditRecord::following_as(chain.last(), number.to_string()));
        }
        let leaves = chain.iter().filter(|record| record.sequence == logged);
        let leaves = leaves.map(|record| transparency::Leaf::new(id, record)).collect();
        let marks: Vec<_> =
            marked.map(|sequence| GrownChain { incident_id: id, sequence }).into_iter().collect();
        StoredLedger {
            chains: [(id, chain)].into(),
            batches: vec![Batch {
                first: 0,
                leaves,
                frontier: transparency::Frontier::default(),
                checkpoint: String::new(),
            }],
            grown_before: marks.clone(),
            grown: marks,
            leaves_before: logged,
        }
    }

    #[test]
    fn to_mark_is_what_grew_and_nothing_marks_and_what_was_cut() {
        for (records, logged, marked, expected) in [
            (3, 3, None, None),
            (3, 2, None, Some(3)),
            (3, 0, None, Some(3)),
            (3, 2, Some(3), None),
            (3, 2, Some(5), Some(3)),
            (0, 0, None, None),
        ] {
            let found = to_mark(&stored(records, logged, marked));
            let found = found.first().map(|chain| chain.sequence);
            assert_eq!(found, expected, "{records} records, {logged} logged, {marked:?} marked");
        }
    }

    #[test]
    fn for_people_says_what_was_rebuilt_from_what() {
        assert!(for_people(&[]).starts_with("Nothing to repair"));
        let text = for_people(&to_mark(&stored(2, 1, None)));
        assert!(text.contains("up to record 2") && text.contains("five minutes"), "{text}");
    }
}
