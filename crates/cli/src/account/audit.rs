//! `nightshift audit verify` checks that the audit trail is as it was written.

use common::{
    AuditRecord,
    audit::{Head, verify},
    ports::Ledger,
};
use serde::Serialize;

use crate::{
    Answer,
    account::{session, stack::Stack},
    arguments::{Format, HashPrefix},
    failure::Failure,
};

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Finding {
    intact: bool,
    records: usize,
    /// The last record's hash as the head holds it.
    head: Option<String>,
    /// The break in the chain, or the hash that is not in it.
    problem: Option<String>,
    /// The record with the hash that was asked for.
    asked_for: Option<u64>,
}

pub(crate) async fn run(stack: &str, head: Option<&HashPrefix>, format: Format) -> Result<Answer, Failure> {
    let config = session::load().await?;
    let store = Stack::find(&config, stack).await?.store(&config)?;
    let (records, kept_head) = store.chain().await?;
    let finding = examine(&records, kept_head.as_ref(), head);
    let answer = Answer::formatted(format, &finding, || for_people(&finding));
    Ok(Answer { success: finding.problem.is_none(), ..answer })
}

fn examine(records: &[AuditRecord], head: Option<&Head>, asked_for: Option<&HashPrefix>) -> Finding {
    let broken = verify(records, head).err().map(|broken| broken.to_string());
    let found = asked_for.and_then(|hash| records.iter().find(|record| hash.matches(&record.hash)));
    let absent = asked_for.filter(|_| found.is_none()).map(|hash| {
        format!("no record has the hash {}: it is mistyped, or the chain was rewritten", hash.as_str())
    });
    Finding {
        intact: broken.is_none(),
        records: records.len(),
        head: head.map(|head| head.hash.clone()),
        problem: broken.or(absent),
        asked_for: found.map(|record| record.sequence),
    }
}

fn for_people(finding: &Finding) -> String {
    if let Some(problem) = &finding.problem {
        return format!("BROKEN: {problem} ({} read)", counted(finding.records));
    }
    let head = finding.head.as_deref().unwrap_or("none yet");
    let asked_for = finding
        .asked_for
        .map(|sequence| format!("\nThe hash you gave is that of record {sequence}"))
        .unwrap_or_default();
    format!("Intact: {}, head {head}{asked_for}", counted(finding.records))
}

fn counted(records: usize) -> String {
    if records == 1 { "1 record".to_owned() } else { format!("{records} records") }
}

#[cfg(test)]
mod tests {
    use common::{AuditEntry, verification::VerificationResult};
    use fakes::{Faults, MemoryStore, sample};

    use super::*;

    async fn chain() -> (Vec<AuditRecord>, Option<Head>) {
        let store = MemoryStore::new(&Faults::default());
        for result in [VerificationResult::NotYet, VerificationResult::Recovered] {
            let entry = AuditEntry::Verified { attempt: 1, result, summary: "as seen".into() };
            store.append(sample::incident().id, sample::at(), &entry).await.unwrap();
        }
        store.chain().await.unwrap()
    }

    #[tokio::test]
    async fn examine_untouched_chain_is_intact_and_holds_the_hash() {
        let (records, head) = chain().await;
        let asked_for: HashPrefix = records[0].hash[..12].parse().unwrap();
        let finding = examine(&records, head.as_ref(), Some(&asked_for));
        assert_eq!((finding.intact, finding.records, finding.asked_for), (true, 2, Some(1)));
        let text = for_people(&finding);
        assert!(text.contains("2 records") && text.contains(&records[1].hash), "{text}");
    }

    #[tokio::test]
    async fn examine_edited_chain_says_where() {
        let (mut records, head) = chain().await;
        records[1].body = records[1].body.replace("recovered", "unchanged");
        let finding = examine(&records, head.as_ref(), None);
        assert!(!finding.intact);
        assert!(for_people(&finding).contains("record 2 was edited"));
    }

    #[tokio::test]
    async fn examine_unknown_hash_is_a_no_even_where_the_chain_holds() {
        let (records, head) = chain().await;
        let finding = examine(&records, head.as_ref(), Some(&"0123456789ab".parse().unwrap()));
        assert!(finding.intact && finding.problem.is_some());
    }

    #[test]
    fn examine_nothing_is_intact() {
        let finding = examine(&[], None, None);
        assert_eq!(for_people(&finding), "Intact: 0 records, head none yet");
    }
}
