//! Compares what reached the intake with what it accounts for, hour by hour. Pure.
//!
//! An execution that starts in one hour may record its event in the next one, so the two counts of an hour need not be equal.
//! How many executions can have done so is known from Step Functions' own counts: those that had started and not ended
//! at the full hour. No more than these are carried from one hour to the next; the rest of a difference is a shortfall.
//!
//! Where nothing is lost, no shortfall is claimed, whatever the order and the duration of the executions: each accounts for its
//! event before it ends. Where executions run at the full hour, a shortfall may be hidden behind them; between two full hours at
//! which none runs, every one is found.

use std::collections::VecDeque;

/// The seconds of a slot. An execution of the intake takes less: 290 s at most (`TimeoutSeconds` of
/// `statemachines/intake.asl.json`).
pub(super) const SLOT_SECONDS: i64 = 300;
pub(super) const SLOTS_OF_AN_HOUR: usize = 12;

/// The counts of five minutes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Slot {
    /// Executions that started.
    pub(super) started: u64,
    /// Executions that ended, in whichever way.
    pub(super) ended: u64,
    /// Events recorded, further deliveries of recorded events, and executions that failed.
    pub(super) accounted: u64,
}

/// Returns the shortfall of each hour: the deliveries that certainly reached the intake and that it does not account for.
///
/// `slots` begin at a full hour and follow each other up to now; the first `settled` of them have all of their metrics. The
/// shortfall of the last hour is not known yet and given as far as it is certain.
pub(super) fn shortfalls(slots: &[Slot], settled: usize) -> Vec<u64> {
    let running = running_at_most(slots, settled);
    let hours: Vec<&[Slot]> = slots.chunks(SLOTS_OF_AN_HOUR).collect();
    let mut lost = vec![0_u64; hours.len()];
    // Deliveries that are not accounted for yet, by the hour that they came in, oldest first.
    let mut open: VecDeque<(usize, u64)> = VecDeque::new();
    let mut early = 0_u64;
    for (number, hour) in hours.iter().enumerate() {
        let sum = |count: fn(&Slot) -> u64| hour.iter().map(count).fold(0, u64::saturating_add);
        open.push_back((number, sum(|slot| slot.started)));
        let unused = take_newest(&mut open, sum(|slot| slot.accounted).saturating_add(early));
        early = unused.min(late_metrics_at_most(hour, hours.get(number.saturating_add(1)).copied()));
        // Of the hour that runs, what is open may still be on its way.
        let end = number.saturating_add(1).saturating_mul(SLOTS_OF_AN_HOUR).checked_sub(1);
        let Some(may_run) = end.and_then(|end| running.get(end)) else { break };
        let excess = total(&open).saturating_sub(*may_run);
        for (origin, count) in take_oldest(&mut open, excess) {
            if let Some(lost) = lost.get_mut(origin) {
                *lost = lost.saturating_add(count);
            }
        }
    }
    lost
}

/// The most executions that can run at the end of each slot. How many run before the first slot is not known: as few
/// as leave none of the counts negative, or more, but at the end of no slot more than have started within it.
fn running_at_most(slots: &[Slot], settled: usize) -> Vec<u64> {
    let mut difference = 0_i128;
    let differences: Vec<i128> = slots
        .iter()
        .map(|slot| {
            difference =
                difference.saturating_add(i128::from(slot.started)).saturating_sub(i128::from(slot.ended));
            difference
        })
        .collect();
    let before = differences.iter().copied().min().unwrap_or_default().min(0).saturating_neg();
    let at_least: Vec<u64> = differences
        .iter()
        .map(|difference| u64::try_from(difference.saturating_add(before)).unwrap_or_default())
        .collect();
    let unknown = slots
        .iter()
        .zip(&at_least)
        .take(settled)
        .map(|(slot, running)| slot.started.saturating_sub(*running));
    let unknown = unknown.min().unwrap_or_default();
    slots
        .iter()
        .zip(at_least)
        .map(|(slot, running)| running.saturating_add(unknown).min(slot.started))
        .collect()
}

/// CloudWatch may date a count later than the execution was: so many of the next hour's may be of this one.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html>
fn late_metrics_at_most(hour: &[Slot], next: Option<&[Slot]>) -> u64 {
    let first_of_next = next.and_then(<[Slot]>::first).map_or(0, |slot| slot.started);
    hour.last().map_or(0, |slot| slot.accounted).min(first_of_next)
}

fn total(open: &VecDeque<(usize, u64)>) -> u64 {
    open.iter().map(|(_, count)| *count).fold(0, u64::saturating_add)
}

/// Takes `count` from the newest on; returns what is left of `count`.
fn take_newest(open: &mut VecDeque<(usize, u64)>, mut count: u64) -> u64 {
    while let Some((origin, there)) = open.pop_back() {
        let taken = there.min(count);
        count = count.saturating_sub(taken);
        if taken < there {
            open.push_back((origin, there.saturating_sub(taken)));
            break;
        }
    }
    count
}

/// Takes `count` from the oldest on; returns them by the hour that they came in.
fn take_oldest(open: &mut VecDeque<(usize, u64)>, mut count: u64) -> Vec<(usize, u64)> {
    let mut taken = Vec::new();
    while count > 0 {
        let Some((origin, there)) = open.pop_front() else { break };
        let part = there.min(count);
        taken.push((origin, part));
        count = count.saturating_sub(part);
        if part < there {
            open.push_front((origin, there.saturating_sub(part)));
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOURS: usize = 5;
    const WINDOW_SECONDS: usize = HOURS * 3600;
    const SLOT: usize = 300;

    /// Seconds of one execution: its start, and how long after it the event is recorded and the execution ends.
    #[derive(Debug, Clone, Copy)]
    struct Execution {
        start: usize,
        recorded_after: usize,
        takes: usize,
        is_lost: bool,
    }

    fn slots(executions: &[Execution]) -> Vec<Slot> {
        let mut slots = vec![Slot::default(); WINDOW_SECONDS / SLOT];
        let at = |second: usize| second / SLOT;
        for Execution { start, recorded_after, takes, is_lost } in executions {
            slots[at(*start)].started += 1;
            if let Some(slot) = slots.get_mut(at(start + takes)) {
                slot.ended += 1;
            }
            if let Some(slot) = slots.get_mut(at(start + recorded_after)).filter(|_| !is_lost) {
                slot.accounted += 1;
            }
        }
        slots
    }

    fn quick(start: usize, is_lost: bool) -> Execution {
        Execution { start, recorded_after: 1, takes: 2, is_lost }
    }

    fn found(executions: &[Execution]) -> Vec<u64> {
        let slots = slots(executions);
        shortfalls(&slots, slots.len() - 3)
    }

    #[test]
    fn shortfall_is_of_the_hour_in_which_the_delivery_came() {
        let minute = |minute: usize, is_lost| quick(minute * 60, is_lost);
        for (name, executions, expected) in [
            ("nothing", vec![], [0, 0, 0, 0, 0]),
            ("all recorded", vec![minute(5, false), minute(70, false)], [0, 0, 0, 0, 0]),
            ("one lost", vec![minute(5, false), minute(70, true), minute(71, false)], [0, 1, 0, 0, 0]),
            ("all lost", vec![minute(5, true), minute(70, true), minute(71, true)], [1, 2, 0, 0, 0]),
        ] {
            assert_eq!(found(&executions), expected, "{name}");
        }
        // Of the hour that runs nothing is claimed: what is open may be on its way.
        let of_the_last_hour = slots(&[minute(4 * 60 + 50, true)]);
        assert_eq!(shortfalls(&of_the_last_hour[..59], 56), [0; HOURS]);
    }

    #[test]
    fn shortfall_is_none_for_what_is_recorded_after_the_full_hour() {
        let late = Execution { start: 3590, recorded_after: 200, takes: 210, is_lost: false };
        assert_eq!(found(&[late, quick(5000, false)]), [0; HOURS]);
        // Each hour hands one to the next.
        let chain: Vec<_> = (1..HOURS).map(|hour| Execution { start: hour * 3600 - 10, ..late }).collect();
        assert_eq!(found(&chain), [0; HOURS]);
        // It ran at the full hour, and never recorded its event.
        assert_eq!(found(&[Execution { is_lost: true, ..late }, quick(5000, false)]), [1, 0, 0, 0, 0]);
    }

    #[test]
    fn shortfall_is_found_among_an_event_a_minute() {
        let mut executions: Vec<_> =
            (0..WINDOW_SECONDS / 60).map(|minute| quick(minute * 60 + 20, false)).collect();
        executions[61].is_lost = true;
        executions[62].is_lost = true;
        // Five a slot, all day: as many could have run before the first one.
        assert_eq!(found(&executions), [0; HOURS]);
        // One quiet slot is enough to know that none did.
        executions.retain(|execution| execution.start / SLOT != 30);
        assert_eq!(found(&executions), [0, 2, 0, 0, 0]);
    }

    #[test]
    fn shortfall_is_none_where_the_metric_is_dated_late() {
        let mut slots = slots(&[quick(3599 - 10, false), quick(7000, false)]);
        slots[11].started -= 1;
        slots[11].ended -= 1;
        slots[12].started += 1;
        slots[12].ended += 1;
        assert_eq!(shortfalls(&slots, slots.len() - 3), [0; HOURS]);
    }

    fn execution(lost: impl Strategy<Value = bool>) -> impl Strategy<Value = Execution> {
        let takes = prop_oneof![4 => 0_usize..4, 1 => 0_usize..290];
        let start = prop_oneof![
            4 => 0..WINDOW_SECONDS,
            // Just before a full hour.
            1 => (1..=HOURS, 1_usize..300).prop_map(|(hour, before)| hour * 3600 - before),
        ];
        (start, takes, 0.0..=1.0_f64, lost).prop_map(|(start, takes, part, is_lost)| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "small"
            )]
            let recorded_after = (takes as f64 * part) as usize;
            Execution { start, recorded_after, takes, is_lost }
        })
    }

    proptest! {
        /// Never a loss where there is none, however many run at the full hour, and also where the window begins in the
        /// middle of things.
        #[test]
        fn shortfall_is_never_claimed_where_nothing_is_lost(
            executions in prop::collection::vec(execution(Just(false)), 0..300),
            cut in 0..SLOTS_OF_AN_HOUR,
        ) {
            prop_assert_eq!(found(&executions), [0; HOURS].to_vec());
            // Of what ran when the window began only the ends are seen.
            let all = slots(&executions);
            let seen = &all[cut..];
            prop_assert!(shortfalls(seen, seen.len().saturating_sub(3)).iter().all(|count| *count == 0));
        }

        /// Never more than there is, in all hours up to any one.
        #[test]
        fn shortfall_is_never_more_than_was_lost(
            executions in prop::collection::vec(execution(prop::bool::weighted(0.1)), 0..300),
        ) {
            let lost = executions.iter().filter(|execution| execution.is_lost).count();
            let claimed: u64 = found(&executions).iter().sum();
            prop_assert!(claimed <= u64::try_from(lost).unwrap(), "{} of {}", claimed, lost);
        }

        /// With no execution at a full hour and one quiet slot, every loss is found in its hour.
        #[test]
        fn shortfall_between_quiet_full_hours_is_exact(
            starts in prop::collection::vec((0..HOURS - 1, 0..3590_usize, prop::bool::weighted(0.2)), 0..200),
        ) {
            let executions: Vec<_> =
                starts.iter().map(|(hour, second, is_lost)| quick(hour * 3600 + second, *is_lost)).collect();
            let mut expected = vec![0_u64; HOURS];
            for (hour, _, is_lost) in &starts {
                expected[*hour] += u64::from(*is_lost);
            }
            prop_assert_eq!(found(&executions), expected);
        }
    }
}
