//! Moves the items of a table of the first version to the keys of this one.
//!
//! The first version had all items of an incident in the partition `INCIDENT#<id>`, and the closure of a breaker beside
//! the runs of its action. Each item is moved in a transaction of its own, so that it is always under one of its keys;
//! a move that died is finished by the next one. The items of an incident that has not ended stay where they are. The
//! ledger was one chain: [`ledger`] makes one an incident of it.

mod ledger;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use common::{
    Approval, ApprovalDecision, Incident, IncidentId,
    ports::{PortError, PortErrorKind},
};

use jiff::Timestamp;

use super::{
    DynamoStore,
    approvals::{StoredDecision, StoredRequest},
    item::{EXPIRES_AT, Item, from_item},
    key::{
        APPROVAL, BREAKER, CLOSURE, DELIVERY, DIAGNOSIS, EVIDENCE, INCIDENT, Key, LEASE, PLAN, PRELIMINARY,
        REASONING, VERIFICATION,
    },
    retention::seconds,
    write::{Transacted, contended, incomplete, insist},
};
use crate::error::failed;

const TRIES: usize = 6;

/// The result of a migration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migrated {
    /// Items that were moved.
    pub moved: usize,
    /// Incidents that have not ended, whose items were not moved.
    pub open: BTreeSet<IncidentId>,
    /// Old items, each as `partition/sort key`, that were not moved, with the reason.
    pub blocked: Vec<String>,
}

/// The incidents that were looked at, each with whether it has ended.
type EndedIncidents = BTreeMap<String, bool>;

/// The new place of an item of the first version.
#[derive(Debug, Clone, PartialEq, Eq)]
struct NewPlace {
    kind: &'static str,
    pk: String,
    sk: String,
    /// The incident that must have ended before the item is moved.
    incident: Option<String>,
}

/// Returns the new place of the item with these keys; `None` where it stays.
fn new_place(pk: &str, sk: &str) -> Option<NewPlace> {
    if let Some(id) = pk.strip_prefix("INCIDENT#") {
        let (kind, rest) = if sk == PRELIMINARY { (DIAGNOSIS, sk) } else { sk.split_once('#')? };
        let kinds = [EVIDENCE, DIAGNOSIS, REASONING, PLAN, APPROVAL, LEASE, VERIFICATION, DELIVERY];
        let kind = kinds.into_iter().find(|known| *known == kind)?;
        let pk = format!("{kind}#{id}");
        return Some(NewPlace { kind, pk, sk: rest.to_owned(), incident: Some(id.to_owned()) });
    }
    let action = pk.strip_prefix("ACTIONS#ACTION#").filter(|_| sk == CLOSURE)?;
    Some(NewPlace { kind: BREAKER, pk: format!("{BREAKER}#{action}"), sk: sk.to_owned(), incident: None })
}

impl DynamoStore {
    /// Moves every item that is under a key of the first version and whose incident has ended. Repeating it moves what
    /// is left. It reads the whole table.
    ///
    /// # Errors
    /// A table that cannot be read or written; what was moved before stays moved.
    pub async fn migrate(&self, now: Timestamp) -> Result<Migrated, PortError> {
        let mut migrated = Migrated::default();
        let mut ended = EndedIncidents::new();
        self.migrate_ledger(now, &mut ended, &mut migrated).await?;
        let mut start: Option<Item> = None;
        loop {
            let scan = self.client.scan().table_name(&self.table).consistent_read(true);
            let page = scan.set_exclusive_start_key(start).send().await;
            let page = page.map_err(|error| failed("Scan of the table", error))?;
            for item in page.items.unwrap_or_default() {
                self.migrate_item(&item, &mut ended, &mut migrated).await?;
            }
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(migrated);
            }
        }
    }

    async fn migrate_item(
        &self,
        item: &Item,
        ended: &mut EndedIncidents,
        migrated: &mut Migrated,
    ) -> Result<(), PortError> {
        let value = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
        let (Some(pk), Some(sk)) = (value("pk"), value("sk")) else { return Ok(()) };
        let Some(place) = new_place(&pk, &sk) else { return Ok(()) };
        let old = Key::from_parts(pk, sk);
        let blocked = match self.move_if_ended(&old, &place, ended, migrated).await {
            Ok(None) => return Ok(()),
            Ok(Some(why)) => why,
            // One that cannot be read must not keep the others from moving.
            Err(error) if error.kind == PortErrorKind::Invalid => error.to_string(),
            Err(error) => return Err(error),
        };
        migrated.blocked.push(format!("{old}: {blocked}"));
        Ok(())
    }

    /// Moves an item, unless its incident has not ended. Returns the reason for which it stays where it should not.
    async fn move_if_ended(
        &self,
        old: &Key,
        place: &NewPlace,
        ended: &mut EndedIncidents,
        migrated: &mut Migrated,
    ) -> Result<Option<String>, PortError> {
        if let Some(id) = &place.incident
            && !self.has_ended_known(id, ended).await?
        {
            migrated.open.extend(id.parse::<IncidentId>());
            return Ok(None);
        }
        if !self.move_item(old, place).await? {
            return Ok(Some("another item has its new key: compare them and delete one".to_owned()));
        }
        migrated.moved = migrated.moved.saturating_add(1);
        Ok(None)
    }

    async fn has_ended_known(&self, id: &str, ended: &mut EndedIncidents) -> Result<bool, PortError> {
        let has_ended = match ended.get(id) {
            Some(known) => *known,
            None => self.has_ended(id).await?,
        };
        ended.insert(id.to_owned(), has_ended);
        Ok(has_ended)
    }

    /// An incident that is not there any more has ended.
    async fn has_ended(&self, id: &str) -> Result<bool, PortError> {
        let key = Key::from_parts(format!("{INCIDENT}#{id}"), INCIDENT.to_owned());
        let incident: Option<Incident> = self.get(&key).await?;
        Ok(incident.is_none_or(|incident| incident.status.is_end()))
    }

    /// Returns whether the item was moved: `false` where its new key is taken. It is deleted only as it was copied: one
    /// that somebody changes meanwhile is copied again.
    async fn move_item(&self, old: &Key, place: &NewPlace) -> Result<bool, PortError> {
        let operation = format!("TransactWriteItems moving {old}");
        insist(TRIES, || async {
            // Another migration may have moved it.
            let Some(item) = self.get_item(old).await? else { return Ok(true) };
            let mut writes = self.copies(&operation, place, &item)?;
            let deleted = writes.len();
            writes.push(self.delete_unchanged(old, &item)?);
            match self.transact(&operation, writes).await? {
                Transacted::Done => Ok(true),
                Transacted::Refused(places) if !places.contains(&deleted) => Ok(false),
                Transacted::Refused(_) | Transacted::Conflict => Err(contended(&operation)),
            }
        })
        .await
    }

    /// The writes of the item under its new key; of an approval, its request and the decision on it.
    fn copies(
        &self,
        operation: &str,
        place: &NewPlace,
        item: &Item,
    ) -> Result<Vec<TransactWriteItem>, PortError> {
        let new = Key::from_parts(place.pk.clone(), place.sk.clone());
        if place.kind != APPROVAL {
            let mut item = item.clone();
            item.extend(new.to_attributes());
            // What a person decided about later incidents stays.
            if place.kind != BREAKER {
                item.entry(EXPIRES_AT.to_owned()).or_insert_with(|| seconds(self.expires_at()));
            }
            return Ok(vec![self.put_new(item)?]);
        }
        let approval: Approval = from_item(operation.to_owned(), item.clone())?;
        let mut writes =
            vec![self.put_new(self.to_expiring_item(operation, &new, &StoredRequest::from(&approval))?)?];
        if let ApprovalDecision::Approved { .. } | ApprovalDecision::Denied { .. } = approval.decision {
            let key = Key::decision(approval.incident_id, &approval.plan_hash, approval.requested_at);
            let decision = StoredDecision {
                incident_id: approval.incident_id,
                plan_hash: approval.plan_hash,
                requested_at: approval.requested_at,
                decision: approval.decision,
            };
            writes.push(self.put_new(self.to_expiring_item(operation, &key, &decision)?)?);
        }
        Ok(writes)
    }

    fn delete_unchanged(&self, key: &Key, item: &Item) -> Result<TransactWriteItem, PortError> {
        let mut delete = Delete::builder().table_name(&self.table).set_key(Some(key.to_attributes()));
        let mut conditions = Vec::new();
        for (number, (name, value)) in item.iter().enumerate() {
            conditions.push(format!("#a{number} = :a{number}"));
            delete = delete
                .expression_attribute_names(format!("#a{number}"), name)
                .expression_attribute_values(format!(":a{number}"), value.clone());
        }
        let delete = delete.condition_expression(conditions.join(" AND ")).build().map_err(incomplete)?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_place_of_each_kind() {
        for (pk, sk, expected) in [
            ("INCIDENT#1", "INCIDENT", None),
            ("INCIDENT#1", "EVIDENCE#e-1", Some(("EVIDENCE#1", "e-1"))),
            ("INCIDENT#1", "DIAGNOSIS#01", Some(("DIAGNOSIS#1", "01"))),
            ("INCIDENT#1", "PRELIMINARY", Some(("DIAGNOSIS#1", "PRELIMINARY"))),
            ("INCIDENT#1", "REASONING#t#line#000001", Some(("REASONING#1", "t#line#000001"))),
            ("INCIDENT#1", "PLAN#h", Some(("PLAN#1", "h"))),
            ("INCIDENT#1", "APPROVAL#h", Some(("APPROVAL#1", "h"))),
            ("INCIDENT#1", "LEASE#h", Some(("LEASE#1", "h"))),
            ("INCIDENT#1", "VERIFICATION#01", Some(("VERIFICATION#1", "01"))),
            ("INCIDENT#1", "DELIVERY#resolved", Some(("DELIVERY#1", "resolved"))),
            ("INCIDENT#1", "TIMELINE#000000000001", None),
            ("INCIDENT#1", "OTHER#1", None),
            ("EVIDENCE#1", "e-1", None),
            ("ACTIONS#ACTION#start#shop", "CLOSURE", Some(("BREAKER#start#shop", "CLOSURE"))),
            ("ACTIONS#ACTION#start#shop", "RUN#t#h", None),
            ("BREAKER#start#shop", "CLOSURE", None),
            ("AUDIT", "000000000001", None),
        ] {
            let found = new_place(pk, sk);
            let found = found.as_ref().map(|place| (place.pk.as_str(), place.sk.as_str()));
            assert_eq!(found, expected, "{pk}/{sk}");
        }
    }
}
