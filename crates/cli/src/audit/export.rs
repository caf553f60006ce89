//! `nightshift audit export` writes the ledger for an auditor: what was decided, by whom or what, on which facts, under which
//! policies, and what happened.

use std::fmt::Write as _;

use aws::store::DynamoStore;
use common::{AuditEntry, AuditRecord, IncidentId, chain, ports::Ledger as _};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::stored::StoredLedger;
use crate::{
    Answer,
    account::{session, stack::Stack},
    arguments::{Format, IncidentSelector},
    failure::Failure,
    incidents::{find, show::timeline_text::sentence},
    output::plain,
};

/// One line of the export.
#[derive(Debug, Serialize)]
struct Line<'a> {
    incident_id: IncidentId,
    sequence: u64,
    /// The content as it was recorded, or its text where it is not JSON.
    body: Value,
    previous: &'a str,
    hash: &'a str,
}

pub(super) async fn run(
    stack: &str,
    incident: Option<&IncidentSelector>,
    format: Format,
) -> Result<Answer, Failure> {
    let config = session::load().await?;
    let store = Stack::find(&config, stack).await?.store(&config)?;
    let mut chains = Vec::new();
    for id in ids(&store, incident).await? {
        chains.push((id, store.timeline(id).await?));
    }
    let broken = chains.iter().any(|(id, records)| chain::verify(*id, records).is_err());
    let text = match format {
        Format::Json => lines(&chains),
        Format::Table => report(&chains),
    };
    Ok(Answer { text, success: !broken })
}

/// Oldest first.
async fn ids(store: &DynamoStore, incident: Option<&IncidentSelector>) -> Result<Vec<IncidentId>, Failure> {
    if let Some(choice) = incident {
        return Ok(vec![find::id(store, choice).await?]);
    }
    // An incident expires; what the log has of it does not.
    Ok(StoredLedger::of_table(store).await?.chains.into_keys().collect())
}

fn lines(chains: &[(IncidentId, Vec<AuditRecord>)]) -> String {
    let line = |(id, record): (IncidentId, &AuditRecord)| {
        let AuditRecord { sequence, body, previous, hash } = record;
        let body = serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.clone()));
        let line = Line { incident_id: id, sequence: *sequence, body, previous, hash };
        // Plain data always has a JSON form.
        serde_json::to_string(&line).unwrap_or_default()
    };
    let records = chains.iter().flat_map(|(id, records)| records.iter().map(|record| (*id, record)));
    records.map(line).collect::<Vec<_>>().join("\n")
}

fn report(chains: &[(IncidentId, Vec<AuditRecord>)]) -> String {
    let mut text = String::new();
    for (id, records) in chains.iter().filter(|(_, records)| !records.is_empty()) {
        let state = match chain::verify(*id, records) {
            Ok(()) => "chain intact".to_owned(),
            Err(broken) => format!("CHAIN BROKEN: {broken}"),
        };
        let last = records.last().map_or("", |record| record.hash.as_str());
        // Writing into a string does not fail.
        let _ = writeln!(text, "Incident {id}: {} records, {state}, last hash {last}", records.len());
        for record in records {
            text.push_str(&described(record));
        }
        text.push('\n');
    }
    if text.is_empty() { "No records".to_owned() } else { text }
}

fn described(record: &AuditRecord) -> String {
    let Ok(body) = record.parse_body() else {
        return plain::hanging(
            &format!("{:>4}  ", record.sequence),
            "of another version, cannot be read by this one",
            2,
            30,
        );
    };
    let mut text = said(record.sequence, body.at, &sentence(&body.entry));
    if let AuditEntry::Judged { verdict, .. } = &body.entry {
        for policy in &verdict.policies {
            text.push_str(&plain::hanging("policy ", &format!("{}: {}", policy.id, policy.why), 30, 32));
        }
        for (fact, value) in verdict.facts.as_object().into_iter().flatten() {
            text.push_str(&plain::hanging("fact ", &format!("{fact} = {value}"), 30, 32));
        }
    }
    text
}

fn said(sequence: u64, at: Timestamp, sentence: &str) -> String {
    plain::hanging(&format!("{sequence:>4}  {:<20}  ", plain::date_time(at)), sentence, 2, 30)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incidents::show::test_incident;

    async fn chains() -> Vec<(IncidentId, Vec<AuditRecord>)> {
        vec![(test_incident::incident().id, test_incident::records().await)]
    }

    #[tokio::test]
    async fn lines_hold_every_record_so_that_its_hash_can_be_taken_again() {
        let chains = chains().await;
        let text = lines(&chains);
        assert_eq!(text.lines().count(), chains[0].1.len());
        for (line, record) in text.lines().zip(&chains[0].1) {
            let line: Value = serde_json::from_str(line).unwrap();
            assert_eq!(line["hash"], record.hash.as_str());
            assert_eq!(line["body"], serde_json::from_str::<Value>(&record.body).unwrap());
        }
    }

    #[tokio::test]
    async fn report_says_who_decided_under_which_policies_on_which_facts_and_what_happened() {
        // As it is read: lines are broken anywhere.
        let text = report(&chains().await).split_whitespace().collect::<Vec<_>>().join(" ");
        for part in [
            "chain intact",
            "assumed-role/oncall/ada",
            "policy supervised-asks: In supervised mode every action asks a human first.",
            "fact confidence_percent = ",
            "resolved by Nightshift",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(report(&[]), "No records");
    }

    #[tokio::test]
    async fn report_of_a_broken_chain_says_where_it_breaks_and_what_cannot_be_read() {
        let mut chains = chains().await;
        chains[0].1[0].body = "{}".to_owned();
        let text = report(&chains);
        assert!(text.contains("CHAIN BROKEN: record 1 was edited"), "{text}");
        assert!(text.contains("cannot be read by this one"), "{text}");
    }
}
