//! Reports the engine's root cause where no playbook covers it: reported, and left to a person.

use std::collections::BTreeSet;

use common::{
    Arn, EvidenceId, FailureMode, Hypothesis,
    causality::{Causality, Discrimination},
    diagnosis::HypothesisOrigin,
};

use crate::{
    candidates::candidate::ChangeTiming,
    candidates::refusals::refusing_services,
    engine::engine_run::ENGINE_VERSION,
    engine::symptom_context::{SymptomContext, call_path, components_of},
    evidence::evidence_index::EvidenceIndex,
    evidence::log_words::tells_of_failure,
    evidence::onset::Onset,
    evidence::text::{SENTENCE_CHARS, VALUE_CHARS, one_line},
    judgement::assess::CandidateAssessment,
    judgement::causality::{ChangeJudgement, judge_change},
    judgement::confidence::engine_only_confidence,
    judgement::incident_evidence::IncidentEvidence,
    playbooks::playbook_resource::PlaybookResource,
};

/// Below this confidence the engine's verdict alone explains nothing: three in five is the least that is worth a
/// person's first look.
pub const MIN_ENGINE_CONFIDENCE: f64 = 0.6;

/// The modes that a change brings about.
const CHANGE_MODES: [FailureMode; 2] = [FailureMode::BadDeployment, FailureMode::BadConfiguration];

/// The engine's hypothesis, and the candidates that explain it by what log lines say.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineOnly {
    pub hypothesis: Hypothesis,
    /// Where one of them is likely enough, it is told in its place. To everything else it stays the rival that it was: log lines
    /// make nothing likelier by taking a rival away.
    pub explained_by: BTreeSet<Arn>,
}

/// Returns the engine's hypothesis, unless a playbook has one about the same component.
pub fn engine_only_hypothesis(
    case: &IncidentEvidence<'_>,
    index: &EvidenceIndex<'_>,
    context: &SymptomContext<'_>,
    assessments: &[CandidateAssessment<'_>],
) -> Option<EngineOnly> {
    let (suspect, engine) = context.first_suspect()?;
    let component = suspect.resource.as_ref().filter(|_| suspect.confidence >= MIN_ENGINE_CONFIDENCE)?;
    // A playbook's cause that has an alibi explains it less well.
    let is_cleared = |causality: &Causality| causality.alibi.is_some_and(|alibi| alibi.clears());
    let explains = |hypothesis: &Hypothesis| {
        !hypothesis.causality.as_ref().is_some_and(is_cleared) || hypothesis.confidence >= suspect.confidence
    };
    let concerns = |one: &&CandidateAssessment<'_>| {
        one.hypothesis.is_some() && components_of(one.candidate.resource, index).0.contains(component)
    };
    let (by_lines, by_facts): (Vec<_>, Vec<_>) = assessments
        .iter()
        .filter(concerns)
        .filter(|one| one.hypothesis.as_ref().is_some_and(explains))
        // A component has one hypothesis: one about the very suspect stands, whatever it rests on.
        .partition(|one| rests_on_lines(one) && one.candidate.resource != component);
    if !by_facts.is_empty() {
        return None;
    }
    let explained_by = by_lines.into_iter().map(|one| one.candidate.resource.clone()).collect();
    // A change that no playbook knows may have set it off.
    let of_it = assessments.iter().filter(|one| one.candidate.resource.component() == *component);
    let mut changes = of_it.filter_map(|one| {
        let ChangeTiming::BeforeSymptom(change) = one.candidate.change_timing(case.signal.occurred_at) else {
            return None;
        };
        let judged = judge_change(case.signal, index, one.candidate, change);
        match judged {
            ChangeJudgement::MayBeTheCause(causality) if !is_cleared(&causality) => Some((change, causality)),
            ChangeJudgement::MayBeTheCause(_)
            | ChangeJudgement::Innocent(_)
            | ChangeJudgement::ClearedByItsOwnMetrics(_) => None,
        }
    });
    let (change, causality) = changes.next().unzip();
    let mut supports: Vec<EvidenceId> = vec![engine.clone()];
    supports
        .extend(context.evidence_of_calls_to(std::slice::from_ref(component)).into_iter().flatten().cloned());
    supports.extend(change.map(|change| change.evidence.clone()));
    let contrast = causality.and_then(|causality| match causality.discrimination {
        Some(Discrimination::NewVersionFails(contrast)) => {
            supports.extend(causality.evidence.iter().filter(|id| *id != engine).cloned());
            Some(contrast)
        }
        _ => None,
    });
    let short = |text: &str| one_line(text, VALUE_CHARS);
    let metric = suspect.strongest_metric.as_ref().map(|metric| format!(": {}", short(metric)));
    let trigger = change.map(|change| {
        let timing = Onset::new(case.signal, index).relative(change.at);
        let contrast = contrast.map(|contrast| format!(": {contrast}")).unwrap_or_default();
        format!(
            " {} by {} {timing} may have caused it{contrast}.",
            short(&change.event),
            short(&change.actor)
        )
    });
    let refusal = refusal_in_log(index, component).filter(|_| {
        change.is_none() && suspect.measured_mode.unwrap_or(suspect.failure_mode) == FailureMode::Failing
    });
    supports.extend(refusal.cloned());
    let refused = refusal.map_or("", |_| {
        " Its log says that AWS refuses it access: compare what it asks for with its role and the resource's policy."
    });
    let sentence = format!(
        "{} is the most likely root cause{}.{}{}{} No playbook covers this: a person has to decide what to do.",
        short(&suspect.name),
        metric.unwrap_or_default(),
        call_path(&suspect.path),
        trigger.unwrap_or_default(),
        refused
    );
    let hypothesis = Hypothesis {
        component: component.clone(),
        // What no change of it explains is named by what is measured, and by what its log says of that.
        failure_mode: match change {
            None if refusal.is_some() => FailureMode::Permissions,
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
    };
    Some(EngineOnly { hypothesis, explained_by })
}

/// Returns true if log lines may be what connects the candidate with the failure, or speak for it beside its alibi.
fn rests_on_lines(assessment: &CandidateAssessment<'_>) -> bool {
    let CandidateAssessment { candidate, hypothesis, .. } = assessment;
    let alibi = hypothesis.as_ref().and_then(|one| one.causality.as_ref()?.alibi);
    candidate.kind == Some(PlaybookResource::Other) || (candidate.late_effect.is_some() && alibi.is_some())
}

/// Returns the evidence that AWS refuses a function access to what it uses; `None` where new lines of its log tell of
/// another failure too: then the refusal does not say how it fails.
fn refusal_in_log<'a>(index: &EvidenceIndex<'a>, component: &Arn) -> Option<&'a EvidenceId> {
    let of_it = index.logs.iter().filter(|log| log.function == component);
    let mut failures = of_it
        .flat_map(|log| log.templates.iter().map(move |template| (template, log.id)))
        .filter(|(template, _)| template.baseline == 0 && tells_of_failure(&template.template))
        .peekable();
    let (_, first) = *failures.peek()?;
    failures.all(|(template, _)| !refusing_services(&template.template).is_empty()).then_some(first)
}
