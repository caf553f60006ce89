use common::{AuditEntry, ports::Ledger as _};
use fakes::{FakeLogKey, Faults, MemoryCheckpoints, MemoryStore, When, sample};
use proptest::prelude::*;
use transparency::Log;

use super::*;

struct World {
    deps: Deps<MemoryStore, FakeLogKey, MemoryCheckpoints>,
    faults: Faults,
}

fn id(number: usize) -> IncidentId {
    format!("01ARZ3NDEKTSV4RRFFQ69G5F{number:02}").parse().unwrap()
}

impl World {
    fn new() -> Self {
        let faults = Faults::default();
        let (store, key) = (MemoryStore::new(&faults), FakeLogKey::new(&faults, 1));
        let checkpoints = Some(MemoryCheckpoints::new(&faults));
        let origin = "nightshift/test".parse().unwrap();
        Self { deps: Deps { store, key, checkpoints, origin }, faults }
    }

    /// The heads that were kept outside the table.
    fn kept(&self) -> Vec<String> {
        self.deps.checkpoints.as_ref().unwrap().notes()
    }

    async fn append(&self, incident: usize) {
        let entry = AuditEntry::StartIntended { reason: "as told".into() };
        self.deps.store.append(id(incident), sample::at(), &entry).await.unwrap();
    }

    /// The log as whoever has the public key verifies it.
    async fn log(&self) -> Log {
        let key = self.deps.key.public_key().await.unwrap();
        let key = VerifierKey::from_spki(self.deps.origin.clone(), &key).unwrap();
        Log::verified(self.deps.store.batches().await.unwrap(), &key).unwrap()
    }

    /// Whether the newest leaf of each chain is its head.
    async fn is_whole(&self, incidents: usize) -> bool {
        let log = self.log().await;
        for number in 0..incidents {
            let records = self.deps.store.timeline(id(number)).await.unwrap();
            let head = records.last().map(|last| Leaf::new(id(number), last));
            if log.newest(id(number)).map(|(_, leaf)| leaf.clone()) != head {
                return false;
            }
        }
        self.deps.store.grown().await.unwrap().is_empty()
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

#[test]
fn handle_joins_each_chain_that_has_grown_once() {
    run(async {
        let world = World::new();
        for incident in [0, 1, 0] {
            world.append(incident).await;
        }
        let output = handle(&world.deps).await.unwrap();
        let checkpoint = world.log().await.note().unwrap().to_owned();
        assert_eq!(output, Output::Joined { chains: 2, checkpoint });
        assert_eq!(handle(&world.deps).await.unwrap(), Output::NothingNew);
        world.append(1).await;
        assert!(matches!(handle(&world.deps).await.unwrap(), Output::Joined { chains: 1, .. }));
        assert!(world.is_whole(2).await);
        assert_eq!(world.log().await.head().unwrap().size, 3);
    });
}

#[test]
fn handle_a_storm_is_joined_in_several_batches() {
    run(async {
        let world = World::new();
        for number in 0..=BATCH {
            let incident = IncidentId::opened_by(
                &number.to_string().parse().unwrap(),
                &sample::incident().fingerprint,
                sample::at(),
            );
            let entry = AuditEntry::StartIntended { reason: "as told".into() };
            world.deps.store.append(incident, sample::at(), &entry).await.unwrap();
        }
        let output = handle(&world.deps).await.unwrap();
        assert!(matches!(output, Output::Joined { chains, .. } if chains == BATCH + 1), "{output:?}");
        assert_eq!(world.deps.store.batches().await.unwrap().len(), 2);
        assert!(world.is_whole(0).await);
    });
}

#[test]
fn handle_chain_that_does_not_hold_is_told_once_and_the_others_are_joined() {
    run(async {
        let world = World::new();
        world.append(0).await;
        world.append(1).await;
        world.deps.store.edit_record(id(0), |record| record.body.push(' '));
        let error = handle(&world.deps).await.unwrap_err();
        assert_eq!(error.error_name(), "Sequence.BrokenChain");
        assert!(error.to_string().contains(&id(0).to_string()), "{error}");
        assert!(world.is_whole(2).await);
        assert_eq!(handle(&world.deps).await.unwrap(), Output::NothingNew);
    });
}

#[test]
fn handle_chain_that_was_cut_is_told_each_time_and_keeps_its_mark() {
    run(async {
        let world = World::new();
        world.append(0).await;
        world.append(1).await;
        let marked = GrownChain { incident_id: id(0), sequence: 2 };
        world.deps.store.mark_grown(&marked).await.unwrap();
        for _ in 0..2 {
            let error = handle(&world.deps).await.unwrap_err();
            assert_eq!(error.error_name(), "Sequence.CutChain");
        }
        assert_eq!(world.deps.store.grown().await.unwrap(), [marked]);
        let log = world.log().await;
        assert!(log.newest(id(0)).is_none() && log.newest(id(1)).is_some());
    });
}

#[test]
fn handle_chains_that_cannot_be_joined_keep_no_other_out() {
    run(async {
        let world = World::new();
        for number in 0..=BATCH {
            let fingerprint = &sample::incident().fingerprint;
            let incident_id =
                IncidentId::opened_by(&number.to_string().parse().unwrap(), fingerprint, sample::at());
            world.deps.store.mark_grown(&GrownChain { incident_id, sequence: 1 }).await.unwrap();
        }
        for incident in 0..3 {
            world.append(incident).await;
        }
        handle(&world.deps).await.unwrap_err();
        let log = world.log().await;
        assert!((0..3).all(|incident| log.newest(id(incident)).is_some()));
    });
}

#[test]
fn handle_each_head_is_kept_outside_the_table() {
    run(async {
        let world = World::new();
        world.append(0).await;
        handle(&world.deps).await.unwrap();
        world.append(1).await;
        handle(&world.deps).await.unwrap();
        let notes: Vec<String> =
            world.deps.store.batches().await.unwrap().into_iter().map(|batch| batch.checkpoint).collect();
        assert_eq!(world.kept(), notes);
    });
}

#[test]
fn handle_that_cannot_keep_a_head_joins_all_the_same_says_so_each_time_and_keeps_it_later() {
    run(async {
        let world = World::new();
        world.append(0).await;
        world.faults.fail_operation("CheckpointStore::keep");
        for _ in 0..2 {
            let error = handle(&world.deps).await.unwrap_err();
            assert_eq!(error.error_name(), "Sequence.CheckpointNotKept");
            assert!(error.to_string().contains("at size 1 "), "{error}");
        }
        assert!(world.is_whole(1).await && world.kept().is_empty());
        world.faults.heal();
        assert_eq!(handle(&world.deps).await.unwrap(), Output::NothingNew);
        assert_eq!(world.kept().last().map(String::as_str), world.log().await.note());
    });
}

#[test]
fn handle_without_a_place_for_the_heads_keeps_none() {
    run(async {
        let world = World::new();
        let deps = Deps { checkpoints: None::<MemoryCheckpoints>, ..world.deps };
        let entry = AuditEntry::StartIntended { reason: "as told".into() };
        deps.store.append(id(0), sample::at(), &entry).await.unwrap();
        assert!(matches!(handle(&deps).await.unwrap(), Output::Joined { chains: 1, .. }));
        assert_eq!(handle(&deps).await.unwrap(), Output::NothingNew);
        assert!(!world.faults.calls().iter().any(|call| call == "CheckpointStore::keep"));
    });
}

#[test]
fn handle_nothing_is_signed_on_top_of_a_log_that_was_edited() {
    run(async {
        let world = World::new();
        world.append(0).await;
        handle(&world.deps).await.unwrap();
        let mut batch = world.deps.store.last_batch().await.unwrap().unwrap();
        batch.checkpoint = batch.checkpoint.replacen("nightshift/test\n1\n", "nightshift/test\n2\n", 1);
        world.deps.store.write_batch(batch);
        world.append(0).await;
        let error = handle(&world.deps).await.unwrap_err();
        assert_eq!(error.error_name(), "Sequence.BrokenLog");
        assert_eq!(world.deps.store.grown().await.unwrap().len(), 1);
    });
}

#[test]
fn handle_that_another_one_was_faster_than_adds_nothing_and_the_next_one_does() {
    run(async {
        let world = World::new();
        let other = World::new();
        other.append(1).await;
        handle(&other.deps).await.unwrap();
        let faster = other.deps.store.last_batch().await.unwrap().unwrap();
        world.append(0).await;
        world.append(1).await;
        // Right before it is put: the marks, two chains, the key, the last batch and the signature come first.
        let store = world.deps.store.clone();
        world.faults.interrupt(world.faults.calls().len() + 6, move || store.write_batch(faster));
        let error = handle(&world.deps).await.unwrap_err();
        assert_eq!(error.error_name(), "Sequence.Contended");
        handle(&world.deps).await.unwrap();
        assert!(world.is_whole(2).await);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever call fails, before or after its effect: the next invocations bring every head into one log that holds.
    #[test]
    fn handle_after_any_failure_every_head_comes_into_the_log(
        appends in prop::collection::vec(0..4usize, 1..10),
        failing in 0..20usize,
        when in prop_oneof![Just(When::Before), Just(When::After)],
    ) {
        run(async {
            let world = World::new();
            for (number, incident) in appends.iter().enumerate() {
                world.append(*incident).await;
                if number == appends.len() / 2 {
                    world.faults.fail_call(world.faults.calls().len() + failing, when);
                    let _ = handle(&world.deps).await;
                    world.faults.heal();
                }
            }
            handle(&world.deps).await.unwrap();
            handle(&world.deps).await.unwrap();
            for incident in 0..4 {
                let records = world.deps.store.timeline(id(incident)).await.unwrap();
                prop_assert_eq!(chain::verify(id(incident), &records), Ok(()));
            }
            prop_assert!(world.is_whole(4).await);
            prop_assert_eq!(world.kept().last().cloned(), world.log().await.note().map(str::to_owned));
            Ok(())
        })?;
    }
}
