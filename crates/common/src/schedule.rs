//! Takes what a schedule finds in turn.

use jiff::Timestamp;

/// The time between two runs of a schedule of the template: `rate(5 minutes)`.
const EVERY_SECONDS: i64 = 5 * 60;

/// Returns the items with another one first at each run of the schedule, and the others in their order behind it, so that one
/// that is slow or fails does not keep the others from their turn.
pub fn in_turn<T>(mut items: Vec<T>, now: Timestamp) -> Vec<T> {
    let turn = now.as_second().div_euclid(EVERY_SECONDS);
    let count = i64::try_from(items.len()).unwrap_or(i64::MAX).max(1);
    items.rotate_left(usize::try_from(turn.rem_euclid(count)).unwrap_or_default());
    items
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn in_turn_lets_each_item_be_the_first_once() {
        let runs = (0..3).map(|run| Timestamp::from_second(1_800_000_123 + EVERY_SECONDS * run).unwrap());
        let order: BTreeSet<_> = runs.map(|at| in_turn(vec!['a', 'b', 'c'], at)).collect();
        assert_eq!(order, [vec!['a', 'b', 'c'], vec!['b', 'c', 'a'], vec!['c', 'a', 'b']].into());
        assert_eq!(in_turn(Vec::<char>::new(), Timestamp::UNIX_EPOCH), []);
    }
}
