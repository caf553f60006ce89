//! Metrics in a few numbers each, those that moved most first.

use common::findings::MetricDigest;

use super::{
    entry::first_lines,
    number::{number, or_none},
};
use crate::{fence::Fence, model_input::ComponentNames};

const MAX_SERIES: usize = 20;

pub(super) fn lines(series: &[MetricDigest], fence: &Fence, names: ComponentNames<'_>) -> Vec<String> {
    let mut sorted: Vec<&MetricDigest> = series.iter().collect();
    let moved = |one: &MetricDigest| one.deviations.map_or(0.0, f64::abs);
    // The symptom's own first.
    sorted
        .sort_by(|a, b| a.resource.is_some().cmp(&b.resource.is_some()).then(moved(b).total_cmp(&moved(a))));
    let shown = sorted.into_iter().map(|one| line(one, fence, names)).collect();
    first_lines(MAX_SERIES, shown)
}

fn line(one: &MetricDigest, fence: &Fence, names: ComponentNames<'_>) -> String {
    let component = match &one.resource {
        Some(arn) => names.short_name(arn).unwrap_or_else(|| arn.name()),
        None => "the symptom's own".to_owned(),
    };
    let deviations = one.deviations.map(|by| format!(", {} deviations", number(by)));
    let text = format!(
        "{component} {} {}: {} → {}, last {}{} ({} and {} samples) {}",
        one.metric,
        one.statistic,
        or_none(one.baseline),
        or_none(one.incident),
        or_none(one.last),
        deviations.unwrap_or_default(),
        one.baseline_samples,
        one.incident_samples,
        one.sparkline,
    );
    fence.line(&text, 200)
}
