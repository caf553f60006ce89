//! Ranks the hypotheses, and gives each the confidence that it has beside its strongest rival.

use common::{Arn, Hypothesis, causality::Rival};

use crate::{
    candidates::candidate::Relation, judgement::assess::CandidateAssessment,
    judgement::confidence::against_rival, judgement::engine_only::EngineOnly,
};

/// Orders the hypotheses by their own scores, then gives each the confidence it has beside its strongest
/// rival. That keeps the order: what takes most from the first is at most itself, and what takes
/// most from any other is at least that one. The engine's own is among them where `is_told` is true, and a rival in any case.
pub(super) fn ranked(
    assessments: &[CandidateAssessment<'_>],
    engine_only: Option<&EngineOnly>,
    is_told: bool,
) -> Vec<Hypothesis> {
    let of_playbooks = assessments.iter().filter_map(|assessment| {
        Some((Some(assessment.candidate.relation), assessment.hypothesis.as_ref()?))
    });
    let told = engine_only.filter(|_| is_told);
    let mut found: Vec<_> = of_playbooks.chain(told.map(|told| (None, &told.hypothesis))).collect();
    // Candidates come by ARN and the sort is stable: equals stay in that order.
    found.sort_by(|(a, one), (b, other)| {
        // Of equals, what can be acted on comes first.
        let last = |relation: &Option<Relation>| (relation.is_none(), *relation);
        other.confidence.total_cmp(&one.confidence).then(last(a).cmp(&last(b)))
    });
    let against_rivals = |(_, hypothesis): &(Option<Relation>, &Hypothesis)| {
        let rival = strongest_rival(&hypothesis.component, assessments, engine_only);
        let alike = measured_alike(hypothesis, assessments);
        let mut beside_rival = (*hypothesis).clone();
        beside_rival.confidence = against_rival(hypothesis.confidence, rival.map(|(_, score)| score));
        if let Some(causality) = &mut beside_rival.causality {
            causality.rival = match (alike, rival) {
                (Some(component), _) => {
                    let behind = rival.map_or(0.0, |(_, score)| hypothesis.confidence - score);
                    Some(Rival { component: component.clone(), margin: behind.min(0.0) })
                }
                (None, Some((component, score))) => {
                    Some(Rival { component: component.clone(), margin: hypothesis.confidence - score })
                }
                (None, None) => None,
            };
        }
        beside_rival
    };
    found.iter().map(against_rivals).collect()
}

/// Returns another component whose fault began with its own change too, if that is what speaks for `hypothesis`: one run of
/// a pipeline may change both, and no measurement tells which of the two breaks the other.
fn measured_alike<'a>(
    hypothesis: &Hypothesis,
    assessments: &'a [CandidateAssessment<'_>],
) -> Option<&'a Arn> {
    let function = hypothesis.component.function();
    let is_it =
        |other: &Arn| *other == hypothesis.component || (function.is_some() && other.function() == function);
    let own = assessments.iter().find(|one| *one.candidate.resource == hypothesis.component)?;
    assessments
        .iter()
        .filter(|other| own.discriminates && other.discriminates && !is_it(other.candidate.resource))
        // What is ruled out otherwise is none.
        .find(|other| other.hypothesis.is_some() || other.unexplained.is_some())
        .map(|other| other.candidate.resource)
}

/// Returns the highest score that speaks for another component than this one, with that component.
fn strongest_rival<'a>(
    component: &Arn,
    assessments: &'a [CandidateAssessment<'_>],
    engine_only: Option<&'a EngineOnly>,
) -> Option<(&'a Arn, f64)> {
    let function = component.function();
    assessments
        .iter()
        .filter(|other| other.candidate.resource != component)
        .filter_map(|other| {
            let score = match &other.hypothesis {
                Some(hypothesis) => Some(hypothesis.confidence),
                // Writing code and publishing it are parts of the deployment that moves the alias.
                None if function.is_some() && other.candidate.resource.function() == function => None,
                None => other.unexplained,
            };
            Some((other.candidate.resource, score?))
        })
        .chain(
            engine_only
                .filter(|engine_only| !engine_only.explained_by.contains(component))
                .map(|engine_only| &engine_only.hypothesis)
                .filter(|hypothesis| hypothesis.component != *component)
                .map(|hypothesis| (&hypothesis.component, hypothesis.confidence)),
        )
        .max_by(|(_, one), (_, other)| one.total_cmp(other))
}
