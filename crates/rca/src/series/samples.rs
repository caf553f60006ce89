//! Samples as they are worked with: finite, sorted, one a time.

use crate::incident_data::Samples;

pub(crate) type Point = (i64, f64);

/// The year 9999, either way: what lies beyond is no time of a sample, and is not read.
const FURTHEST: i64 = 253_402_207_200;

pub(crate) fn is_time(at: i64) -> bool {
    (-FURTHEST..=FURTHEST).contains(&at)
}

/// Of two samples of one time the later in the list stands.
pub(crate) fn points(samples: &Samples) -> Vec<Point> {
    let given = samples.times.iter().copied().zip(samples.values.iter().copied());
    let mut points = Vec::with_capacity(given.len());
    points.extend(given.filter(|(at, value)| value.is_finite() && is_time(*at)));
    if !points.is_sorted_by(|(one, _), (next, _)| one < next) {
        points.sort_by_key(|(at, _)| *at);
        points.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 = later.1;
            }
            same
        });
    }
    points
}

/// A total that only ever grows, but for restarts, as the increase from sample to sample.
///
/// A gauge may rise for a while; a counter never falls but to start anew near zero, and rarely.
pub(crate) fn is_counter(baseline: &[Point]) -> bool {
    /// Fewer steps than this say nothing about never.
    const FEWEST_STEPS: usize = 20;
    /// A counter that hardly counts is as well read as a gauge.
    const RISING: f64 = 0.5;
    let steps = baseline.len().saturating_sub(1);
    if steps < FEWEST_STEPS {
        return false;
    }
    let (mut rising, mut falling) = (0_usize, 0_usize);
    for (earlier, later) in baseline.iter().zip(baseline.iter().skip(1)) {
        if later.1 > earlier.1 {
            rising += 1;
        } else if later.1 < earlier.1 {
            falling += 1;
            if later.1.abs() > 0.1 * earlier.1.abs() {
                return false;
            }
        }
    }
    // One restart in a hundred samples.
    falling * 100 <= steps && ratio(rising, steps) >= RISING
}

/// Increase a second between neighbours; a restart is left out.
pub(crate) fn rates(points: &[Point]) -> Vec<Point> {
    points
        .iter()
        .zip(points.iter().skip(1))
        .filter(|(earlier, later)| later.1 >= earlier.1 && later.0 > earlier.0)
        .map(|(earlier, later)| (later.0, (later.1 - earlier.1) / seconds(later.0.saturating_sub(earlier.0))))
        .filter(|(_, rate)| rate.is_finite())
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
pub(crate) fn seconds(time: i64) -> f64 {
    time as f64
}

#[expect(clippy::cast_precision_loss, reason = "counts of samples fit")]
pub(crate) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The median time between neighbours, in seconds; the shorter of two in the middle, because what is longer has a missing
/// sample in it.
pub(crate) fn usual_gap(points: &[Point]) -> Option<f64> {
    let gaps = || points.iter().zip(points.iter().skip(1)).map(|(one, next)| next.0.saturating_sub(one.0));
    // Mostly all are the same, and then no sorting is needed to know their median.
    let first = gaps().next()?;
    let same = gaps().filter(|gap| *gap == first).count();
    let median = if 2 * same >= points.len() {
        first
    } else {
        let mut sorted: Vec<i64> = gaps().collect();
        sorted.sort_unstable();
        sorted.get(sorted.len().saturating_sub(1) / 2).copied()?
    };
    (median > 0).then_some(seconds(median))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(pairs: &[(i64, f64)]) -> Samples {
        Samples {
            times: pairs.iter().map(|(at, _)| *at).collect(),
            values: pairs.iter().map(|(_, value)| *value).collect(),
        }
    }

    #[test]
    fn points_unsorted_and_doubled_are_sorted_with_the_last_of_each_time() {
        let points = points(&samples(&[(3, 3.0), (1, 1.0), (3, 4.0), (2, f64::NAN), (4, f64::INFINITY)]));
        assert_eq!(points, [(1, 1.0), (3, 4.0)]);
    }

    #[test]
    fn usual_gap_a_missing_sample_does_not_lengthen_it() {
        for (times, expected) in [
            (&[0, 60, 120, 180][..], Some(60.0)),
            (&[0, 120, 180], Some(60.0)),
            (&[0, 60, 180], Some(60.0)),
            (&[0, 60, 180, 240, 360], Some(60.0)),
            (&[0, 300, 360, 660, 960], Some(300.0)),
            (&[0, 120], Some(120.0)),
            (&[0], None),
        ] {
            let points: Vec<Point> = times.iter().map(|at| (*at, 1.0)).collect();
            assert_eq!(usual_gap(&points), expected, "{times:?}");
        }
    }

    #[test]
    fn is_counter_a_rising_total_with_a_restart_is_and_a_gauge_is_not() {
        let total = |restart: bool| -> Vec<Point> {
            (0_i32..200)
                .map(|at| (at.into(), f64::from(if restart && at > 150 { at - 151 } else { at })))
                .collect()
        };
        assert!(is_counter(&total(false)));
        assert!(is_counter(&total(true)));
        let gauge: Vec<Point> = (0_i32..200).map(|at| (at.into(), f64::from(at % 7))).collect();
        assert!(!is_counter(&gauge));
        assert_eq!(rates(&[(0, 1.0), (2, 5.0), (3, 0.0), (4, 1.0)]), [(2, 2.0), (4, 1.0)]);
    }
}
