//! Learns the baseline of a series: its level, or the trend or daily pattern that the samples before the
//! incident show, and their robust spread.

use crate::{
    series::earlier_incidents::earlier_incidents,
    series::samples::{Point, seconds},
    series::statistics::Sorted,
};

/// Fewer samples than this teach nothing.
pub(crate) const FEWEST: usize = 3;
/// A trend or daily pattern is real where it leaves the baseline this much less spread …
const CALMER: f64 = 0.6;
/// … and, for a daily one, where two different days agree this much on it.
const DAYS_AGREE: f64 = 0.6;
const DAY: i64 = 86_400;
const HOURS: usize = 24;
/// Hours of the day that must have samples on both days for a daily pattern to be recognised.
const FEWEST_HOURS: usize = 18;
/// A trend needs this many samples to be told from chance.
const FEWEST_FOR_TREND: usize = 30;
/// One in twenty samples is beyond what 1.645 standard deviations of a normal distribution are.
const TAIL: f64 = 0.05;
const TAIL_DEVIATIONS: f64 = 1.645;
/// A baseline that does not lead up to the incident tells how a metric varies within its time, not how
/// it differs from one day to another, as memory does after a restart. Differences of a twentieth of the
/// level between two days are normal. (On the recorded incidents anything from 0.5 % to 10 % does as
/// well, and 20 % loses some.)
const BETWEEN_DAYS: f64 = 0.05;
/// Moving by a hundredth of what is used of a resource, or of the time that an answer takes, costs nobody anything, however quiet
/// it was (a moderated variance, as of Tusher et al. 2001).
const OF_AN_AMOUNT: f64 = 0.01;
/// A value off a baseline that never moved: as surprising as this many standard deviations, because there is nothing to measure
/// the distance with, unless it is off by less than so many shares of the level that cost nobody anything …
const OFF_A_CONSTANT: f64 = 6.0;
/// … and by as many more as it is off by this share of the level (an effect size): half is not as bad as all.
const OF_A_CONSTANT: f64 = 0.05;
/// The most that is told apart; beyond it, everything is as abnormal.
const MOST: f64 = 1e6;
/// Small baselines promise more than they hold: deviations shrink by `n / (n + SHRINK)`.
const SHRINK: f64 = 5.0;

#[derive(Debug, Clone)]
pub(crate) struct Baseline {
    model: BaselineModel,
    /// One robust standard deviation; 0 of what never moved.
    pub(crate) deviation: f64,
    steadiness: Steadiness,
    shrink: f64,
    /// Differences below this are rounding.
    grain: f64,
}

/// Tells how far the level of a metric may move without a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Steadiness {
    /// Not at all, as a share of successes.
    Fixed,
    /// From day to day, and by a small share of itself at any time: the time that an answer takes.
    Drifts,
    /// The same: the used amount of a resource.
    Amount,
    /// As an amount, and by any share of itself when others ask for more.
    Load,
}

#[derive(Debug, Clone)]
enum BaselineModel {
    Level(f64),
    /// Level at `from`, and slope a second.
    Trend {
        level: f64,
        slope: f64,
        from: i64,
    },
    /// One level for each hour of the day, UTC.
    Daily(Box<[f64; HOURS]>),
}

impl BaselineModel {
    fn at(&self, time: i64) -> f64 {
        match self {
            Self::Level(level) => *level,
            Self::Trend { level, slope, from } => level + slope * seconds(time.saturating_sub(*from)),
            Self::Daily(hours) => hours.get(hour(time)).copied().unwrap_or(f64::NAN),
        }
    }

    fn residuals(&self, points: &[Point]) -> Sorted {
        Sorted::new(points.iter().map(|(at, value)| value - self.at(*at)))
    }
}

impl Baseline {
    /// `baseline_adjoins`: the reference leads up to what is judged, so that a trend goes on.
    pub(crate) fn new(reference: &[Point], baseline_adjoins: bool, steadiness: Steadiness) -> Option<Self> {
        if reference.len() < FEWEST {
            return None;
        }
        // What recurs every day is no incident.
        let daily = daily(reference);
        let value = |(_, value): &Point| *value;
        let mut values = Sorted::new(reference.iter().map(value));
        let cut = match &daily {
            None => earlier_incidents(reference, value, &values),
            Some(daily) => {
                let off = |(at, value): &Point| value - daily.at(*at);
                earlier_incidents(reference, off, &daily.residuals(reference))
            }
        };
        let calm = cut.map(|cut| -> Vec<Point> {
            let calm = reference.iter().zip(cut).filter(|(_, cut)| !cut);
            calm.map(|(point, _)| *point).collect()
        });
        let reference = calm.as_deref().unwrap_or(reference);
        if calm.is_some() {
            values = Sorted::new(reference.iter().map(value));
        }
        let (level, spread) = (values.median(), values.deviation());
        let largest = values.quantile(0.0).abs().max(values.quantile(1.0).abs());
        let calmer = [baseline_adjoins.then(|| trend(reference, spread)).flatten(), daily]
            .into_iter()
            .flatten()
            .map(|model| (model.residuals(reference), model))
            .filter(|(residuals, _)| residuals.deviation() < CALMER * spread)
            .min_by(|(one, _), (other, _)| one.deviation().total_cmp(&other.deviation()));
        let (residuals, model) = calmer.unwrap_or_else(|| (values.less(level), BaselineModel::Level(level)));
        let apart = match (steadiness, baseline_adjoins) {
            (Steadiness::Fixed, _) => 0.0,
            (_, false) => BETWEEN_DAYS * level.abs(),
            (_, true) => OF_AN_AMOUNT * level.abs(),
        };
        #[expect(clippy::cast_precision_loss, reason = "counts of samples fit")]
        let count = residuals.len() as f64;
        let (spread, grain) = (robust_spread(&residuals), largest * 1e-9);
        // What never moved is no quiet amount: nothing is known of how it moves.
        let never_moved = baseline_adjoins && spread <= grain;
        Some(Self {
            model,
            deviation: if never_moved { 0.0 } else { spread.max(apart) },
            steadiness,
            shrink: count / (count + SHRINK),
            grain,
        })
    }

    pub(crate) fn level(&self, time: i64) -> f64 {
        self.model.at(time)
    }

    /// Returns how far `value` is from the baseline at `time`, in robust standard deviations; positive is above.
    pub(crate) fn deviations(&self, time: i64, value: f64) -> f64 {
        let off = value - self.model.at(time);
        if off.is_nan() {
            return f64::NAN;
        }
        if off.abs() <= self.grain {
            return 0.0;
        }
        let deviations = if self.deviation > self.grain {
            off / self.deviation
        } else {
            off_a_constant(off.abs() / self.model.at(time).abs(), self.steadiness).copysign(off)
        };
        self.shrink * deviations.clamp(-MOST, MOST)
    }
}

/// Returns how far a value is off a level that never moved, as if in standard deviations. `share`: the distance as a share of the
/// level; infinite where that is 0.
fn off_a_constant(share: f64, steadiness: Steadiness) -> f64 {
    if !share.is_finite() {
        return OFF_A_CONSTANT;
    }
    let surprise = match steadiness {
        Steadiness::Fixed => OFF_A_CONSTANT,
        Steadiness::Drifts | Steadiness::Amount | Steadiness::Load => {
            OFF_A_CONSTANT.min(share / OF_AN_AMOUNT)
        }
    };
    // Load is what others ask for, however much.
    let effect = if steadiness == Steadiness::Load { 0.0 } else { share / OF_A_CONSTANT };
    surprise + effect
}

/// The spread of the residuals: MAD and IQR tell the bulk, the tails what happens now and then. A tail
/// of one in twenty keeps an earlier incident in the baseline from hiding the next.
fn robust_spread(residuals: &Sorted) -> f64 {
    let median = residuals.median();
    let up = (residuals.quantile(1.0 - TAIL) - median) / TAIL_DEVIATIONS;
    let down = (median - residuals.quantile(TAIL)) / TAIL_DEVIATIONS;
    residuals.deviation().max(up).max(down)
}

/// A line through the medians of the first and the last third (the resistant line, Tukey 1977).
/// `spread`: the spread of the values without it; a line that rises by less cannot be what makes it.
fn trend(reference: &[Point], spread: f64) -> Option<BaselineModel> {
    if reference.len() < FEWEST_FOR_TREND {
        return None;
    }
    let third = reference.len() / 3;
    let middle = |points: &[Point]| {
        let median = Sorted::new(points.iter().map(|(_, value)| *value)).median();
        Some((points.get(points.len() / 2)?.0, median))
    };
    let (from, low) = middle(reference.get(..third)?)?;
    let (to, high) = middle(reference.get(reference.len() - third..)?)?;
    let slope = (high - low) / seconds(to.saturating_sub(from));
    if !slope.is_finite() || (high - low).abs() < spread {
        return None;
    }
    let level = BaselineModel::Trend { level: 0.0, slope, from }.residuals(reference).median();
    Some(BaselineModel::Trend { level, slope, from })
}

/// The median of every hour of the day, where at least two days show the same model.
fn daily(reference: &[Point]) -> Option<BaselineModel> {
    let (first, last) = (reference.first()?.0, reference.last()?.0);
    // Two days, give or take the sample that ends them.
    if last.saturating_sub(first) < 2 * DAY - 3_600 {
        return None;
    }
    let middle = first + (last - first) / 2;
    let (earlier, later) = reference.split_at(reference.partition_point(|(at, _)| *at < middle));
    let pairs: Vec<(f64, f64)> = hourly_means(earlier)
        .into_iter()
        .zip(hourly_means(later))
        .filter(|(one, other)| one.is_finite() && other.is_finite())
        .collect();
    if pairs.len() < FEWEST_HOURS || correlation(&pairs) < DAYS_AGREE {
        return None;
    }
    let mut by_hour: [Vec<f64>; HOURS] = Default::default();
    for (at, value) in reference {
        if let Some(values) = by_hour.get_mut(hour(*at)) {
            values.push(*value);
        }
    }
    let mut hours = by_hour.map(|values| Sorted::new(values).median());
    let level = Sorted::new(hours).median();
    hours.iter_mut().filter(|hour| !hour.is_finite()).for_each(|hour| *hour = level);
    Some(BaselineModel::Daily(Box::new(hours)))
}

/// NaN of an hour without samples.
fn hourly_means(points: &[Point]) -> [f64; HOURS] {
    let mut hours = [(0.0, 0.0); HOURS];
    for (at, value) in points {
        if let Some((sum, count)) = hours.get_mut(hour(*at)) {
            *sum += value;
            *count += 1.0;
        }
    }
    hours.map(|(sum, count)| sum / count)
}

fn hour(time: i64) -> usize {
    usize::try_from(time.rem_euclid(DAY) / 3_600).unwrap_or(0)
}

/// Pearson's, on ranks of few values it would be too coarse; 0 where one side never moves.
pub(crate) fn correlation(pairs: &[(f64, f64)]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of samples fit")]
    let count = pairs.len() as f64;
    let (x, y) = pairs.iter().fold((0.0, 0.0), |(x, y), (a, b)| (x + a / count, y + b / count));
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        xy += (a - x) * (b - y);
        xx += (a - x) * (a - x);
        yy += (b - y) * (b - y);
    }
    let scale = (xx * yy).sqrt();
    if scale > 0.0 && scale.is_finite() { xy / scale } else { 0.0 }
}
