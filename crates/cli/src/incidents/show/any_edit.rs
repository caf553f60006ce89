//! The law of the ledger: whatever one item of an incident's is edited, removed, inserted or exchanged in the table, `show` or
//! `audit verify` says so, or nothing changes that people are shown.

use std::collections::HashMap;

use aws::store::DynamoStore;
use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    types::{
        AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
        Projection, ProjectionType, ScalarAttributeType,
    },
};
use common::{IncidentId, ports::Incidents as _};
use dynoxide::{Database, server::serve_on};
use fakes::{FakeLogKey, Faults, MemoryCheckpoints};
use guard::Guard;
use proptest::{prelude::*, sample::Index};
use serde_json::Value;
use transparency::{VerifierKey, ports::LogKey as _};

use super::{report::gather, test_incident, text};
use crate::{arguments::KeptHead, audit::problems};

type Item = HashMap<String, AttributeValue>;

const TABLE: &str = "nightshift";
/// The mark of the lines that `show` itself says are not in the audit trail.
const NOT_ON_RECORD: &str = "(not in the audit trail)";
/// The same in JSON; `docs/security.md` names them.
const NOT_ON_RECORD_IN_JSON: [&str; 5] = [
    "/incident/signal_count",
    "/incident/last_signal_at",
    "/preliminary",
    "/verifications",
    "/actions/0/lease/acquired_at",
];

/// One change of the table, as somebody with access to it could make.
#[derive(Debug, Clone)]
enum Change {
    /// An attribute of an item, wherever in it.
    Edit {
        item: Index,
        place: Index,
    },
    RemoveAttribute {
        item: Index,
        attribute: Index,
    },
    Remove {
        item: Index,
    },
    /// A copy of an item under another sort key of its partition.
    Insert {
        item: Index,
    },
    /// The contents of two items in each other's place.
    Exchange {
        one: Index,
        other: Index,
    },
}

fn changes() -> impl Strategy<Value = Change> {
    let index = any::<Index>;
    prop_oneof![
        4 => (index(), index()).prop_map(|(item, place)| Change::Edit { item, place }),
        1 => (index(), index()).prop_map(|(item, attribute)| Change::RemoveAttribute { item, attribute }),
        1 => index().prop_map(|item| Change::Remove { item }),
        1 => index().prop_map(|item| Change::Insert { item }),
        2 => (index(), index()).prop_map(|(one, other)| Change::Exchange { one, other }),
    ]
}

struct World {
    client: Client,
    store: DynamoStore,
    key: VerifierKey,
    kept: Vec<KeptHead>,
    id: IncidentId,
    items: Vec<Item>,
}

/// The texts that people are shown, with the warnings that one of them is not to be relied on.
#[derive(Debug, PartialEq)]
struct Shown {
    text: String,
    json: Value,
    /// `None` where `show` or `audit verify` failed over what is stored.
    warnings: Option<Vec<String>>,
}

impl World {
    async fn new() -> Self {
        let (client, store) = empty_table().await;
        test_incident::live(&store).await;
        let faults = Faults::default();
        let deps = sequence::Deps {
            store: store.clone(),
            key: FakeLogKey::new(&faults, 1),
            checkpoints: None::<MemoryCheckpoints>,
            origin: "log".parse().unwrap(),
        };
        sequence::handle(&deps).await.unwrap();
        let key =
            VerifierKey::from_spki("log".parse().unwrap(), &deps.key.public_key().await.unwrap()).unwrap();
        let head =
            transparency::ports::LogStore::last_batch(&store).await.unwrap().unwrap().head(&key).unwrap();
        let kept = vec![KeptHead { size: head.size, root: head.root }];
        let items = client.scan().table_name(TABLE).send().await.unwrap().items.unwrap();
        Self { client, store, key, kept, id: test_incident::incident().id, items }
    }

    async fn put(&self, item: &Item) {
        self.client.put_item().table_name(TABLE).set_item(Some(item.clone())).send().await.unwrap();
    }

    async fn delete(&self, item: &Item) {
        let key: Item =
            item.iter().filter(|(name, _)| is_key(name)).map(|(n, v)| (n.clone(), v.clone())).collect();
        self.client.delete_item().table_name(TABLE).set_key(Some(key)).send().await.unwrap();
    }

    /// Makes the change; `false` where it would be none.
    async fn make(&self, change: &Change) -> bool {
        match change {
            Change::Edit { item, place } => {
                let mut edited = item.get(&self.items).clone();
                let mut names: Vec<String> = edited.keys().filter(|name| !is_key(name)).cloned().collect();
                names.sort();
                let Some(name) = names.get(place.index(names.len().max(1))) else { return false };
                edit(edited.get_mut(name).unwrap(), *place);
                self.put(&edited).await;
                edited != *item.get(&self.items)
            }
            Change::RemoveAttribute { item, attribute } => {
                let mut edited = item.get(&self.items).clone();
                let mut names: Vec<String> = edited.keys().filter(|name| !is_key(name)).cloned().collect();
                names.sort();
                let Some(name) = names.get(attribute.index(names.len().max(1))) else { return false };
                edited.remove(name);
                self.put(&edited).await;
                true
            }
            Change::Remove { item } => {
                self.delete(item.get(&self.items)).await;
                true
            }
            Change::Insert { item } => {
                self.put(&beside(item.get(&self.items))).await;
                true
            }
            Change::Exchange { one, other } => {
                let (one, other) = (one.get(&self.items), other.get(&self.items));
                self.put(&with_key_of(one, other)).await;
                self.put(&with_key_of(other, one)).await;
                one != other
            }
        }
    }

    /// Takes the change back.
    async fn restore(&self, change: &Change) {
        let touched = match change {
            Change::Edit { item, .. }
            | Change::RemoveAttribute { item, .. }
            | Change::Remove { item }
            | Change::Insert { item } => vec![item],
            Change::Exchange { one, other } => vec![one, other],
        };
        for item in touched {
            let item = item.get(&self.items);
            self.delete(&beside(item)).await;
            self.put(item).await;
        }
    }

    async fn shown(&self) -> Shown {
        let nothing = Shown { text: String::new(), json: Value::Null, warnings: None };
        let Ok(Some(incident)) = self.store.incident(self.id).await else { return nothing };
        let Ok(report) = gather(&self.store, &Guard::shipped().unwrap(), incident).await else {
            return nothing;
        };
        let Ok(problems) = problems(&self.store, &self.key, &self.kept).await else { return nothing };
        let whole = text::for_people(&report, true, "2026-11-20T05:05:00Z".parse().unwrap());
        let lines = whole.lines().filter(|line| !line.contains(NOT_ON_RECORD)).collect::<Vec<_>>();
        let mut json = serde_json::to_value(&report).unwrap();
        for place in NOT_ON_RECORD_IN_JSON {
            if let Some(value) = json.pointer_mut(place) {
                *value = Value::Null;
            }
        }
        let warnings = [report.not_as_recorded.clone(), problems].concat();
        Shown { text: lines.join("\n"), json, warnings: Some(warnings) }
    }
}

fn is_key(name: &str) -> bool {
    ["pk", "sk"].contains(&name)
}

/// A copy of the item under a key that nothing has: the next number where the keys are numbers.
fn beside(item: &Item) -> Item {
    let sk = item["sk"].as_s().unwrap();
    let width = sk.len();
    let sk = sk.parse::<u64>().map_or_else(|_| format!("{sk}x"), |number| format!("{:0width$}", number + 20));
    let mut copy = item.clone();
    copy.insert("sk".to_owned(), AttributeValue::S(if width == 2 { "02".to_owned() } else { sk }));
    copy
}

fn with_key_of(content: &Item, key: &Item) -> Item {
    let mut item = content.clone();
    item.extend(
        key.iter().filter(|(name, _)| is_key(name)).map(|(name, value)| (name.clone(), value.clone())),
    );
    item
}

/// Edits a value somewhere within.
fn edit(value: &mut AttributeValue, place: Index) {
    match value {
        AttributeValue::S(text) => {
            // A time stays a time, and what is written stays what can be read.
            let later = text
                .parse::<jiff::Timestamp>()
                .map(|at| (at + jiff::SignedDuration::from_secs(1)).to_string());
            *text = later.unwrap_or_else(|_| format!("{text}!"));
        }
        AttributeValue::N(number) => *number = format!("{}", number.parse::<f64>().unwrap() + 1.0),
        AttributeValue::Bool(flag) => *flag = !*flag,
        AttributeValue::L(list) if !list.is_empty() => {
            let at = place.index(list.len());
            edit(&mut list[at], place);
        }
        AttributeValue::M(map) if !map.is_empty() => {
            let mut names: Vec<String> = map.keys().cloned().collect();
            names.sort();
            edit(map.get_mut(&names[place.index(names.len())]).unwrap(), place);
        }
        other => *other = AttributeValue::S("x".to_owned()),
    }
}

async fn empty_table() -> (Client, DynamoStore) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve_on(listener, Database::memory().unwrap()));
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .region(Region::new("eu-west-1"))
        .endpoint_url(endpoint)
        .build();
    let client = Client::from_conf(config);
    let key =
        |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    let index = |name: &str, partition: &str| {
        GlobalSecondaryIndex::builder()
            .index_name(name)
            .key_schema(key(partition, KeyType::Hash))
            .key_schema(key("opened_at", KeyType::Range))
            .projection(Projection::builder().projection_type(ProjectionType::All).build())
            .build()
            .unwrap()
    };
    let mut request = client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(index("by-opened-at", "listing"))
        .global_secondary_indexes(index("unsettled", "unsettled"));
    for name in ["pk", "sk", "listing", "opened_at", "unsettled"] {
        let attribute =
            AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        request = request.attribute_definitions(attribute.build().unwrap());
    }
    request.send().await.unwrap();
    let store = DynamoStore::new(client.clone(), TABLE);
    (client, store)
}

#[test]
fn any_change_of_any_item_is_told_or_changes_nothing_that_is_shown() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let whole = runtime.block_on(world.shown());
    assert_eq!(whole.warnings, Some(Vec::new()));
    let kinds: std::collections::BTreeSet<&str> =
        world.items.iter().map(|item| item["pk"].as_s().unwrap().split('#').next().unwrap()).collect();
    for kind in
        ["APPROVAL", "DECISION", "DIAGNOSIS", "EVIDENCE", "INCIDENT", "LEASE", "LEDGER", "LOG", "PLAN"]
    {
        assert!(kinds.contains(kind), "{kind}: {kinds:?}");
    }
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(256));
    let law = runner.run(&changes(), |change| {
        let (is_change, shown) = runtime.block_on(async {
            let is_change = world.make(&change).await;
            let shown = world.shown().await;
            world.restore(&change).await;
            (is_change, shown)
        });
        let is_told = shown.warnings.as_ref().is_none_or(|warnings| !warnings.is_empty());
        let is_shown = (&shown.text, &shown.json) != (&whole.text, &whole.json);
        prop_assert!(is_told || !is_shown || !is_change, "{:?}\n{}", change, shown.text);
        Ok(())
    });
    law.unwrap();
}
