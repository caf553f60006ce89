//! Decides what the weighed hypotheses of an incident amount to: a cause that is told, no fault, or nothing.

use common::{
    Conclusion, Hypothesis, Observed, SymptomState,
    diagnosis::HypothesisOrigin,
    findings::{EngineVerdict, MetricDigest},
};

use crate::{
    evidence::evidence_index::EvidenceIndex,
    evidence::text::{SENTENCE_CHARS, one_line},
    judgement::causality::symptom_over_since,
    judgement::confidence::EXPLANATION_THRESHOLD,
    judgement::incident_evidence::IncidentEvidence,
    judgement::usual_load::usual_load,
};

/// Robust standard deviations within which a metric does what it usually does.
const USUAL_DEVIATIONS: f64 = 3.0;

/// Returns the conclusion that `hypotheses`, the best first, amount to. `looked_at` resources were checked.
pub fn verdict(
    case: &IncidentEvidence<'_>,
    index: &EvidenceIndex<'_>,
    hypotheses: &[Hypothesis],
    looked_at: usize,
) -> Conclusion {
    let first = hypotheses.first();
    let over = symptom_over_since(case.signal, index);
    let unknown = |why: &str| match first {
        Some(first)
            if first.confidence >= EXPLANATION_THRESHOLD && over.is_none() && is_shown_by_data(index) =>
        {
            Conclusion::Explained
        }
        _ => abstained(why, first),
    };
    match index.symptom.map(|seen| (seen.fact.state, &seen.fact.summary)) {
        Some((SymptomState::Firing, _)) => match over {
            Some(since) => abstained(
                &format!("the symptom's metric has been as usual again since {}", since.strftime("%H:%MZ")),
                first,
            ),
            None => match usual_load(case, index, hypotheses) {
                Some(reason) => no_fault(&reason),
                None => explained_or_not(case, index, hypotheses, looked_at),
            },
        },
        Some((SymptomState::Recovered, _)) if is_told_all_the_same(case, first) => Conclusion::Explained,
        Some((SymptomState::Recovered, _)) => Conclusion::AlreadyRecovered,
        Some((SymptomState::Unknown, summary)) => {
            unknown(&format!("the symptom's state is unknown ({summary})"))
        }
        None => unknown("the symptom could not be read"),
    }
}

pub fn no_fault(reason: &str) -> Conclusion {
    Conclusion::NoFault { reason: one_line(reason, SENTENCE_CHARS) }
}

/// Returns true where the symptom's own metric shows what its alarm could not be asked: there is a fault, and it is not
/// over. Whether it is still the one that was reported nobody knows, so that nothing is done about it.
fn is_shown_by_data(index: &EvidenceIndex<'_>) -> bool {
    index.engine.is_some_and(|seen| seen.fact.symptom_judged && seen.fact.verdict == EngineVerdict::RootCause)
}

/// Returns true for a cause of which the data show the effect and about which nothing can be done: a service that is well
/// again because its release was taken back is well, and the release is lost. Somebody has to hear of it.
fn is_told_all_the_same(case: &IncidentEvidence<'_>, first: Option<&Hypothesis>) -> bool {
    let Some(first) = first.filter(|first| first.confidence >= EXPLANATION_THRESHOLD) else {
        return false;
    };
    let component = first.component.component();
    let strays = |digest: &MetricDigest| {
        digest.resource.as_ref() == Some(&component)
            && digest.deviations.is_some_and(|deviations| deviations.abs() > USUAL_DEVIATIONS)
    };
    let shown = case.evidence.iter().any(|one| match &one.observed {
        Observed::Metrics { series, .. } => series.iter().any(strays),
        _ => false,
    });
    shown && first.proposal.is_none() && matches!(first.origin, HypothesisOrigin::Playbook { .. })
}

fn explained_or_not(
    case: &IncidentEvidence<'_>,
    index: &EvidenceIndex<'_>,
    hypotheses: &[Hypothesis],
    looked_at: usize,
) -> Conclusion {
    let best = match hypotheses.first() {
        Some(best) if best.confidence >= EXPLANATION_THRESHOLD => return Conclusion::Explained,
        other => other,
    };
    if let Some(why) = usual_symptom(case, index) {
        return why;
    }
    match best {
        None if looked_at == 0 => abstained("no resource around the symptom could be checked", None),
        None => {
            let resources = if looked_at == 1 { "resource" } else { "resources" };
            abstained(
                &format!("no known failure matches ({looked_at} {resources} checked against the playbooks)"),
                None,
            )
        }
        Some(best) => abstained(
            &format!(
                "the most likely cause has confidence {:.0} %, below the required {:.0} %",
                (best.confidence * 100.0).floor(),
                EXPLANATION_THRESHOLD * 100.0
            ),
            Some(best),
        ),
    }
}

/// Returns what an alarm on a metric that is where it always is amounts to, where all could be read: no fault, but for
/// failures, which stay failures however long they last.
fn usual_symptom(case: &IncidentEvidence<'_>, index: &EvidenceIndex<'_>) -> Option<Conclusion> {
    index.evidence_of_usual_symptom().filter(|_| case.gaps.is_empty())?;
    let EngineVerdict::Healthy { why } = &index.engine?.fact.verdict else { return None };
    if case.signal.metric.as_ref().is_none_or(|metric| rca::counts_failures(&metric.name)) {
        return Some(abstained(&format!("{why}. It did not begin with this alarm"), None));
    }
    Some(no_fault(&format!(
        "{why}. The alarm fires on what is usual: raise its threshold, or let it wait for more periods"
    )))
}

fn abstained(why: &str, best: Option<&Hypothesis>) -> Conclusion {
    let reason = match best {
        Some(best) => format!("{why}. Most likely: {}", best.cause),
        None => why.to_owned(),
    };
    Conclusion::Abstained { reason: one_line(&reason, SENTENCE_CHARS) }
}
