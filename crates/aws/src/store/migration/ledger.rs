//! Makes a chain an incident of the ledger of the first version, which was one chain for all.
//!
//! The old records stay where they are, under `AUDIT`: they carry the old hashes. Their copies by incident, which nobody
//! verified, go.

use std::collections::BTreeMap;

use common::{
    AuditEntry, AuditRecord, IncidentId,
    audit::{AuditBody, readable_bodies},
    chain,
    ports::{Ledger as _, PortError},
};
use jiff::Timestamp;
use serde::Deserialize;

use super::{EndedIncidents, Migrated};
use crate::{
    error::failed,
    store::{DynamoStore, item::text, key::Key, write::contended},
};

const OLD_LEDGER: &str = "AUDIT";
const OLD_TIMELINE: &str = "TIMELINE";

/// The end of the old chain.
#[derive(Debug, Deserialize)]
struct Head {
    sequence: u64,
    hash: String,
}

impl DynamoStore {
    /// Makes the chains of the incidents that have ended.
    pub(super) async fn migrate_ledger(
        &self,
        now: Timestamp,
        ended: &mut EndedIncidents,
        migrated: &mut Migrated,
    ) -> Result<(), PortError> {
        let old: Vec<AuditRecord> = self.items(OLD_LEDGER, Some("sk < :head"), &[(":head", "HEAD")]).await?;
        if let Some(broken) = self.broken(&old).await? {
            migrated.blocked.push(format!("{OLD_LEDGER}: {broken}, so its records were left as they are"));
            return Ok(());
        }
        for (incident, records) in by_incident(old) {
            if !self.has_ended_known(&incident.to_string(), ended).await? {
                migrated.open.insert(incident);
                continue;
            }
            self.migrate_chain(now, incident, records, migrated).await?;
            self.delete_copies(incident).await?;
        }
        Ok(())
    }

    /// Returns what is wrong with the old chain.
    async fn broken(&self, old: &[AuditRecord]) -> Result<Option<String>, PortError> {
        if let Err(broken) = chain::verify_links(old) {
            return Ok(Some(broken.to_string()));
        }
        let head: Option<Head> = self.get(&Key::from_parts(OLD_LEDGER.to_owned(), "HEAD".to_owned())).await?;
        let last = old.last().map(|record| (record.sequence, record.hash.clone()));
        Ok(if head.map(|head| (head.sequence, head.hash)) == last {
            None
        } else {
            Some("its last record is not the one that its head names".to_owned())
        })
    }

    /// Makes the chain of an incident that has ended, unless that was done.
    async fn migrate_chain(
        &self,
        now: Timestamp,
        incident: IncidentId,
        old: Vec<AuditRecord>,
        migrated: &mut Migrated,
    ) -> Result<(), PortError> {
        let (Some(first), Some(last)) = (old.first(), old.last()) else { return Ok(()) };
        let entry =
            AuditEntry::Migrated { first: first.sequence, last: last.sequence, hash: last.hash.clone() };
        let mut chain: Vec<AuditRecord> = Vec::new();
        for record in old {
            chain.push(AuditRecord::following_as(chain.last(), record.body));
        }
        let stored = self.timeline(incident).await?;
        if readable_bodies(&stored).any(|body| body.entry == entry) {
            return Ok(());
        }
        if !chain.starts_with(&stored) {
            // It has records of its own already: the old ones stay under `AUDIT`, and a record says where.
            self.append(incident, now, &entry).await?;
            migrated.moved = migrated.moved.saturating_add(1);
            return Ok(());
        }
        chain.push(AuditRecord::following(
            chain.last(),
            &AuditBody { at: now, incident_id: incident, entry, kept_until: None },
        ));
        for record in chain.iter().skip(stored.len()) {
            if !self.put_record(incident, record).await? {
                return Err(contended(format!("moving the records of incident {incident}")));
            }
            migrated.moved = migrated.moved.saturating_add(1);
        }
        Ok(())
    }

    async fn delete_copies(&self, incident: IncidentId) -> Result<(), PortError> {
        for (pk, prefix) in
            [(format!("{OLD_TIMELINE}#{incident}"), ""), (format!("INCIDENT#{incident}"), "TIMELINE#")]
        {
            for record in self.copies_of(&pk, prefix).await? {
                let key = Key::from_parts(pk.clone(), format!("{prefix}{record:012}"));
                let delete = self.client.delete_item().table_name(&self.table);
                let deleted = delete.set_key(Some(key.to_attributes())).send().await;
                deleted.map_err(|error| failed(format!("DeleteItem {key}"), error))?;
            }
        }
        Ok(())
    }

    /// Returns the numbers of the old records of which there are copies under `pk`.
    async fn copies_of(&self, pk: &str, prefix: &str) -> Result<Vec<u64>, PortError> {
        #[derive(Deserialize)]
        struct Copy {
            sequence: u64,
        }
        let operation = || format!("Query {pk} copies of the ledger");
        let (from, to) = (format!("{prefix}0"), format!("{prefix}:"));
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":to", text(to))
            .projection_expression("#sequence")
            .expression_attribute_names("#sequence", "sequence");
        let copies: Vec<Copy> = self.pages(query, usize::MAX, operation).await?;
        Ok(copies.into_iter().map(|copy| copy.sequence).collect())
    }
}

/// The old records of each incident, in their order. One that cannot be read belongs to none, and stays.
fn by_incident(old: Vec<AuditRecord>) -> BTreeMap<IncidentId, Vec<AuditRecord>> {
    let mut chains: BTreeMap<IncidentId, Vec<AuditRecord>> = BTreeMap::new();
    for record in old {
        if let Some(incident) = chain::incident_of(&record) {
            chains.entry(incident).or_default().push(record);
        }
    }
    chains
}
