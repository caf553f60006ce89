//! Events and what belongs to an incident expire a retention after they were written, an incident not before its end,
//! and the ledger by a setting of its own, never by default.

use std::collections::{BTreeMap, BTreeSet};

use aws::store::{DynamoStore, LedgerRetention, Retention};
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use common::{
    ApprovalDecision, Incident, Status,
    ports::{
        ActionHistory as _, Advance, Approvals as _, CurrentIncident, Deliveries as _, EventOutcome,
        Events as _, Incidents as _, Intake as _, IntakeWrite, Leases as _, Ledger as _, Precedents as _,
        Reasoning as _, RejectedEvent,
    },
};
use jiff::Timestamp;

use super::{TABLE, action_history, empty_store_and_client, reasoning, samples, store as cases};

/// The kinds that expire after the retention, and the others, each named by what its partitions begin with.
const EXPIRING: [&str; 11] = [
    "APPLICATION",
    "APPROVAL",
    "DECISION",
    "DELIVERY",
    "DIAGNOSIS",
    "EVENT",
    "EVIDENCE",
    "LEASE",
    "PLAN",
    "REASONING",
    "VERIFICATION",
];
const STAYING: [&str; 4] = ["FINGERPRINT", "INCIDENT", "LEDGER", "UNLOGGED"];
/// These expire by laws of their own, which have tests of their own.
const OTHERS: [&str; 2] = ["REJECTED", "TARGET"];

/// Writes an item of every kind that belongs to an incident, and an event that is none's.
pub(crate) async fn write_everything(store: &DynamoStore) -> Incident {
    let incident = samples::incident("a", "e-1");
    store.open(&incident, None, &samples::opened(&incident)).await.unwrap();
    let signal = samples::signal("a", "e-2", 1);
    store.attach(incident.id, &signal, &samples::attached(&signal, &incident)).await.unwrap();
    store.set_application(incident.id, "shop").await.unwrap();
    cases::case_file_is_read_back(store.clone()).await;
    store.put_step(&reasoning::step(&incident, 0, "weigh", 1)).await.unwrap();
    store.remember(&reasoning::precedent(&incident, "shop", 1, 1)).await.unwrap();
    store.request(&samples::approval(&incident, "t"), None).await.unwrap();
    let approved = ApprovalDecision::Approved { by: "arn:aws:iam::1:user/a".into(), at: samples::at(5) };
    store.decide(incident.id, &samples::plan_hash("plan"), &approved).await.unwrap();
    store.acquire(&samples::lease(&incident, "plan", "limit", 6)).await.unwrap();
    store.append(incident.id, samples::at(7), &samples::entry("x")).await.unwrap();
    store.put_delivery(&samples::delivery(&incident, 8)).await.unwrap();
    let ignored = samples::record(&"e-3".parse().unwrap(), EventOutcome::Rejected, None);
    store.keep(&ignored).await.unwrap();
    let rejected = RejectedEvent {
        event_id: "e-3".parse().unwrap(),
        family: "aws.ecs, ECS Deployment State Change".into(),
        reason: "missing".into(),
        at: samples::at(9),
    };
    store.list_rejected(&rejected).await.unwrap();
    store.incident(incident.id).await.unwrap().unwrap()
}

/// The kinds in the table, each with when its items expire.
async fn kinds(client: &Client) -> BTreeMap<String, Vec<Option<i64>>> {
    let mut kinds: BTreeMap<String, Vec<Option<i64>>> = BTreeMap::new();
    for item in client.scan().table_name(TABLE).send().await.unwrap().items.unwrap() {
        let kind = item["pk"].as_s().unwrap().split('#').next().unwrap().to_owned();
        let expires = item.get("expires_at_seconds").map(|at| at.as_n().unwrap().parse().unwrap());
        kinds.entry(kind).or_default().push(expires);
    }
    kinds
}

#[tokio::test]
async fn items_of_an_incident_expire_a_retention_after_they_were_written_and_the_ledger_never() {
    let (store, client) = empty_store_and_client().await;
    let retention: Retention = "45".parse().unwrap();
    let store = store.with_retention(retention);
    let before = retention.expiry(Timestamp::now()).as_second();
    write_everything(&store).await;
    let after = retention.expiry(Timestamp::now()).as_second();
    let kinds = kinds(&client).await;
    let expected: BTreeSet<&str> = EXPIRING.into_iter().chain(STAYING).chain(OTHERS).collect();
    assert_eq!(kinds.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected);
    for (kind, expiries) in kinds {
        for expires in expiries {
            if EXPIRING.contains(&kind.as_str()) {
                assert!(expires.is_some_and(|at| (before..=after).contains(&at)), "{kind}: {expires:?}");
            } else if STAYING.contains(&kind.as_str()) {
                assert_eq!(expires, None, "{kind}");
            }
        }
    }
}

/// A record says itself until when it is kept, under its hash, and its item expires no sooner: the log is signed over the former.
#[tokio::test]
async fn records_of_a_ledger_that_is_kept_for_a_time_say_so_and_expire_later() {
    let (store, client) = empty_store_and_client().await;
    let (incidents, ledger): (Retention, LedgerRetention) = ("45".parse().unwrap(), "400".parse().unwrap());
    let store = store.with_retention(incidents).with_ledger_retention(ledger);
    let incident = write_everything(&store).await;
    let records = store.timeline(incident.id).await.unwrap();
    assert!(records.len() >= 2, "the opening, and what was appended");
    let days = |number: i64| number * 86_400;
    for record in &records {
        let at = record.parse_body().unwrap().at.as_second();
        assert_eq!(record.kept_until().unwrap().as_second(), at + days(400), "{record:?}");
    }
    let ends = &kinds(&client).await["LEDGER"];
    let latest = records.iter().map(|record| record.kept_until().unwrap().as_second()).max().unwrap();
    assert!(ends.iter().all(|end| end.unwrap() >= latest + days(29)), "{ends:?}");
    assert_eq!(common::chain::verify(incident.id, &records), Ok(()));
    assert_eq!(common::chain::kept_until(&records).unwrap().as_second(), latest);
}

#[tokio::test]
async fn incident_expires_a_retention_after_its_end_and_never_while_it_is_open() {
    let (store, client) = empty_store_and_client().await;
    let incident = samples::incident("a", "e-1");
    let expiry = async || kinds(&client).await["INCIDENT"].clone();
    store.open(&incident, None, &samples::opened(&incident)).await.unwrap();
    let path = [Status::Diagnosing, Status::AwaitingApproval, Status::Remediating, Status::Verifying];
    for status in path {
        assert_eq!(expiry().await, [None], "before {status:?}");
        assert_eq!(store.advance(incident.id, status).await.unwrap(), Advance::Done);
    }
    assert_eq!(expiry().await, [None]);
    let retention = Retention::default();
    let before = retention.expiry(Timestamp::now()).as_second();
    store.end(incident.id, Status::Resolved, &samples::outcome("x"), None).await.unwrap();
    let ended = expiry().await;
    assert!(ended[0].is_some_and(|at| at >= before), "{ended:?}");
    // What is refused or repeated later does not prolong it.
    store.end(incident.id, Status::Escalated, &samples::outcome("y"), None).await.unwrap();
    store.settle(incident.id).await.unwrap();
    assert_eq!(expiry().await, ended);
}

/// A breaker judges a run by its incident and its lease: one that outlived them would count as one that did not help.
#[tokio::test]
async fn run_of_an_action_expires_days_before_the_lease_that_it_is_judged_by() {
    for (days, at_least) in [("30", 20), ("90", 80), ("3650", 89)] {
        let (store, client) = empty_store_and_client().await;
        let store = store.with_retention(days.parse().unwrap());
        let now = Timestamp::now();
        store.remember_run(&action_history::run("plan", "instance/i-1", now)).await.unwrap();
        store.acquire(&samples::lease(&samples::incident("a", "e-1"), "plan", "limit", 6)).await.unwrap();
        let kinds = kinds(&client).await;
        let in_days = |expires: Option<i64>| (expires.unwrap() - now.as_second()) / 86_400;
        let run = kinds["ACTIONS"].iter().map(|expires| in_days(*expires)).max().unwrap();
        let lease = in_days(kinds["LEASE"][0]);
        assert!(run >= at_least && run + 6 <= lease, "{days}: {run} and {lease}");
    }
}

/// As the table's time to live does, which says nothing to anybody.
async fn expire(client: &Client, incident: &Incident) {
    let (pk, sk) =
        (AttributeValue::S(format!("INCIDENT#{}", incident.id)), AttributeValue::S("INCIDENT".into()));
    client.delete_item().table_name(TABLE).key("pk", pk).key("sk", sk).send().await.unwrap();
}

#[tokio::test]
async fn problem_that_returns_after_its_incident_expired_opens_the_next_episode() {
    let (store, client) = empty_store_and_client().await;
    let incident = samples::incident("a", "e-1");
    store.open(&incident, None, &samples::opened(&incident)).await.unwrap();
    expire(&client, &incident).await;
    let current = store.current(&incident.fingerprint).await.unwrap();
    assert_eq!(
        current,
        Some(CurrentIncident { id: incident.id, episode: 1, open: None, ended: None, recovered: false })
    );
    let next = Incident::opened_by(samples::signal("a", "e-9", 900), 2);
    let opened = store.open(&next, Some(incident.id), &samples::opened(&next)).await.unwrap();
    assert_eq!(opened, IntakeWrite::Done);
    assert_eq!(store.current(&incident.fingerprint).await.unwrap().unwrap().id, next.id);
}
