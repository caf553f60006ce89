//! How far each series strays from what is ordinary for it, step by step.

use std::collections::BTreeMap;

use crate::{
    incident_data::{Case, Samples, Series},
    ranking::suspects::speaking,
    series::baseline::Normal,
    series::failure_scores::counted,
    series::metric_kind::{Bad, Kind},
    series::samples::{Point, is_counter, is_time, points, rates},
    series::timeline::{Split, Timeline, usual_gap},
};

/// One series, judged.
#[derive(Debug, Clone)]
pub(crate) struct Deviation {
    /// Its place in the case.
    pub(crate) series: usize,
    pub(crate) kind: Kind,
    /// Whether it counts the requests that its component takes.
    pub(crate) counts_requests: bool,
    pub(crate) judged: Judged,
}

#[derive(Debug, Clone)]
pub(crate) struct Judged {
    /// Robust standard deviations a step, positive where the metric is worse; NaN where there is no sample.
    pub(crate) by_step: Vec<f64>,
    /// The metric's own values a step.
    pub(crate) values: Vec<f64>,
    /// What is ordinary a step.
    pub(crate) usual: Vec<f64>,
    /// Whether the baseline leads up to what was judged.
    pub(crate) adjoining: bool,
}

/// Sampling gaps of baseline and incident that differ by less are one sampling with holes.
const SAME_SAMPLING: f64 = 1.5;

/// Seconds between the times that were asked for, values or not.
fn sampled(samples: &Samples) -> Option<f64> {
    let times: Vec<Point> = samples.times.iter().filter(|at| is_time(**at)).map(|at| (*at, 0.0)).collect();
    usual_gap(&times)
}

/// A series' samples, sorted.
#[derive(Debug, Default)]
pub(crate) struct Sides {
    pub(crate) baseline: Vec<Point>,
    pub(crate) incident: Vec<Point>,
}

impl Sides {
    fn of(series: &Series) -> Self {
        let (baseline, mut incident) = (points(&series.baseline), points(&series.incident));
        if is_sum(&series.statistic)
            && let Some(longer) =
                sampled(&series.baseline).zip(sampled(&series.incident)).map(|(was, is)| was / is)
            && !(1.0 / SAME_SAMPLING..=SAME_SAMPLING).contains(&longer)
        {
            // A sum over five minutes is five times that of one.
            for (_, sum) in &mut incident {
                *sum *= longer;
            }
        }
        Self { baseline, incident }
    }
}

/// Judges every series that speaks and can be judged; those without a baseline cannot.
pub(crate) fn deviations(case: &Case, timeline: &Timeline) -> Vec<Deviation> {
    // Thousands of series share a few names.
    let mut kinds: BTreeMap<&str, Kind> = BTreeMap::new();
    for series in &case.series {
        kinds.entry(&series.metric).or_insert_with(|| Kind::of(&series.metric));
    }
    let kind_of = |series: &Series| match kinds.get(series.metric.as_str()) {
        // How many succeeded goes with how many there were.
        Some(Kind::Availability) if is_sum(&series.statistic) => Kind::Traffic,
        Some(kind) => *kind,
        None => Kind::Other,
    };
    let requests = requests_by_component(case, kind_of);
    speaking(case)
        .into_iter()
        .filter_map(|place| {
            let series = case.series.get(place)?;
            let kind = kind_of(series);
            let sides = Sides::of(series);
            let counting = requests.get(series.component.as_str()).copied();
            let requests = || counting.and_then(|place| case.series.get(place)).map(Sides::of);
            let judged = counted(series, kind, &sides, requests, timeline)
                .or_else(|| measured(sides, kind, kind.bad(&series.metric), timeline))?;
            Some(Deviation { series: place, kind, counts_requests: counting == Some(place), judged })
        })
        .collect()
}

/// The series that tells how many requests a component took: a sum of requests before any other.
fn requests_by_component(case: &Case, kind_of: impl Fn(&Series) -> Kind) -> BTreeMap<&str, usize> {
    let mut best: BTreeMap<&str, (bool, &str, &str, usize)> = BTreeMap::new();
    for (place, series) in case.series.iter().enumerate() {
        if kind_of(series) != Kind::Traffic || !is_sum(&series.statistic) {
            continue;
        }
        let metric = series.metric.to_lowercase();
        let is_other = !["request", "invocation"].iter().any(|word| metric.contains(word));
        let rank = (is_other, series.metric.as_str(), series.id.as_str(), place);
        let held = best.entry(series.component.as_str()).or_insert(rank);
        *held = (*held).min(rank);
    }
    best.into_iter().map(|(component, (.., place))| (component, place)).collect()
}

pub(crate) fn is_sum(statistic: &str) -> bool {
    ["sum", "count", "samplecount", "total"].iter().any(|word| statistic.eq_ignore_ascii_case(word))
}

fn measured(sides: Sides, kind: Kind, bad: Bad, timeline: &Timeline) -> Option<Judged> {
    let Sides { mut baseline, mut incident } = sides;
    if is_counter(&baseline) {
        (baseline, incident) = (rates(&baseline), rates(&incident));
    }
    let Split { reference, judged, adjoining } = timeline.split(&baseline, &incident);
    let drifts = !matches!(kind, Kind::Availability | Kind::Errors | Kind::Throttles);
    let normal = Normal::of(&reference, adjoining, drifts)?;
    let values = timeline.means(&judged);
    let usual = (0..values.len()).map(|step| normal.level(timeline.time(step))).collect();
    let by_step = values
        .iter()
        .enumerate()
        .map(|(step, value)| {
            let deviations = normal.deviations(timeline.time(step), *value);
            match bad {
                Bad::Up => deviations,
                Bad::Down => -deviations,
                Bad::Either => deviations.abs(),
            }
        })
        .collect();
    Some(Judged { by_step, values, usual, adjoining })
}
