//! Finds earlier incidents in a baseline: what happened then is not how a metric usually varies, and would hide the same
//! happening again.
//!
//! Samples far off the bulk count as an earlier incident where they follow each other for up to an hour (the identifier of
//! Hampel 1974, with the shortest half of Rousseeuw 1984 as its scale, which a third of foreign samples does not move). The
//! spread is then taken of the rest, as a reweighted estimator does.

use std::collections::BTreeMap;

use crate::series::{
    samples::{Point, ratio},
    statistics::Sorted,
};

/// A sample is far off beyond this many standard deviations of the bulk.
const FAR: f64 = 5.0;
/// Two far samples in a row are outliers still.
const FEWEST: usize = 3;
/// Far samples that come and go by themselves make a run as long as this by chance less than once in a hundred baselines (a
/// run of `n` among samples of which a share `p` is far: at most `p^n` times their number).
const CHANCE: f64 = 0.01;
/// Where half of the samples are equal, this share of the range of all is the deviation: less is rounding.
const LEAST_DEVIATION: f64 = 1e-3;
/// The distances at which stretches are looked for: each is this many times the one before, and there are so many.
const LEVEL_STEP: f64 = 4.0;
const MOST_LEVELS: usize = 8;
/// An incident comes or goes at once: so many samples of it are this many times as far off as those before or after it.
const EDGE: usize = 3;
const JUMP: f64 = 2.0;
/// A stretch that lasts longer is a state of the metric and no incident.
const LONGEST_SECONDS: i64 = 3_600;
/// So many runs of like length at regular intervals are how the metric is: three hours hold three of an hourly job. Their
/// intervals differ by less than a fifth of the shortest, their lengths and heights by less than these factors, and no
/// interval that fits into the baseline is without one: a schedule does not begin with the second run and end with the fourth.
const FEWEST_REGULAR: usize = 3;
const JITTER: i64 = 5;
const LIKE_LENGTH: usize = 2;
const LIKE_HEIGHT: f64 = 2.0;
/// Where more than this share of the samples is far off, that is how the metric is.
const MOST_CUT: f64 = 0.4;

/// Marks the samples that belong to an earlier incident; `None` where none does. `points` are in the order of time, `off`
/// says how far one is from where the baseline expects it, and `sorted` has that of all.
pub(crate) fn earlier_incidents(
    points: &[Point],
    off: impl Fn(&Point) -> f64,
    sorted: &Sorted,
) -> Option<Vec<bool>> {
    let (middle, deviation) = sorted.shortest_half();
    let (least, most) = (sorted.quantile(0.0), sorted.quantile(1.0));
    let deviation = deviation.max(LEAST_DEVIATION * (most - least));
    let deviations = |value: f64| (value - middle).abs() / deviation;
    // Most series are calm throughout.
    if deviation <= 0.0 || deviations(least).max(deviations(most)) <= FAR {
        return None;
    }
    let off: Vec<Point> = points.iter().map(|point| (point.0, deviations(off(point)))).collect();
    stretches(&off, FAR)
}

/// Marks the stretches of far samples that are no chance and no longer than an incident. `off` has the distance of each
/// sample in standard deviations, in the order of time. A stretch is compared with what is as far off elsewhere: small
/// deviations that come and go do not make a large one that lasts any likelier.
pub(crate) fn stretches(off: &[(i64, f64)], far: f64) -> Option<Vec<bool>> {
    let mut cut = vec![false; off.len()];
    let furthest = off.iter().map(|(_, off)| *off).filter(|off| off.is_finite()).fold(0.0, f64::max);
    let regular = regular_samples(off, far);
    let levels = std::iter::successors(Some(far), |level| Some(level * LEVEL_STEP));
    for level in levels.take(MOST_LEVELS).take_while(|level| *level < furthest) {
        mark_stretches(&mut cut, off, level, &regular);
    }
    let count = cut.iter().filter(|cut| **cut).count();
    (count > 0 && ratio(count, cut.len()) <= MOST_CUT).then_some(cut)
}

/// Marks the samples of the runs that come at regular intervals.
fn regular_samples(off: &[(i64, f64)], far: f64) -> Vec<bool> {
    let runs: Vec<Run> = runs(off, far).into_iter().filter(|run| run.far >= FEWEST).collect();
    let mut regular = vec![false; off.len()];
    let span = off.first().zip(off.last()).map_or(0, |(first, last)| last.0.saturating_sub(first.0));
    for run in runs.iter().filter(|run| run.is_regular(&runs, span)) {
        regular.iter_mut().take(run.last + 1).skip(run.first).for_each(|regular| *regular = true);
    }
    regular
}

/// Marks the stretches of samples that are further off than `level`, unless they are `regular`.
fn mark_stretches(cut: &mut [bool], off: &[(i64, f64)], level: f64, regular: &[bool]) {
    let runs = runs(off, level);
    let mut by_length: BTreeMap<usize, usize> = BTreeMap::new();
    for run in &runs {
        *by_length.entry(run.far).or_default() += run.far;
    }
    let samples = f64::from(u32::try_from(off.len()).unwrap_or(u32::MAX));
    for run in runs.iter().filter(|run| run.far >= FEWEST) {
        let elsewhere: usize = by_length.range(..run.far).map(|(_, far)| far).sum();
        let share = ratio(elsewhere + 1, off.len());
        let by_chance = samples * share.powi(i32::try_from(run.far).unwrap_or(i32::MAX));
        let is_regular = regular.get(run.first..=run.last).is_some_and(|all| all.iter().all(|one| *one));
        let is_incident = run.seconds <= LONGEST_SECONDS && by_chance < CHANCE && !is_regular;
        if is_incident && run.comes_or_goes_at_once(off) {
            cut.iter_mut().take(run.last + 1).skip(run.first).for_each(|cut| *cut = true);
        }
    }
}

/// Far samples that follow each other.
struct Run {
    first: usize,
    last: usize,
    /// The number of far samples from `first` to `last`.
    far: usize,
    /// The median distance of its far samples.
    height: f64,
    began: i64,
    seconds: i64,
}

impl Run {
    /// Returns true if it is one of several like runs that come at regular intervals throughout the `span` of the baseline, in
    /// seconds.
    fn is_regular(&self, runs: &[Self], span: i64) -> bool {
        let is_alike = |other: &&Self| {
            other.far < LIKE_LENGTH * self.far
                && self.far < LIKE_LENGTH * other.far
                && other.height < LIKE_HEIGHT * self.height
                && self.height < LIKE_HEIGHT * other.height
        };
        let began: Vec<i64> = runs.iter().filter(is_alike).map(|run| run.began).collect();
        let gaps = || began.iter().zip(began.iter().skip(1)).map(|(one, next)| next.saturating_sub(*one));
        let (Some(shortest), Some(longest)) = (gaps().min(), gaps().max()) else { return false };
        let throughout =
            i64::try_from(began.len()).is_ok_and(|runs| runs.saturating_mul(longest) >= span - longest);
        began.len() >= FEWEST_REGULAR && longest.saturating_sub(shortest) < shortest / JITTER && throughout
    }

    /// Returns true where it is far off at once, or is calm again at once. What grows steadily until the baseline ends is still
    /// going on.
    fn comes_or_goes_at_once(&self, off: &[(i64, f64)]) -> bool {
        let usual = |from: usize, to: usize| {
            let part = off.get(from..to.min(off.len())).unwrap_or_default();
            Sorted::new(part.iter().map(|(_, off)| *off)).median()
        };
        let calm_by = |calm: f64, far: f64| calm <= far / JUMP;
        let (begins, ends) = (self.first, self.last + 1);
        calm_by(usual(begins.saturating_sub(EDGE), begins), usual(begins, ends.min(begins + EDGE)))
            || calm_by(usual(ends, ends + EDGE), usual(begins.max(ends.saturating_sub(EDGE)), ends))
    }
}

/// Finds the runs of samples that are further off than `level`. A single calm sample between far ones belongs to their run.
fn runs(off: &[(i64, f64)], level: f64) -> Vec<Run> {
    let is_far = |place: usize| off.get(place).is_some_and(|(_, off)| *off > level);
    let time = |place: usize| off.get(place).map_or(0, |(at, _)| *at);
    let mut runs = Vec::new();
    let mut first = 0;
    while first < off.len() {
        if !is_far(first) {
            first += 1;
            continue;
        }
        let (mut last, mut count) = (first, 1);
        while is_far(last + 1) || is_far(last + 2) {
            last += if is_far(last + 1) { 1 } else { 2 };
            count += 1;
        }
        let (began, ended) = (time(first), time(last));
        let within = off.get(first..=last).unwrap_or_default().iter().map(|(_, off)| *off);
        let height = Sorted::new(within.filter(|off| *off > level)).median();
        runs.push(Run { first, last, far: count, height, began, seconds: ended.saturating_sub(began) });
        first = last + 1;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One sample a minute, each so many standard deviations off: which are cut.
    fn cut(off: impl Iterator<Item = f64>) -> Vec<usize> {
        let off: Vec<Point> = (0..).step_by(60).zip(off).collect();
        let cut = stretches(&off, FAR).unwrap_or_default();
        cut.iter().enumerate().filter(|(_, cut)| **cut).map(|(place, _)| place).collect()
    }

    fn calm_but(at: std::ops::Range<u32>, off: f64) -> impl Iterator<Item = f64> {
        (0..180).map(move |minute| if at.contains(&minute) { off } else { 0.5 })
    }

    #[test]
    fn stretches_of_up_to_an_hour_are_cut_wherever_they_are() {
        for at in [0..60, 60..120, 120..180, 7..10] {
            let expected: Vec<usize> = (0..180)
                .filter(|minute| at.contains(minute))
                .filter_map(|at| usize::try_from(at).ok())
                .collect();
            assert_eq!(cut(calm_but(at, 40.0)), expected);
        }
        assert_eq!(cut(calm_but(50..130, 40.0)), Vec::<usize>::new());
    }

    #[test]
    fn stretches_of_a_job_that_runs_every_hour_stay_and_irregular_ones_are_cut() {
        for length in 3..=15 {
            assert_eq!(
                cut((0..180).map(|minute| if minute % 60 < length { 40.0 } else { 0.5 })),
                Vec::<usize>::new(),
                "{length}"
            );
            let began = [10, 50, 130];
            let is_far = |minute: i32| began.iter().any(|began| (*began..began + length).contains(&minute));
            let irregular = cut((0..180).map(|minute| if is_far(minute) { 40.0 } else { 0.5 }));
            assert_eq!(irregular.len(), began.len() * usize::try_from(length).unwrap(), "{length}");
        }
    }

    #[test]
    fn stretches_at_equal_intervals_are_a_schedule_only_if_alike_and_throughout() {
        let runs = |heights: [f64; 3], every: usize| {
            cut((0..180).map(|minute| match (minute / every, minute % every) {
                (run, 0..4) => heights.get(run).copied().unwrap_or(0.5),
                _ => 0.5,
            }))
        };
        assert_eq!(runs([40.0; 3], 60), Vec::<usize>::new());
        assert_eq!(runs([40.0; 3], 20).len(), 12);
        assert_eq!(runs([40.0, 90.0, 300.0], 60).len(), 12);
    }

    #[test]
    fn stretches_that_chance_makes_stay() {
        assert_eq!(cut(calm_but(9..10, 40.0)), Vec::<usize>::new());
        assert_eq!(cut((0..180).map(|minute| if minute % 5 < 2 { 9.0 } else { 0.5 })), Vec::<usize>::new());
    }

    #[test]
    fn stretches_of_a_steady_rise_that_goes_on_stay() {
        assert_eq!(
            cut((0..180_i32).map(|minute| f64::from((minute - 100).max(1)) / 4.0)),
            Vec::<usize>::new()
        );
    }

    #[test]
    fn stretches_far_beyond_what_comes_and_goes_are_cut() {
        let off = (0..180).map(|minute| match minute {
            60..64 => 4_000.0,
            _ if minute % 7 < 2 => 9.0,
            _ => 0.5,
        });
        assert_eq!(cut(off), [60, 61, 62, 63]);
    }
}
