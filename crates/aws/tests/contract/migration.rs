//! A table of the first version is moved to the keys of this one.

use std::collections::{BTreeMap, HashMap};

use aws::store::DynamoStore;
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use common::{
    ApprovalDecision, AuditEntry, AuditRecord, Incident, IncidentId, Status,
    audit::{self, AuditBody},
    ports::{
        ActionHistory as _, Approvals as _, BreakerClosure, Deliveries as _, Incidents as _, Intake as _,
        Leases as _, Ledger as _,
    },
};

use transparency::ports::LogStore as _;

use super::{TABLE, samples};

type Item = HashMap<String, AttributeValue>;

/// The items of an incident that a person approved a plan of.
async fn write_incident(store: &DynamoStore, incident: &Incident, name: &str) {
    store.open(incident, None, &samples::opened(incident)).await.unwrap();
    store.request(&samples::approval(incident, "t"), None).await.unwrap();
    let approved = ApprovalDecision::Approved { by: "arn:aws:iam::1:user/a".into(), at: samples::at(5) };
    store.decide(incident.id, &samples::plan_hash("plan"), &approved).await.unwrap();
    store.acquire(&samples::lease(incident, "plan", name, 6)).await.unwrap();
    store.put_delivery(&samples::delivery(incident, 8)).await.unwrap();
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item[name].as_s().unwrap()
}

async fn items(client: &Client) -> BTreeMap<(String, String), Item> {
    let found = client.scan().table_name(TABLE).send().await.unwrap().items.unwrap();
    found
        .into_iter()
        .map(|item| ((text(&item, "pk").to_owned(), text(&item, "sk").to_owned()), item))
        .collect()
}

const EXPIRES_AT: &str = "expires_at_seconds";

fn without_expiry(item: &Item) -> Item {
    item.iter().filter(|(name, _)| *name != EXPIRES_AT).map(|(n, v)| (n.clone(), v.clone())).collect()
}

/// Writes the item as the first version had it: nothing of an incident expired, and the decision on a request stood in
/// the request.
async fn to_first_version(client: &Client, item: &Item, all: &BTreeMap<(String, String), Item>) {
    let (pk, sk) = (text(item, "pk"), text(item, "sk"));
    let (kind, rest) = pk.split_once('#').unwrap_or((pk, ""));
    let mut old = without_expiry(item);
    let (partition, sort) = match kind {
        "BREAKER" => (format!("ACTIONS#ACTION#{rest}"), sk.to_owned()),
        "APPROVAL" | "LEASE" | "DELIVERY" => (format!("INCIDENT#{rest}"), format!("{kind}#{sk}")),
        "DECISION" => return delete(client, item).await,
        _ => return,
    };
    if kind == "APPROVAL" {
        let decided = all.iter().find(|((of, _), _)| *of == format!("DECISION#{rest}")).unwrap().1;
        old.insert("decision".to_owned(), decided["decision"].clone());
    }
    old.insert("pk".to_owned(), AttributeValue::S(partition));
    old.insert("sk".to_owned(), AttributeValue::S(sort));
    client.put_item().table_name(TABLE).set_item(Some(old)).send().await.unwrap();
    delete(client, item).await;
}

async fn delete(client: &Client, item: &Item) {
    let delete = client.delete_item().table_name(TABLE);
    delete.key("pk", item["pk"].clone()).key("sk", item["sk"].clone()).send().await.unwrap();
}

#[tokio::test]
async fn migrate_moves_what_has_ended_loses_nothing_and_is_the_same_twice() {
    let (store, client) = super::empty_store_and_client().await;
    let (ended, open) = (samples::incident("a", "e-1"), samples::incident("b", "e-2"));
    write_incident(&store, &ended, "limit").await;
    write_incident(&store, &open, "else").await;
    let closure = BreakerClosure { at: samples::at(9), by: "ada".into() };
    store.close_breaker(&"start-instance".parse().unwrap(), Some("shop"), &closure).await.unwrap();
    store.end(ended.id, Status::Escalated, &samples::outcome("x"), None).await.unwrap();
    let before = items(&client).await;
    for item in before.values() {
        to_first_version(&client, item, &before).await;
    }
    assert!(store.taken_by(ended.id).await.unwrap().is_empty());

    let migrated = store.migrate(samples::at(900)).await.unwrap();
    assert_eq!((migrated.moved, &migrated.blocked), (4, &vec![]));
    assert_eq!(migrated.open, [open.id].into());
    assert_eq!(store.migrate(samples::at(900)).await.unwrap().moved, 0);
    let of_open = |key: &(String, String)| key.0.contains(&open.id.to_string());
    let after = items(&client).await;
    for (key, item) in before.iter().filter(|(key, _)| !of_open(key)) {
        let moved = &after[key];
        assert_eq!(without_expiry(moved), without_expiry(item), "{key:?}");
        assert_eq!(moved.contains_key(EXPIRES_AT), item.contains_key(EXPIRES_AT), "{key:?}");
    }

    // As after a crash: it is repeated once the other incident has ended too.
    store.end(open.id, Status::Escalated, &samples::outcome("x"), None).await.unwrap();
    let migrated = store.migrate(samples::at(900)).await.unwrap();
    assert_eq!((migrated.moved, migrated.open.len()), (3, 0));
    let after = items(&client).await;
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    let approval = store.approval(open.id, &samples::plan_hash("plan")).await.unwrap().unwrap();
    assert!(matches!(approval.decision, ApprovalDecision::Approved { .. }));
}

/// Returns an incident that has ended, and its lease, which is under its old key.
async fn ended_with_an_old_lease(store: &DynamoStore, client: &Client) -> (IncidentId, Item) {
    let incident = samples::incident("a", "e-1");
    write_incident(store, &incident, "limit").await;
    store.end(incident.id, Status::Escalated, &samples::outcome("x"), None).await.unwrap();
    let before = items(client).await;
    let lease = before.iter().find(|((pk, _), _)| pk.starts_with("LEASE#")).unwrap().1;
    to_first_version(client, lease, &before).await;
    (incident.id, lease.clone())
}

#[tokio::test]
async fn migrate_leaves_an_old_item_whose_new_key_is_taken_and_names_it() {
    let (store, client) = super::empty_store_and_client().await;
    let (incident, lease) = ended_with_an_old_lease(&store, &client).await;
    client.put_item().table_name(TABLE).set_item(Some(lease)).send().await.unwrap();
    let migrated = store.migrate(samples::at(900)).await.unwrap();
    let old = format!("INCIDENT#{incident}/LEASE#{}", samples::plan_hash("plan"));
    assert_eq!(
        (migrated.moved, migrated.blocked),
        (0, vec![format!("{old}: another item has its new key: compare them and delete one")])
    );
}

#[tokio::test]
async fn migrate_names_an_approval_that_it_cannot_read_and_moves_the_rest() {
    let (store, client) = super::empty_store_and_client().await;
    let (incident, _) = ended_with_an_old_lease(&store, &client).await;
    let garbled = [("pk", format!("INCIDENT#{incident}")), ("sk", "APPROVAL#h".to_owned())];
    let garbled = garbled.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
    client.put_item().table_name(TABLE).set_item(Some(garbled.into())).send().await.unwrap();
    let migrated = store.migrate(samples::at(900)).await.unwrap();
    let [blocked] = migrated.blocked.as_slice() else { panic!("{migrated:?}") };
    assert_eq!(migrated.moved, 1);
    assert!(blocked.starts_with(&format!("INCIDENT#{incident}/APPROVAL#h: ")), "{blocked}");
}

/// Writes the ledger of the first version: one chain with a head, and copies by incident.
async fn write_old_ledger(client: &Client, of: &[IncidentId]) -> Vec<AuditRecord> {
    let put = async |pk: &str, sk: &str, fields: &[(&str, AttributeValue)]| {
        let keys = [("pk", AttributeValue::S(pk.into())), ("sk", AttributeValue::S(sk.into()))];
        let item: Item =
            keys.iter().chain(fields).map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    };
    let mut records: Vec<AuditRecord> = Vec::new();
    for (number, id) in of.iter().enumerate() {
        let body = AuditBody {
            at: samples::at(7),
            incident_id: *id,
            entry: samples::entry(&number.to_string()),
            kept_until: None,
        };
        records.push(AuditRecord::following(records.last(), &body));
    }
    for (record, id) in records.iter().zip(of) {
        let fields = [
            ("sequence", AttributeValue::N(record.sequence.to_string())),
            ("body", AttributeValue::S(record.body.clone())),
            ("previous", AttributeValue::S(record.previous.clone())),
            ("hash", AttributeValue::S(record.hash.clone())),
        ];
        let sk = format!("{:012}", record.sequence);
        put("AUDIT", &sk, &fields).await;
        put(&format!("TIMELINE#{id}"), &sk, &fields).await;
        put(&format!("INCIDENT#{id}"), &format!("TIMELINE#{sk}"), &fields).await;
    }
    let last = records.last().unwrap();
    let head = [
        ("sequence", AttributeValue::N(last.sequence.to_string())),
        ("hash", AttributeValue::S(last.hash.clone())),
    ];
    put("AUDIT", "HEAD", &head).await;
    records
}

/// An incident of the first version, which has no chain of its own, and has ended.
async fn ended(store: &DynamoStore, client: &Client, problem: &str) -> IncidentId {
    let incident = samples::incident(problem, &format!("event-{problem}"));
    store.open(&incident, None, &samples::opened(&incident)).await.unwrap();
    for (key, item) in items(client).await {
        if key.0 == format!("LEDGER#{}", incident.id) || key.1 == incident.id.to_string() {
            delete(client, &item).await;
        }
    }
    store.end(incident.id, Status::Escalated, &samples::outcome("x"), None).await.unwrap();
    incident.id
}

#[tokio::test]
async fn migrate_makes_a_chain_an_incident_of_the_one_chain_and_keeps_the_old_one() {
    let (store, client) = super::empty_store_and_client().await;
    let (a, b) = (ended(&store, &client, "a").await, ended(&store, &client, "b").await);
    let old = write_old_ledger(&client, &[a, b, a]).await;
    let migrated = store.migrate(samples::at(900)).await.unwrap();
    assert_eq!((migrated.moved, migrated.blocked.len()), (5, 0));
    for (id, numbers) in [(a, [0, 2].as_slice()), (b, [1].as_slice())] {
        let records = store.timeline(id).await.unwrap();
        let (moved, own) = records.split_at(numbers.len());
        for (record, number) in moved.iter().zip(numbers) {
            assert_eq!(record.body, old[*number].body);
        }
        let last = numbers[numbers.len() - 1];
        let [end] = audit::bodies(id, &records).unwrap().split_off(numbers.len()).try_into().unwrap();
        let AuditEntry::Migrated { last: sequence, hash, .. } = end.entry else { panic!("{own:?}") };
        assert_eq!((sequence, hash), (old[last].sequence, old[last].hash.clone()));
    }
    let left: Vec<_> = items(&client).await.into_keys().filter(|(_, sk)| sk.contains("00000000")).collect();
    assert!(left.iter().all(|(pk, _)| pk == "AUDIT" || pk.starts_with("LEDGER#")), "{left:?}");
    assert_eq!(left.iter().filter(|(pk, _)| pk == "AUDIT").count(), 3);
    assert_eq!(store.grown().await.unwrap().len(), 2);
    // What is recorded later follows, and does not keep a second migration from being content.
    store.append(a, samples::at(901), &samples::entry("later")).await.unwrap();
    let again = store.migrate(samples::at(902)).await.unwrap();
    assert_eq!((again.moved, again.blocked), (0, Vec::<String>::new()));
}

#[tokio::test]
async fn migrate_that_died_within_a_chain_is_finished_by_the_next_one() {
    let (store, client) = super::empty_store_and_client().await;
    let a = ended(&store, &client, "a").await;
    write_old_ledger(&client, &[a, a, a]).await;
    store.migrate(samples::at(900)).await.unwrap();
    let records = store.timeline(a).await.unwrap();
    for record in &records[1..] {
        let key = [("pk", format!("LEDGER#{a}")), ("sk", format!("{:012}", record.sequence))];
        let key = key.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
        delete(&client, &key.into()).await;
    }
    assert_eq!(store.migrate(samples::at(900)).await.unwrap().moved, 3);
    assert_eq!(store.timeline(a).await.unwrap(), records);
}

#[tokio::test]
async fn migrate_of_an_incident_with_records_of_its_own_says_where_the_old_ones_are() {
    let (store, client) = super::empty_store_and_client().await;
    let a = ended(&store, &client, "a").await;
    let old = write_old_ledger(&client, &[a, a]).await;
    store.append(a, samples::at(8), &samples::entry("own")).await.unwrap();
    for _ in 0..2 {
        let migrated = store.migrate(samples::at(900)).await.unwrap();
        assert_eq!(migrated.blocked, Vec::<String>::new());
        let entries = audit::entries(a, &store.timeline(a).await.unwrap()).unwrap();
        let [_, AuditEntry::Migrated { first: 1, last: 2, hash }] = &entries[..] else {
            panic!("{entries:?}")
        };
        assert_eq!(*hash, old[1].hash);
    }
}

#[tokio::test]
async fn migrate_leaves_a_broken_ledger_and_says_where_it_breaks() {
    let (store, client) = super::empty_store_and_client().await;
    let a = ended(&store, &client, "a").await;
    write_old_ledger(&client, &[a]).await;
    let body = AttributeValue::S("{}".to_owned());
    let update = client.update_item().table_name(TABLE).key("pk", AttributeValue::S("AUDIT".into()));
    let update = update.key("sk", AttributeValue::S("000000000001".into()));
    let update = update.update_expression("SET body = :body").expression_attribute_values(":body", body);
    update.send().await.unwrap();
    let blocked = store.migrate(samples::at(900)).await.unwrap().blocked;
    assert!(blocked[0].contains("record 1 was edited"), "{blocked:?}");
}

/// Whoever may append may put anything into a chain.
#[tokio::test]
async fn ledger_item_that_is_no_record_breaks_the_chain_and_keeps_nothing_from_being_appended() {
    let (store, client) = super::empty_store_and_client().await;
    let id = samples::incident("a", "e-1").id;
    store.append(id, samples::at(0), &samples::entry("a")).await.unwrap();
    for sk in ["000000000002", "999999999999", "x"] {
        let item = [("pk", format!("LEDGER#{id}")), ("sk", sk.to_owned()), ("other", "x".to_owned())];
        let item = item.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
        client.put_item().table_name(TABLE).set_item(Some(item.into())).send().await.unwrap();
    }
    let appended = store.append(id, samples::at(1), &samples::entry("b")).await.unwrap();
    assert_eq!(appended.sequence, 3);
    assert_eq!(store.append(id, samples::at(2), &samples::entry("c")).await.unwrap().sequence, 4);
    let records = store.timeline(id).await.unwrap();
    assert_eq!(records.len(), 6);
    assert!(common::chain::verify(id, &records).is_err());
}
