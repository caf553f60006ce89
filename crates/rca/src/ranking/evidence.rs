//! Collects the evidence for and against each suspect, and the reasons why the others are ruled out.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    display::explained_by,
    findings::{EvidenceItem, MetricShift, RuledOut},
    ranking::{
        abnormal::ABNORMAL,
        call_graph::path_to,
        explanation::Explanation,
        observations::Observations,
        ranked_suspect::RankedSuspect,
        suspects::{AbnormalMetric, LEAST_SIMILARITY},
    },
    series::{over_before::CALM, statistics::Sorted},
};

/// Nobody reads more evidence than this.
const MOST_METRICS: usize = 4;
const MOST_TEMPLATES: usize = 3;
const MOST_RULED_OUT: usize = 12;
/// Another component explains one from here on: more than half of it.
const EXPLAINS: f64 = 0.5;
pub(crate) fn supports(
    observed: &Observations<'_>,
    ranked: &RankedSuspect,
    paths: &BTreeMap<usize, usize>,
) -> Vec<EvidenceItem> {
    let mut found = Vec::new();
    let suspect = observed.suspect(ranked.component);
    let metrics = suspect.map_or(&[][..], |suspect| suspect.metrics.as_slice());
    let abnormal = metrics.iter().filter(|metric| metric.anomaly.score >= ABNORMAL);
    found.extend(
        abnormal
            .take(MOST_METRICS)
            .filter_map(|metric| metric_shift(observed, metric))
            .map(EvidenceItem::Metric),
    );
    found.extend(
        path_to(&observed.graph, paths, ranked.component)
            .filter(|_| observed.graph.known)
            .map(EvidenceItem::Path),
    );
    if let (Some(own), Some(onset)) = (metrics.first(), observed.symptom_anomaly.map(|anomaly| anomaly.onset))
        && observed.symptom_abnormal()
        && observed.symptom != Some(ranked.component)
        && own.anomaly.onset <= onset
    {
        let seconds = observed.timeline.time(onset).saturating_sub(observed.timeline.time(own.anomaly.onset));
        found.push(EvidenceItem::Precedes { seconds });
    }
    let ends_at_it = observed.cut_offs.iter().filter(|one| one.caller == ranked.component);
    found.extend(ends_at_it.take(MOST_METRICS).map(|one| EvidenceItem::EndsRequests {
        callee: observed.graph.name(one.callee).to_owned(),
        missing: one.missing,
    }));
    let logged = observed.log_changes.iter().filter(|(component, _)| *component == ranked.component);
    found.extend(logged.take(MOST_TEMPLATES).map(|(_, change)| EvidenceItem::Log {
        template: change.template.clone(),
        example: change.example.clone(),
        baseline: change.baseline,
        incident: change.incident,
    }));
    found
}

pub(crate) fn contradicts(observed: &Observations<'_>, ranked: &RankedSuspect) -> Vec<EvidenceItem> {
    let mut found = Vec::new();
    if observed.graph.known && !ranked.on_path {
        found.push(EvidenceItem::NoPath);
    }
    if let Some(Explanation { by, reason, .. }) = ranked.explained_by.filter(|one| one.share >= EXPLAINS) {
        let component = observed.graph.name(by).to_owned();
        found.push(EvidenceItem::ExplainedBy { component, reason });
    }
    let own = observed.suspect(ranked.component).and_then(|suspect| suspect.worst());
    if let (Some(own), Some(symptom)) = (own, observed.symptom_anomaly)
        && observed.symptom_abnormal()
        && own.anomaly.onset > symptom.onset
    {
        let (own, symptom) =
            (observed.timeline.time(own.anomaly.onset), observed.timeline.time(symptom.onset));
        found.push(EvidenceItem::Precedes { seconds: symptom.saturating_sub(own) });
    }
    found
}

/// Says why each abnormal component but the first is ruled out, and lists those close to the symptom that stayed
/// in their usual range.
pub(crate) fn ruled_out(observed: &Observations<'_>, paths: &BTreeMap<usize, usize>) -> Vec<RuledOut> {
    let Some((first, others)) = observed.ranking.split_first() else { return Vec::new() };
    let first_name = observed.graph.name(first.component);
    let mut found: Vec<RuledOut> = others
        .iter()
        .filter_map(|ranked| {
            let why = match ranked.explained_by {
                Some(Explanation { by, share, reason }) if share >= EXPLAINS => {
                    explained_by(observed.graph.name(by), reason)
                }
                _ if observed.graph.known && !ranked.on_path => {
                    "it is abnormal, but no call path leads from the symptom to it".to_owned()
                }
                _ if ranked.similarity < LEAST_SIMILARITY => "it is abnormal, but not at the same time as the symptom".to_owned(),
                _ if ranked.coverage < first.coverage => format!(
                    "it is abnormal too, but explains {:.0} % of what is abnormal; {first_name} explains {:.0} %",
                    100.0 * ranked.coverage,
                    100.0 * first.coverage
                ),
                _ => return None,
            };
            Some(RuledOut { component: observed.graph.name(ranked.component).to_owned(), why })
        })
        .collect();
    let mut near: Vec<(usize, usize)> = paths.keys().map(|at| (hops(paths, *at), *at)).collect();
    near.sort_unstable();
    let in_range = near.into_iter().filter_map(|(_, component)| {
        let suspect = observed.suspect(component)?;
        let is_in_range = suspect.known && suspect.weight() < ABNORMAL;
        let worst = suspect.worst().map_or(0.0, |metric| metric.anomaly.score.max(0.0));
        is_in_range.then(|| RuledOut {
            component: observed.graph.name(component).to_owned(),
            why: format!(
                "it stayed in its usual range, at most {worst:.1} standard deviations from its baseline"
            ),
        })
    });
    if observed.graph.known {
        found.extend(in_range);
    }
    found.truncate(MOST_RULED_OUT);
    found
}

/// Counts the calls from the start of `paths` to `end`.
fn hops(paths: &BTreeMap<usize, usize>, end: usize) -> usize {
    let before = |at: &usize| paths.get(at).copied().filter(|before| before != at);
    std::iter::successors(Some(end), before).count()
}

/// Describes how the series behind `metric` moved.
pub(crate) fn metric_shift(observed: &Observations<'_>, metric: &AbnormalMetric) -> Option<MetricShift> {
    let scored = observed.scored.get(metric.scored)?;
    let series = observed.data.series.get(scored.series)?;
    let stretch = metric.anomaly.from..metric.anomaly.to;
    // Of what comes and goes, the samples in which it is there.
    let is_off = |step: usize| metric.scores.get(step).is_some_and(|score| *score >= CALM);
    let off: Vec<usize> = stretch.clone().filter(|step| is_off(*step)).collect();
    let off = if off.is_empty() { stretch.collect() } else { off };
    let during =
        |steps: &[f64]| Sorted::new(off.iter().filter_map(|step| steps.get(*step).copied())).median();
    let (expected, incident) = (during(&scored.scores.expected), during(&scored.scores.values));
    let since = Timestamp::from_second(observed.timeline.time(metric.anomaly.onset)).ok();
    Some(MetricShift {
        series: scored.series,
        caller: series.caller.clone(),
        metric: series.metric.clone(),
        statistic: series.statistic.clone(),
        baseline: expected,
        incident,
        deviations: metric.anomaly.score.copysign(incident - expected),
        since,
    })
}
