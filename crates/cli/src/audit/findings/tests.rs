use common::{AuditEntry, ports::Ledger as _};
use fakes::{FakeLogKey, Faults, MemoryStore, sample};
use proptest::prelude::*;
use transparency::{
    Batch, GrownChain, UnsignedBatch,
    ports::{LogKey as _, LogStore as _},
};

use super::*;

const INCIDENTS: [&str; 3] =
    ["01ARZ3NDEKTSV4RRFFQ69G5FA1", "01ARZ3NDEKTSV4RRFFQ69G5FA2", "01ARZ3NDEKTSV4RRFFQ69G5FA3"];

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

/// A ledger of three incidents, in which `appends` come in turn; after each `true` the log takes in what has grown.
struct World {
    faults: Faults,
    store: MemoryStore,
    signer: FakeLogKey,
    key: VerifierKey,
    /// The heads of the log that were kept elsewhere, oldest first.
    kept: Vec<KeptHead>,
}

impl World {
    async fn on(store: MemoryStore, faults: Faults) -> Self {
        let signer = FakeLogKey::new(&faults, 1);
        let key =
            VerifierKey::from_spki("log".parse().unwrap(), &signer.public_key().await.unwrap()).unwrap();
        Self { faults, store, signer, key, kept: Vec::new() }
    }

    async fn new(appends: &[(usize, bool)]) -> Self {
        let faults = Faults::default();
        let mut world = Self::on(MemoryStore::new(&faults), faults).await;
        for (number, (incident, takes_in)) in appends.iter().enumerate() {
            let entry = AuditEntry::StartIntended { reason: number.to_string() };
            world.store.append(INCIDENTS[*incident].parse().unwrap(), sample::at(), &entry).await.unwrap();
            if *takes_in {
                world.take_in().await;
            }
        }
        world
    }

    async fn take_in(&mut self) {
        let mut leaves = Vec::new();
        for grown in self.store.grown().await.unwrap() {
            let records = self.store.timeline(grown.incident_id).await.unwrap();
            let leaf = Leaf::new(grown.incident_id, records.last().unwrap());
            leaves.push(leaf.kept_until(chain::kept_until(&records)));
            self.store.mark_joined(&grown).await.unwrap();
        }
        if leaves.is_empty() {
            return;
        }
        let last = self.store.last_batch().await.unwrap();
        let unsigned = UnsignedBatch::following(last.as_ref(), &self.key, leaves).unwrap();
        let signature = self.signer.sign(unsigned.text().as_bytes()).await.unwrap();
        let batch = unsigned.signed(&self.key, &signature).unwrap();
        let head = batch.head(&self.key).unwrap();
        self.kept.push(KeptHead { size: head.size, root: head.root });
        assert!(self.store.put_batch(&batch).await.unwrap());
    }

    async fn stored(&self) -> StoredLedger {
        self.read().await
    }

    async fn read(&self) -> StoredLedger {
        StoredLedger::read(&self.store, INCIDENTS.map(|id| id.parse().unwrap())).await.unwrap()
    }

    fn findings(&self, stored: StoredLedger, kept: Option<&KeptHead>) -> Findings {
        find(stored, &self.key, kept.map_or(&[], std::slice::from_ref), None, sample::at())
    }
}

fn appends() -> impl Strategy<Value = Vec<(usize, bool)>> {
    prop::collection::vec((0..3usize, any::<bool>()), 1..16)
}

/// One item of the table: a record, a batch or a mark.
#[derive(Debug, Clone, Copy)]
enum Place {
    Record(usize, usize),
    Batch(usize),
    Mark(usize),
}

fn places(stored: &StoredLedger) -> Vec<Place> {
    let records = stored.chains.values().enumerate();
    let records =
        records.flat_map(|(chain, records)| (0..records.len()).map(move |at| Place::Record(chain, at)));
    let batches = (0..stored.batches.len()).map(Place::Batch);
    records.chain(batches).chain((0..stored.grown.len()).map(Place::Mark)).collect()
}

fn chain_mut(stored: &mut StoredLedger, number: usize) -> &mut Vec<AuditRecord> {
    stored.chains.values_mut().nth(number).unwrap()
}

fn edit(stored: &mut StoredLedger, place: Place, field: usize) {
    match place {
        Place::Record(chain, at) => {
            let record = &mut chain_mut(stored, chain)[at];
            match field {
                0 => record.body = record.body.replace("start_intended", "start_intentet"),
                1 => record.hash = common::sha256_hex("other"),
                2 => record.previous = common::sha256_hex("other"),
                _ => record.sequence += 1,
            }
        }
        Place::Batch(at) => {
            let Batch { first, leaves, checkpoint, .. } = &mut stored.batches[at];
            match field {
                0 => *first += 1,
                1 => leaves[0].hash = common::sha256_hex("other"),
                2 => leaves[0].sequence += 1,
                _ => *checkpoint = checkpoint.replacen("log\n", "gol\n", 1),
            }
        }
        Place::Mark(at) => {
            stored.grown[at].sequence += 1;
            stored.grown_before[at].sequence += 1;
        }
    }
}

fn remove(stored: &mut StoredLedger, place: Place) {
    match place {
        Place::Record(chain, at) => drop(chain_mut(stored, chain).remove(at)),
        Place::Batch(at) => drop(stored.batches.remove(at)),
        Place::Mark(at) => {
            stored.grown.remove(at);
            stored.grown_before.remove(at);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn find_untouched_ledger_is_intact_and_holds_every_head_that_was_kept(appends in appends()) {
        run(async {
            let world = World::new(&appends).await;
            for kept in &world.kept {
                let findings = world.findings(world.stored().await, Some(kept));
                prop_assert!(findings.intact, "{:?}", findings.problems);
                prop_assert_eq!(findings.proven_through, Some(kept.size));
                prop_assert_eq!(findings.records, appends.len());
            }
            prop_assert!(world.findings(world.stored().await, None).intact);
            Ok(())
        })?;
    }

    /// Whatever item is edited or removed: it is found with the newest head that was kept.
    #[test]
    fn find_any_edit_or_removal_of_any_item_shows(
        appends in appends(),
        at in any::<prop::sample::Index>(),
        change in 0..5usize,
    ) {
        run(async {
            let world = World::new(&appends).await;
            let mut stored = world.stored().await;
            let place = *at.get(&places(&stored));
            if change == 4 { remove(&mut stored, place) } else { edit(&mut stored, place, change) }
            let findings = world.findings(stored, world.kept.last());
            prop_assert!(!findings.intact, "{place:?} {change}");
            Ok(())
        })?;
    }

    /// A copy of a record or a batch beside the others, or two of them in each other's place.
    #[test]
    fn find_any_insertion_or_swap_shows(
        appends in appends(),
        a in any::<prop::sample::Index>(),
        b in any::<prop::sample::Index>(),
        swap in any::<bool>(),
    ) {
        run(async {
            let world = World::new(&appends).await;
            let mut stored = world.stored().await;
            let places = places(&stored);
            match (*a.get(&places), *b.get(&places)) {
                (Place::Record(from, at), Place::Record(to, before)) => {
                    let copied = chain_mut(&mut stored, from)[at].clone();
                    if swap {
                        let other = std::mem::replace(&mut chain_mut(&mut stored, to)[before], copied.clone());
                        prop_assume!(other != copied);
                        chain_mut(&mut stored, from)[at] = other;
                    } else {
                        chain_mut(&mut stored, to).insert(before, copied);
                    }
                }
                (Place::Batch(from), Place::Batch(to)) if swap => {
                    prop_assume!(from != to);
                    stored.batches.swap(from, to);
                }
                (Place::Batch(from), Place::Batch(to)) => {
                    let copied = stored.batches[from].clone();
                    stored.batches.insert(to, copied);
                }
                _ => return Err(TestCaseError::reject("of two kinds")),
            }
            prop_assert!(!world.findings(stored, world.kept.last()).intact);
            Ok(())
        })?;
    }

    /// Whoever may write everything in the table, and not sign, cannot go back behind a head that was kept.
    #[test]
    fn find_an_earlier_state_of_everything_shows_by_a_later_head(appends in appends(), cut in any::<prop::sample::Index>()) {
        run(async {
            let (earlier, later) = (cut.index(appends.len()), World::new(&appends).await);
            let earlier = World::new(&appends[..earlier]).await;
            let Some(kept) = later.kept.last() else { return Err(TestCaseError::reject("no head")) };
            prop_assume!(earlier.kept.len() < later.kept.len());
            let stored = earlier.stored().await;
            prop_assert!(later.findings(stored.clone(), None).intact);
            prop_assert!(!later.findings(stored, Some(kept)).intact);
            Ok(())
        })?;
    }

    /// Whatever is removed of a ledger that is kept for a time: it is an expiry where all of it had to be kept no longer, and
    /// found before. The clock's day counts from the first record.
    #[test]
    fn find_what_is_removed_is_an_expiry_after_its_time_and_found_before(
        appends in appends(),
        day in 0..60_i64,
        kept_days in 20..40_i64,
        removed in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
    ) {
        run(async {
            let faults = Faults::default();
            let store = MemoryStore::new(&faults).with_records_kept_for(jiff::SignedDuration::from_hours(24 * kept_days));
            let mut world = World::on(store, faults).await;
            for (number, (incident, takes_in)) in appends.iter().enumerate() {
                let entry = AuditEntry::StartIntended { reason: number.to_string() };
                let at = sample::at() + jiff::SignedDuration::from_hours(24 * i64::try_from(number).unwrap());
                world.store.append(INCIDENTS[*incident].parse().unwrap(), at, &entry).await.unwrap();
                if *takes_in { world.take_in().await }
            }
            world.take_in().await;
            let now = sample::at() + jiff::SignedDuration::from_hours(24 * day);
            let whole = world.stored().await;
            let intact = find(whole.clone(), &world.key, &world.kept, None, now);
            prop_assert!(intact.intact && intact.expired == 0, "{:?}", intact.problems);
            let mut stored = whole.clone();
            for at in &removed {
                let records: Vec<_> = places(&stored).into_iter().filter(|place| matches!(place, Place::Record(..))).collect();
                if !records.is_empty() { remove(&mut stored, *at.get(&records)) }
            }
            let mut is_excused = true;
            for (incident, records) in &whole.chains {
                let ends: Vec<_> = whole.batches.iter().flat_map(|batch| &batch.leaves).filter(|leaf| leaf.incident_id == *incident && leaf.has_expired(now)).map(|leaf| leaf.sequence).collect();
                let through = ends.into_iter().max().unwrap_or(0);
                is_excused &= records.iter().filter(|one| !stored.chains[incident].contains(one)).all(|gone| gone.sequence <= through && gone.kept_until().unwrap() <= now);
            }
            let findings = find(stored, &world.key, &world.kept, None, now);
            prop_assert_eq!(findings.intact, is_excused, "{:?}", findings.problems);
            prop_assert!(!is_excused || findings.expired > 0);
            Ok(())
        })?;
    }

    /// A chain that was written anew from some record on, as intact as before.
    #[test]
    fn find_a_rewritten_chain_shows(appends in appends(), at in any::<prop::sample::Index>()) {
        run(async {
            let world = World::new(&appends).await;
            let mut stored = world.stored().await;
            let logged: Vec<Leaf> = stored.batches.iter().flat_map(|batch| batch.leaves.clone()).collect();
            prop_assume!(!logged.is_empty());
            let leaf = at.get(&logged);
            let records = stored.chains.get_mut(&leaf.incident_id).unwrap();
            let mut rewritten: Vec<AuditRecord> = Vec::new();
            for record in &*records {
                let body = record.body.replace("\"reason\":\"", "\"reason\":\"not ");
                rewritten.push(AuditRecord::following_as(rewritten.last(), body));
            }
            *records = rewritten;
            let findings = world.findings(stored, None);
            prop_assert!(findings.problems[0].contains("was replaced"), "{:?}", findings.problems);
            Ok(())
        })?;
    }
}

/// Two heads of one size, as a bucket keeps them of a log that was replaced: one of them shows it.
#[test]
fn find_every_head_that_was_kept_is_held_against_the_log() {
    run(async {
        let world = World::new(&[(0, true), (1, true)]).await;
        let other = World::new(&[(2, true), (1, true)]).await;
        let stored = world.stored().await;
        let all = |heads: &[KeptHead]| find(stored.clone(), &world.key, heads, None, sample::at());
        let whole = all(&world.kept);
        assert_eq!((whole.intact, whole.proven_through), (true, Some(2)));
        let forked = all(&[world.kept.clone(), vec![other.kept[0].clone()]].concat());
        assert!(!forked.intact && forked.problems[0].contains("was replaced"), "{:?}", forked.problems);
        assert_eq!(forked.proven_through, Some(2));
    });
}

#[test]
fn find_a_log_that_another_key_signed_shows() {
    run(async {
        let world = World::new(&[(0, true)]).await;
        let other = FakeLogKey::new(&Faults::default(), 2);
        let key = VerifierKey::from_spki("log".parse().unwrap(), &other.public_key().await.unwrap()).unwrap();
        let findings = find(world.stored().await, &key, &[], None, sample::at());
        assert!(findings.problems[0].contains("none of this log's"), "{:?}", findings.problems);
    });
}

#[test]
fn find_names_the_record_with_a_hash_or_says_that_there_is_none() {
    run(async {
        let world = World::new(&[(0, false), (1, false), (0, true)]).await;
        let stored = world.stored().await;
        let records = &stored.chains[&INCIDENTS[0].parse().unwrap()];
        let hash: HashPrefix = records[1].hash[..12].parse().unwrap();
        let found = find(stored.clone(), &world.key, &[], Some(&hash), sample::at());
        let expected = AskedFor { incident: INCIDENTS[0].parse().unwrap(), sequence: 2 };
        assert_eq!((found.intact, found.asked_for), (true, Some(expected)));
        let none = find(stored, &world.key, &[], Some(&"0123456789ab".parse().unwrap()), sample::at());
        assert!(!none.intact && none.problems[0].contains("0123456789ab"), "{none:?}");
    });
}

#[test]
fn find_nothing_is_intact() {
    run(async {
        let world = World::new(&[]).await;
        let findings = world.findings(StoredLedger::default(), None);
        assert_eq!((findings.intact, findings.records, findings.head), (true, 0, None));
    });
}

#[test]
fn find_counts_what_the_log_has_not_taken_in_yet() {
    run(async {
        let world = World::new(&[(0, true), (0, false), (1, false)]).await;
        let findings = world.findings(world.stored().await, None);
        assert_eq!((findings.intact, findings.not_yet_logged), (true, 2));
        assert_eq!(findings.head.unwrap().size, 1);
        let marks = world.stored().await.grown;
        assert!(marks.contains(&GrownChain { incident_id: INCIDENTS[0].parse().unwrap(), sequence: 2 }));
    });
}

/// A ledger in use is intact: whatever is appended and joined while it is read.
#[test]
fn find_what_comes_while_the_ledger_is_read_is_no_problem() {
    run(async {
        let appends = [(0, true), (0, false), (1, false), (2, true), (2, false)];
        for call in 0..8 {
            for joined in [false, true] {
                let world = World::new(&appends).await;
                let mut later = World::new(&appends).await;
                for incident in [0, 2] {
                    let entry = AuditEntry::StartIntended { reason: "meanwhile".to_owned() };
                    let id = INCIDENTS[incident].parse().unwrap();
                    later.store.append(id, sample::at(), &entry).await.unwrap();
                }
                if joined {
                    later.take_in().await;
                }
                let (store, becomes) = (world.store.clone(), later.store.clone());
                world
                    .faults
                    .interrupt(world.faults.calls().len() + call, move || store.become_like(&becomes));
                let findings = world.findings(world.read().await, world.kept.last());
                assert!(findings.intact, "{call} {joined}: {:?}", findings.problems);
            }
        }
    });
}

#[test]
fn find_what_the_log_should_have_taken_in_long_ago_shows() {
    run(async {
        let world = World::new(&[(0, true), (0, false)]).await;
        let at = |minutes| sample::at() + jiff::SignedDuration::from_mins(minutes);
        for (minutes, is_told) in [(29, false), (31, true)] {
            let findings = find(world.stored().await, &world.key, &[], None, at(minutes));
            assert_eq!(
                findings.problems.iter().any(|one| one.contains("does not run")),
                is_told,
                "{minutes}"
            );
        }
    });
}
