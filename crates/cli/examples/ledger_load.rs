//! Appends records to the ledger of a table, many at once, and prints how long that took: `ledger_load TABLE INCIDENTS RECORDS`.
//! Then the first record of as many further incidents, all at once: `BURST`. Fails where an append does, or a chain does not hold.
//!
//! ```sh
//! cargo run --package cli --example ledger_load -- nightshift-incidents 100 10 50
//! ```

use std::time::Instant;

use aws::store::DynamoStore;
use common::{AuditEntry, IncidentId, chain, ports::Ledger as _};
use jiff::Timestamp;
use tokio::task::{JoinSet, LocalSet};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// The number of incidents that are under way at once, as in a deployment with many.
const AT_ONCE: usize = 20;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // The store's futures are driven on one thread, as in the functions.
    LocalSet::new().run_until(run()).await
}

async fn run() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [table, incidents, records, burst] = &arguments[..] else {
        return Err("expected: ledger_load TABLE INCIDENTS RECORDS BURST".into());
    };
    let (incidents, records, burst): (usize, usize, usize) =
        (incidents.parse()?, records.parse()?, burst.parse()?);
    let store = DynamoStore::from_config(&aws::config().await, table);
    let began = Instant::now();
    let ids: Vec<IncidentId> = (0..incidents).map(|number| id("load", number)).collect::<Result<_, _>>()?;
    for some in ids.chunks(AT_ONCE) {
        append_to_each(&store, some, records).await?;
    }
    let appended = incidents.saturating_mul(records);
    println!("{appended} records of {incidents} incidents in {:.1} s", began.elapsed().as_secs_f64());
    for id in &ids {
        let stored = store.timeline(*id).await?;
        chain::verify(*id, &stored)?;
        if stored.len() != records {
            return Err(format!("incident {id} has {} records: expected {records}", stored.len()).into());
        }
    }
    let began = Instant::now();
    let ids: Vec<IncidentId> = (0..burst).map(|number| id("burst", number)).collect::<Result<_, _>>()?;
    append_to_each(&store, &ids, 1).await?;
    println!("{burst} records of {burst} incidents at once in {:.1} s", began.elapsed().as_secs_f64());
    Ok(())
}

fn id(kind: &str, number: usize) -> Result<IncidentId, Error> {
    // As long as a fingerprint is.
    let fingerprint: String = common::sha256_hex(kind).chars().take(32).collect();
    let event = format!("{kind}-{number}").parse()?;
    Ok(IncidentId::opened_by(&event, &fingerprint.parse()?, Timestamp::now()))
}

/// Appends to all of these incidents at once, to each one record after the other.
async fn append_to_each(store: &DynamoStore, ids: &[IncidentId], records: usize) -> Result<(), Error> {
    let mut tasks = JoinSet::new();
    for id in ids.iter().copied() {
        let store = store.clone();
        tasks.spawn_local(async move {
            for number in 0..records {
                let entry = AuditEntry::StartIntended { reason: format!("record {number}") };
                store.append(id, Timestamp::now(), &entry).await?;
            }
            Ok::<(), Error>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}
