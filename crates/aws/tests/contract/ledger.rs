//! The contract of the ledger's chains and of the log over them.

use std::time::Instant;

use common::{IncidentId, chain, ports::Ledger};
use transparency::{Batch, Frontier, GrownChain, Leaf, ports::LogStore};

use super::{
    samples::{at, entry, incident},
    store::at_once,
};

fn ids(count: usize) -> Vec<IncidentId> {
    (0..count).map(|number| incident(&format!("problem-{number}"), "e-1").id).collect()
}

pub(crate) async fn ledger_of_nothing_is_empty(store: impl Ledger + LogStore) {
    assert_eq!(store.timeline(ids(1)[0]).await.unwrap(), []);
    assert_eq!(store.grown().await.unwrap(), []);
    assert_eq!(store.last_batch().await.unwrap(), None);
    assert_eq!(store.batches().await.unwrap(), []);
}

/// A storm: 500 records at once, ten for each of 50 incidents. None fails, and no chain forks.
pub(crate) async fn ledger_burst_makes_a_chain_an_incident<S: Ledger + LogStore + Clone + 'static>(store: S) {
    let incidents = ids(50);
    at_once(500, |number| {
        let (store, id) = (store.clone(), incidents[number % 50]);
        async move {
            store.append(id, at(0), &entry(&number.to_string())).await.unwrap();
        }
    })
    .await;
    for id in &incidents {
        let records = store.timeline(*id).await.unwrap();
        assert_eq!(chain::verify(*id, &records), Ok(()));
        assert_eq!(records.len(), 10);
    }
    let mut grown = store.grown().await.unwrap();
    grown.sort_by_key(|grown| grown.incident_id);
    let mut expected: Vec<_> =
        incidents.iter().map(|id| GrownChain { incident_id: *id, sequence: 10 }).collect();
    expected.sort_by_key(|grown| grown.incident_id);
    assert_eq!(grown, expected);
}

/// An hour of a storm: 1,000 incidents with ten records each, of which 32 are written at any time. None fails, and no chain
/// forks. Prints how long it took: it has to be far less than the hour.
pub(crate) async fn ledger_takes_an_hour_of_a_storm<S: Ledger + LogStore + Clone + 'static>(store: S) {
    let incidents = ids(1_000);
    let began = Instant::now();
    for some in incidents.chunks(32) {
        at_once(some.len(), |number| {
            let (store, id) = (store.clone(), some[number]);
            async move {
                for record in 0..10 {
                    store.append(id, at(record), &entry(&record.to_string())).await.unwrap();
                }
            }
        })
        .await;
    }
    let took = began.elapsed();
    println!(
        "10,000 records of 1,000 incidents in {:.1} s, {:.2} ms each",
        took.as_secs_f64(),
        took.as_secs_f64() / 10.0
    );
    for id in incidents.iter().step_by(97) {
        let records = store.timeline(*id).await.unwrap();
        assert_eq!((chain::verify(*id, &records), records.len()), (Ok(()), 10));
    }
    assert_eq!(store.grown().await.unwrap().len(), 1_000);
    assert!(took.as_secs() < 600, "{took:?}");
}

/// A burst: 500 records of 500 incidents at once.
pub(crate) async fn ledger_takes_a_burst_of_incidents<S: Ledger + LogStore + Clone + 'static>(store: S) {
    let incidents = ids(500);
    let began = Instant::now();
    at_once(500, |number| {
        let (store, id) = (store.clone(), incidents[number]);
        async move {
            store.append(id, at(0), &entry("burst")).await.unwrap();
        }
    })
    .await;
    println!("500 records of 500 incidents at once in {:.1} s", began.elapsed().as_secs_f64());
    assert_eq!(store.grown().await.unwrap().len(), 500);
}

pub(crate) async fn log_mark_of_a_chain_goes_only_with_what_it_had_grown_to(store: impl Ledger + LogStore) {
    let incident_id = ids(1)[0];
    store.append(incident_id, at(0), &entry("a")).await.unwrap();
    let seen = store.grown().await.unwrap()[0];
    store.append(incident_id, at(1), &entry("b")).await.unwrap();
    store.mark_joined(&seen).await.unwrap();
    assert_eq!(store.grown().await.unwrap(), [GrownChain { incident_id, sequence: 2 }]);
    // A head that was read later than the mark covers it.
    store.mark_joined(&GrownChain { incident_id, sequence: 3 }).await.unwrap();
    assert_eq!(store.grown().await.unwrap(), []);
    store.mark_joined(&GrownChain { incident_id, sequence: 3 }).await.unwrap();
    store.mark_grown(&GrownChain { incident_id, sequence: 2 }).await.unwrap();
    assert_eq!(store.grown().await.unwrap(), [GrownChain { incident_id, sequence: 2 }]);
}

/// A mark that says more than there is tells that records were removed: what is appended later does not hide that.
pub(crate) async fn log_mark_is_never_lowered_by_an_append(store: impl Ledger + LogStore) {
    let incident_id = ids(1)[0];
    store.append(incident_id, at(0), &entry("a")).await.unwrap();
    store.mark_grown(&GrownChain { incident_id, sequence: 7 }).await.unwrap();
    store.append(incident_id, at(1), &entry("b")).await.unwrap();
    assert_eq!(store.timeline(incident_id).await.unwrap().len(), 2);
    assert_eq!(store.grown().await.unwrap(), [GrownChain { incident_id, sequence: 7 }]);
}

fn batch(frontier: &mut Frontier, size: usize, checkpoint: &str) -> Batch {
    let first = frontier.size();
    let leaf = |number: usize| Leaf {
        incident_id: ids(1)[0],
        sequence: u64::try_from(number).unwrap() + 1,
        hash: common::sha256_hex(number.to_string()),
        kept_until_seconds: None,
    };
    let leaves: Vec<Leaf> = (0..size).map(leaf).collect();
    for leaf in &leaves {
        frontier.append(leaf.tree_hash());
    }
    Batch { first, leaves, frontier: frontier.clone(), checkpoint: checkpoint.to_owned() }
}

/// The log of a storm, a batch as large as one gets, is read back as it was written.
pub(crate) async fn log_batches_are_in_order_and_put_once(store: impl LogStore) {
    let mut frontier = Frontier::default();
    let batches =
        [batch(&mut frontier, 500, "a"), batch(&mut frontier, 1, "b"), batch(&mut frontier, 3, "c")];
    for batch in &batches {
        assert!(store.put_batch(batch).await.unwrap());
        assert_eq!(store.last_batch().await.unwrap().as_ref(), Some(batch));
    }
    let other = Batch { checkpoint: "other".to_owned(), ..batches[1].clone() };
    assert!(!store.put_batch(&other).await.unwrap());
    assert_eq!(store.batches().await.unwrap(), batches);
}
