//! Reports the engine's root cause where no playbook covers it: reported, and left to a person.

use common::{EvidenceId, FailureMode, Hypothesis, causality::Causality, diagnosis::HypothesisOrigin};

use crate::{
    candidates::candidate::ChangeTiming,
    engine::engine_case::ENGINE_VERSION,
    engine::symptom_context::{SymptomContext, call_path, components_of},
    evidence::evidence_index::EvidenceIndex,
    evidence::onset::Onset,
    evidence::text::{SENTENCE_CHARS, VALUE_CHARS, one_line},
    judgement::assess::CandidateAssessment,
    judgement::causality::{ChangeJudgement, judge_change},
    judgement::confidence::engine_only_confidence,
    judgement::incident_evidence::IncidentEvidence,
};

/// Below this confidence the engine's verdict alone explains nothing: three in five is the least that is worth a
/// person's first look.
pub const MIN_ENGINE_CONFIDENCE: f64 = 0.6;

/// The modes that a change brings about.
const CHANGE_MODES: [FailureMode; 2] = [FailureMode::BadDeployment, FailureMode::BadConfiguration];

/// Returns the engine's hypothesis, unless a playbook has one about the same component.
pub fn engine_only_hypothesis(
    case: &IncidentEvidence<'_>,
    index: &EvidenceIndex<'_>,
    context: &SymptomContext<'_>,
    assessments: &[CandidateAssessment<'_>],
) -> Option<Hypothesis> {
    let (suspect, engine) = context.first_suspect()?;
    let component = suspect.resource.as_ref().filter(|_| suspect.confidence >= MIN_ENGINE_CONFIDENCE)?;
    // A playbook's cause that has an alibi explains it less well.
    let is_cleared = |causality: &Causality| causality.alibi.is_some_and(|alibi| alibi.clears());
    let explains = |hypothesis: &Hypothesis| {
        !hypothesis.causality.as_ref().is_some_and(is_cleared) || hypothesis.confidence >= suspect.confidence
    };
    let explained = |one: &CandidateAssessment<'_>| {
        one.hypothesis.as_ref().is_some_and(explains)
            && components_of(one.candidate.resource, index).0.contains(component)
    };
    if assessments.iter().any(explained) {
        return None;
    }
    // A change that no playbook knows may have set it off.
    let of_it = assessments.iter().filter(|one| one.candidate.resource.component() == *component);
    let mut changes = of_it.filter_map(|one| {
        let ChangeTiming::BeforeSymptom(change) = one.candidate.change_timing(case.signal.occurred_at) else {
            return None;
        };
        let judged = judge_change(case.signal, index, one.candidate, change);
        let may_be = matches!(judged, ChangeJudgement::MayBeTheCause(causality) if !is_cleared(&causality));
        may_be.then_some(change)
    });
    let change = changes.next();
    let mut supports: Vec<EvidenceId> = vec![engine.clone()];
    supports
        .extend(context.evidence_of_calls_to(std::slice::from_ref(component)).into_iter().flatten().cloned());
    supports.extend(change.map(|change| change.evidence.clone()));
    let short = |text: &str| one_line(text, VALUE_CHARS);
    let metric = suspect.strongest_metric.as_ref().map(|metric| format!(": {}", short(metric)));
    let trigger = change.map(|change| {
        let timing = Onset::new(case.signal, index).relative(change.at);
        format!(" {} by {} {timing} may have caused it.", short(&change.event), short(&change.actor))
    });
    let sentence = format!(
        "{} is the most likely root cause{}.{}{} No playbook covers this: a person has to decide what to do.",
        short(&suspect.name),
        metric.unwrap_or_default(),
        call_path(&suspect.path),
        trigger.unwrap_or_default()
    );
    Some(Hypothesis {
        component: component.clone(),
        // What no change of it explains is named by what is measured.
        failure_mode: match change {
            None if CHANGE_MODES.contains(&suspect.failure_mode) => {
                suspect.measured_mode.unwrap_or(suspect.failure_mode)
            }
            _ => suspect.failure_mode,
        },
        cause: one_line(&sentence, SENTENCE_CHARS),
        confidence: engine_only_confidence(suspect.confidence, change.is_some(), case.gaps.len()),
        origin: HypothesisOrigin::Engine { version: ENGINE_VERSION.to_owned() },
        supports,
        contradicts: Vec::new(),
        proposal: None,
        raised_by: None,
        raised_by_untrusted: false,
        causality: None,
    })
}
