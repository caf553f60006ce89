//! Runs the contract of every store against the DynamoDB store, on a DynamoDB in this process, and
//! against the fake that the functions' tests use.
#![cfg(feature = "store")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[macro_use]
#[path = "support/client.rs"]
mod client;
#[path = "contract/action_history.rs"]
mod action_history;
#[path = "contract/intake_entries.rs"]
mod intake_entries;
#[path = "contract/ledger.rs"]
mod ledger;
#[path = "contract/migration.rs"]
mod migration;
#[path = "contract/purge.rs"]
mod purge;
#[path = "contract/reasoning.rs"]
mod reasoning;
#[path = "contract/retention.rs"]
mod retention;
#[path = "contract/samples.rs"]
mod samples;
#[path = "contract/store.rs"]
mod store;
#[path = "contract/storm.rs"]
mod storm;
#[path = "contract/target_leases.rs"]
mod target_leases;
#[path = "contract/topology.rs"]
mod topology;

use aws::store::DynamoStore;
use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
        ProjectionType, ScalarAttributeType,
    },
};
use common::{
    Status,
    ports::{Advance, Incidents as _, Intake as _, Leases as _, Ledger as _, PortErrorKind},
};
use dynoxide::{Database, server::serve_on};

const TABLE: &str = "nightshift";

/// A store on an empty table of a server of its own.
async fn empty_store() -> DynamoStore {
    empty_store_and_client().await.0
}

async fn empty_store_and_client() -> (DynamoStore, Client) {
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
    create_table(&client).await;
    (DynamoStore::new(client.clone(), TABLE), client)
}

fn key(name: &str, key_type: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(name).key_type(key_type).build().unwrap()
}

async fn create_table(client: &Client) {
    let index = GlobalSecondaryIndex::builder()
        .index_name("by-opened-at")
        .key_schema(key("listing", KeyType::Hash))
        .key_schema(key("opened_at", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()
        .unwrap();
    let unsettled = GlobalSecondaryIndex::builder()
        .index_name("unsettled")
        .key_schema(key("unsettled", KeyType::Hash))
        .key_schema(key("opened_at", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()
        .unwrap();
    let by_recorded_hour = GlobalSecondaryIndex::builder()
        .index_name("by-recorded-hour")
        .key_schema(key("recorded_hour", KeyType::Hash))
        .key_schema(key("recorded_at", KeyType::Range))
        .projection(
            Projection::builder()
                .projection_type(ProjectionType::Include)
                .non_key_attributes("outcome")
                .non_key_attributes("reason")
                .build(),
        )
        .build()
        .unwrap();
    let mut request = client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(index)
        .global_secondary_indexes(unsettled)
        .global_secondary_indexes(by_recorded_hour);
    for name in ["pk", "sk", "listing", "opened_at", "unsettled", "recorded_hour", "recorded_at"] {
        let attribute = AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S)
            .build()
            .unwrap();
        request = request.attribute_definitions(attribute);
    }
    request.send().await.unwrap();
}

macro_rules! contract {
    ($($module:ident::{$($case:ident),+ $(,)?})+) => {
        mod on_dynamodb {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$module::$case(super::empty_store().await).await;
                }
            )+)+
        }

        mod in_memory {
            use fakes::{Faults, MemoryStore};

            $($(
                #[tokio::test]
                async fn $case() {
                    super::$module::$case(MemoryStore::new(&Faults::default())).await;
                }
            )+)+
        }
    };
}

contract! {
    action_history::{
        budget_place_is_kept_and_the_most_is_never_passed,
        budget_many_at_once_never_pass_the_most,
        runs_are_found_by_target_and_by_action,
        breaker_closure_is_of_one_action_and_application,
        open_incidents_are_the_applications_that_have_not_ended,
    }
    intake_entries::{
        entries_of_nothing_are_none,
        entries_are_of_their_hour_and_in_order,
        entries_count_each_further_delivery_in_the_hour_it_came,
        entries_count_one_delivery_of_many_at_once_as_a_record,
        entries_leave_the_record_as_it_was,
    }
    ledger::{
        ledger_of_nothing_is_empty,
        ledger_burst_makes_a_chain_an_incident,
        ledger_takes_an_hour_of_a_storm,
        ledger_takes_a_burst_of_incidents,
        log_mark_of_a_chain_goes_only_with_what_it_had_grown_to,
        log_mark_is_never_lowered_by_an_append,
        log_batches_are_in_order_and_put_once,
    }
    store::{
        open_first_is_current,
        open_again_by_the_same_event_is_known,
        open_by_another_event_races,
        open_after_the_previous_one_only,
        open_many_at_once_opens_one,
        recovery_is_remembered_of_the_latest_incident_only,
        returns_are_the_latest_of_each_problem_and_listed_while_it_is_back,
        attach_counts_and_keeps_the_latest_time,
        attach_keeps_the_worst_severity_beside_that_of_the_opening,
        attach_the_same_event_twice_counts_once,
        attach_to_an_ended_incident_races,
        attach_many_at_once_loses_none,
        keep_first_record_stays,
        advance_along_written_transitions_only,
        end_with_more_signals_than_seen_is_refused,
        end_twice_keeps_the_first_outcome,
        end_by_a_person_is_possible_from_every_status,
        unsettled_lists_until_the_end_is_told,
        rejected_events_are_listed_by_time,
        digest_is_read_back,
        set_application_is_read_back,
        case_file_is_read_back,
        acquire_twice_is_held,
        acquire_for_an_incident_that_has_ended_takes_nothing,
        acquire_many_at_once_gives_one,
        taken_counts_by_target_and_time_and_incident,
        lease_update_adds_what_became_known,
        approval_first_decision_counts,
        approval_that_lapsed_is_asked_for_again_and_no_other,
        approval_pending_takes_the_new_token_and_decided_stays,
        approval_many_decisions_at_once_record_one,
        delivery_is_read_back_by_occasion,
        incident_with_everything_is_read_back,
    }
    purge::{
        purge_takes_the_file_of_its_incident_and_leaves_what_was_done,
        purge_again_takes_what_came_since_and_keeps_the_first_mark,
        purge_of_one_that_has_not_ended_takes_nothing,
    }
    reasoning::{
        reserve_up_to_each_cap_and_no_farther,
        reserve_one_refused_counter_leaves_the_other_alone,
        reserve_many_at_once_never_passes_the_cap,
        settle_gives_back_what_was_not_spent_and_never_more,
        settle_counts_what_was_spent_beyond,
        spending_of_any_order_is_as_added_up,
        admit_counts_incidents_by_application_and_hour,
        admit_many_at_once_admits_no_more,
        steps_are_read_back_in_order_and_once,
        precedents_are_the_newest_first_with_their_outcomes,
        precedents_of_any_application_keep_apart,
        precedent_remembered_again_is_one,
    }
    target_leases::{
        target_is_one_incidents_until_it_releases_it,
        target_taken_again_for_another_plan_is_not_released_by_the_plan_before,
        target_of_a_dead_holder_is_taken_over_exactly_as_it_was_read,
        target_taken_by_many_at_once_is_one_incidents,
        target_that_is_held_does_not_count_as_an_action,
    }
    topology::{
        topology_last_one_is_read_back,
        topology_without_anything_is_read_back,
        topology_too_large_is_kept_in_part_and_says_so,
    }
}

#[tokio::test]
async fn recent_incidents_are_newest_first_and_no_more_than_asked() {
    let store = empty_store().await;
    for (problem, event, seconds) in [("a", "e-1", 10), ("b", "e-2", 30), ("c", "e-3", 20)] {
        let incident = common::Incident::opened_by(samples::signal(problem, event, seconds), 1);
        store.open(&incident, None, &samples::opened(&incident)).await.unwrap();
    }
    let found: Vec<_> =
        store.recent_incidents(2).await.unwrap().into_iter().map(|incident| incident.opened_at).collect();
    assert_eq!(found, [samples::at(30), samples::at(20)]);
}

#[tokio::test]
async fn ledger_longer_than_a_page_is_read_whole() {
    let store = empty_store().await;
    let incident = samples::incident("a", "e-1");
    // A page of DynamoDB's is 1 MB.
    let long = "x".repeat(300_000);
    for _ in 0..5 {
        store.append(incident.id, samples::at(0), &samples::entry(&long)).await.unwrap();
    }
    let records = store.timeline(incident.id).await.unwrap();
    assert_eq!(common::chain::verify(incident.id, &records), Ok(()));
    assert_eq!(records.len(), 5);
}

#[tokio::test]
async fn end_written_whose_answer_was_lost_is_done() {
    let store = empty_store().await;
    let incident = samples::incident("a", "e-1");
    store.open(&incident, None, &samples::opened(&incident)).await.unwrap();
    for _ in 0..2 {
        let ended = store.end(incident.id, Status::Escalated, &samples::outcome("x"), Some(1)).await.unwrap();
        assert_eq!(ended, Advance::Done);
    }
}

#[tokio::test]
async fn write_to_what_is_not_there_is_not_found() {
    let store = empty_store().await;
    let incident = samples::incident("a", "e-1");
    let outcome = samples::outcome("x");
    let signal = samples::signal("a", "e-2", 1);
    for error in [
        store.advance(incident.id, Status::Diagnosing).await.unwrap_err(),
        store.end(incident.id, Status::Escalated, &outcome, None).await.unwrap_err(),
        store.set_application(incident.id, "shop").await.unwrap_err(),
        store.attach(incident.id, &signal, &samples::attached(&signal, &incident)).await.unwrap_err(),
        store.update(&samples::lease(&incident, "plan", "limit", 0)).await.unwrap_err(),
    ] {
        assert_eq!(error.kind, PortErrorKind::NotFound, "{error}");
    }
}

#[tokio::test]
async fn step_larger_than_an_item_may_be_is_cut_and_kept() {
    use common::{model::ContentBlock, ports::Reasoning as _};
    let store = empty_store().await;
    let incident = samples::incident("a", "e-1");
    let mut step = reasoning::step(&incident, 0, "weigh", 1);
    step.asked =
        vec![ContentBlock::Text { text: "ä".repeat(400_000) }, ContentBlock::Text { text: "short".into() }];
    store.put_step(&step).await.unwrap();
    let kept = store.steps(incident.id).await.unwrap().remove(0);
    let Some(ContentBlock::Text { text }) = kept.asked.first() else { panic!("{kept:?}") };
    assert!(text.starts_with("ää") && text.ends_with(" more bytes]"));
    assert_eq!(kept.asked.get(1), step.asked.get(1));
}

/// Whoever may write requests must not be able to approve by one.
#[tokio::test]
async fn request_with_a_decision_in_it_is_no_approval() {
    use aws_sdk_dynamodb::types::AttributeValue;
    use common::ports::Approvals as _;
    let (store, client) = empty_store_and_client().await;
    let incident = samples::incident("a", "e-1");
    store.request(&samples::approval(&incident, "t"), None).await.unwrap();
    let mut item = client.scan().table_name(TABLE).send().await.unwrap().items.unwrap().remove(0);
    let approved = [("state", "approved"), ("by", "mallory"), ("at", "2026-11-20T03:00:00Z")];
    let approved =
        approved.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned()))).into();
    item.insert("decision".to_owned(), AttributeValue::M(approved));
    client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    let error = store.approval(incident.id, &samples::plan_hash("plan")).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Invalid, "{error}");
}

/// An item that should expire must carry its time to live, or the table keeps it for ever.
#[tokio::test]
async fn money_and_admissions_age_out() {
    use common::{
        money::MicroUsd,
        ports::{Caps, Spending as _},
    };
    let (store, client) = empty_store_and_client().await;
    let incident = samples::incident("a", "e-1");
    let caps = Caps { incident: MicroUsd(10), day: MicroUsd(10) };
    store.reserve(incident.id, samples::at(0), MicroUsd(5), caps).await.unwrap();
    store.settle(incident.id, samples::at(0), MicroUsd(7), MicroUsd::ZERO).await.unwrap();
    store.admit(incident.id, "shop", samples::at(0), 1).await.unwrap();
    let items = client.scan().table_name(TABLE).send().await.unwrap().items.unwrap();
    assert_eq!(items.len(), 3);
    for item in items {
        let expires: i64 = item["expires_at_seconds"].as_n().unwrap().parse().unwrap();
        assert!(expires > samples::at(0).as_second(), "{item:?}");
    }
}

/// The DynamoDB of this process writes one transaction after the other, so that none meets another.
#[tokio::test]
async fn reserve_while_others_write_the_counters_is_tried_again() {
    use aws_sdk_dynamodb::{
        operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput},
        types::{CancellationReason, error::TransactionCanceledException},
    };
    use common::{
        money::MicroUsd,
        ports::{Caps, Reserved, Spending as _},
    };
    let conflict = || {
        let reasons = ["None", "TransactionConflict"];
        let reasons = reasons.map(|code| CancellationReason::builder().code(code).build());
        TransactWriteItemsError::TransactionCanceledException(
            TransactionCanceledException::builder().set_cancellation_reasons(Some(reasons.into())).build(),
        )
    };
    let rule = aws_smithy_mocks::mock!(Client::transact_write_items)
        .sequence()
        .error(conflict)
        .times(2)
        .output(|| TransactWriteItemsOutput::builder().build())
        .build();
    let store = DynamoStore::new(client!(aws_sdk_dynamodb, &rule), TABLE);
    let caps = Caps { incident: MicroUsd(10), day: MicroUsd(10) };
    let incident = samples::incident("a", "e-1");
    let reserved = store.reserve(incident.id, samples::at(0), MicroUsd(5), caps).await.unwrap();
    assert_eq!((reserved, rule.num_calls()), (Reserved::Granted, 3));
}

#[tokio::test]
async fn storm_of_ten_thousand_in_memory() {
    let store = fakes::MemoryStore::new(&fakes::Faults::default());
    storm::storm_opens_one_incident_a_problem_and_accounts_for_every_event(store, 10_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn storm_of_a_thousand_on_dynamodb() {
    storm::storm_opens_one_incident_a_problem_and_accounts_for_every_event(empty_store().await, 1_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: cargo test -p aws --all-features --test store_contract -- --ignored storm"]
async fn storm_of_ten_thousand_on_dynamodb() {
    storm::storm_opens_one_incident_a_problem_and_accounts_for_every_event(empty_store().await, 10_000).await;
}
