//! Tests that the order of events with the same time does not matter.

use jiff::Timestamp;
use proptest::prelude::*;
use simulation::{Recording, Simulation};

use crate::repository::{block_on, scenarios};

/// With many lines, several changes, and more than one way to explain it.
const SCENARIOS: [&str; 5] = [
    "alias-moved-two-calls-behind",
    "newer-change-of-the-same-application",
    "orders-in-the-log",
    "two-faults-of-two-parts",
    "two-faults-one-of-them-ours",
];

/// `all` by time, those of one time in the order that `keys` give them.
fn shuffled_ties<T>(all: Vec<T>, keys: &[u64], at: impl Fn(&T) -> Timestamp) -> Vec<T> {
    let mut keyed: Vec<_> = all.into_iter().zip(keys.iter().cycle()).collect();
    keyed.sort_by_key(|(one, key)| (at(one), **key));
    keyed.into_iter().map(|(one, _)| one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn simulation_order_of_what_came_at_the_same_time_does_not_matter(
        name in prop::sample::select(SCENARIOS.as_slice()),
        keys in prop::collection::vec(any::<u64>(), 397),
        second in 1i64..120,
    ) {
        let simulation = Simulation::shipped().unwrap();
        let mut recording = Recording::read(&scenarios().join(name)).unwrap();
        // Whole minutes and more make many of one time.
        let coarse = |at: Timestamp| {
            let seconds = at.as_second();
            Timestamp::from_second(seconds - seconds.rem_euclid(second)).unwrap()
        };
        for line in &mut recording.lines {
            line.at = coarse(line.at);
        }
        let before = block_on(simulation.run(&recording)).unwrap();
        recording.lines = shuffled_ties(recording.lines, &keys, |line| line.at);
        recording.records = shuffled_ties(recording.records, &keys, |record| record.at);
        prop_assert_eq!(block_on(simulation.run(&recording)).unwrap(), before);
    }
}
