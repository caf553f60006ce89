//! What speaks for and against each component, and why the others are not taken for the cause.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    findings::{MetricShift, Observation, RuledOut},
    ranking::call_graph::chain,
    ranking::observations::Picture,
    ranking::rank::{ABNORMAL, Standing},
    ranking::suspects::Aspect,
    series::statistics::Sorted,
};

/// Evidence beyond this is not read.
const MOST_METRICS: usize = 4;
const MOST_TEMPLATES: usize = 3;
const MOST_RULED_OUT: usize = 12;
/// A callee explains its caller from here on: more than half of it.
const EXPLAINS: f64 = 0.5;
/// A course in time this unlike the symptom's is something else: a level that is high throughout is as
/// like a short rise as this.
const UNLIKE: f64 = 0.6;

pub(crate) fn supports(
    picture: &Picture<'_>,
    standing: &Standing,
    ways: &BTreeMap<usize, usize>,
) -> Vec<Observation> {
    let mut found = Vec::new();
    let suspect = picture.suspect(standing.component);
    let aspects = suspect.map_or(&[][..], |suspect| suspect.aspects.as_slice());
    let abnormal = aspects.iter().filter(|aspect| aspect.peak.height >= ABNORMAL);
    found.extend(
        abnormal.take(MOST_METRICS).filter_map(|aspect| shift(picture, aspect)).map(Observation::Metric),
    );
    found.extend(
        chain(&picture.graph, ways, standing.component)
            .filter(|_| picture.graph.known)
            .map(Observation::Path),
    );
    if let (Some(own), Some(onset)) = (aspects.first(), picture.symptom_peak.map(|peak| peak.onset))
        && picture.symptom_abnormal()
        && picture.symptom != Some(standing.component)
        && own.peak.onset <= onset
    {
        let seconds = picture.timeline.time(onset).saturating_sub(picture.timeline.time(own.peak.onset));
        found.push(Observation::Precedes { seconds });
    }
    let said = picture.complaints.iter().filter(|(component, _)| *component == standing.component);
    found.extend(said.take(MOST_TEMPLATES).map(|(_, change)| Observation::Log {
        template: change.template.clone(),
        example: change.example.clone(),
        baseline: change.baseline,
        incident: change.incident,
    }));
    found
}

pub(crate) fn contradicts(picture: &Picture<'_>, standing: &Standing) -> Vec<Observation> {
    let mut found = Vec::new();
    if picture.graph.known && !standing.on_path {
        found.push(Observation::NoPath);
    }
    if let Some((callee, share)) = standing.explained_by
        && share >= EXPLAINS
    {
        found.push(Observation::ExplainedBy { component: picture.graph.name(callee).to_owned() });
    }
    let own = picture.suspect(standing.component).and_then(|suspect| suspect.worst());
    if let (Some(own), Some(symptom)) = (own, picture.symptom_peak)
        && picture.symptom_abnormal()
        && own.peak.onset > symptom.onset
    {
        let (own, symptom) = (picture.timeline.time(own.peak.onset), picture.timeline.time(symptom.onset));
        found.push(Observation::Precedes { seconds: symptom.saturating_sub(own) });
    }
    found
}

/// The abnormal components that are not the first, and what is near the symptom and ordinary.
pub(crate) fn ruled_out(picture: &Picture<'_>, ways: &BTreeMap<usize, usize>) -> Vec<RuledOut> {
    let Some((first, others)) = picture.standings.split_first() else { return Vec::new() };
    let first_name = picture.graph.name(first.component);
    let mut found: Vec<RuledOut> = others
        .iter()
        .filter_map(|standing| {
            let why = match standing.explained_by {
                Some((callee, share)) if share >= EXPLAINS => {
                    format!("it is abnormal because {} is, which it calls", picture.graph.name(callee))
                }
                _ if picture.graph.known && !standing.on_path => {
                    "it is abnormal, and no chain of calls leads from the symptom to it".to_owned()
                }
                _ if standing.alike < UNLIKE => "it is abnormal, and not when the symptom was".to_owned(),
                _ if standing.coverage < first.coverage => format!(
                    "it is abnormal too, and is behind {:.0} % of what is abnormal, {first_name} behind {:.0} %",
                    100.0 * standing.coverage,
                    100.0 * first.coverage
                ),
                _ => return None,
            };
            Some(RuledOut { component: picture.graph.name(standing.component).to_owned(), why })
        })
        .collect();
    let mut near: Vec<(usize, usize)> = ways.keys().map(|at| (hops(ways, *at), *at)).collect();
    near.sort_unstable();
    let calm = near.into_iter().filter_map(|(_, component)| {
        let suspect = picture.suspect(component)?;
        let is_calm = suspect.known && suspect.weight() < ABNORMAL;
        let worst = suspect.worst().map_or(0.0, |aspect| aspect.peak.height.max(0.0));
        is_calm.then(|| RuledOut {
            component: picture.graph.name(component).to_owned(),
            why: format!("it stayed within its ordinary range, {worst:.1} deviations at worst"),
        })
    });
    if picture.graph.known {
        found.extend(calm);
    }
    found.truncate(MOST_RULED_OUT);
    found
}

/// Calls from the start of `ways`.
fn hops(ways: &BTreeMap<usize, usize>, end: usize) -> usize {
    let before = |at: &usize| ways.get(at).copied().filter(|before| before != at);
    std::iter::successors(Some(end), before).count()
}

/// How the metric behind `aspect` moved.
pub(crate) fn shift(picture: &Picture<'_>, aspect: &Aspect) -> Option<MetricShift> {
    let deviation = picture.deviations.get(aspect.deviation)?;
    let series = picture.case.series.get(deviation.series)?;
    let during = |steps: &[f64]| {
        Sorted::of(steps.get(aspect.peak.from..aspect.peak.to).unwrap_or_default().iter().copied()).median()
    };
    let (usual, incident) = (during(&deviation.judged.usual), during(&deviation.judged.values));
    let since = Timestamp::from_second(picture.timeline.time(aspect.peak.onset)).ok();
    Some(MetricShift {
        series: deviation.series,
        metric: series.metric.clone(),
        statistic: series.statistic.clone(),
        baseline: usual,
        incident,
        deviations: aspect.peak.height.copysign(incident - usual),
        since,
    })
}
