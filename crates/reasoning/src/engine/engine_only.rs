//! The engine's root cause where no playbook knows what to do about it: said, and left to a human.

use common::{EvidenceId, Hypothesis};

use crate::{
    candidates::candidate::Standing,
    engine::engine_case::ENGINE,
    engine::symptom_context::{Around, components_of},
    evidence::evidence_index::View,
    evidence::text::{SENTENCE_CHARS, VALUE_CHARS, one_line},
    judgement::assess::{Assessment, Case},
    judgement::confidence::unaided,
};

/// Below this the engine's word alone explains nothing: three in five is the least that is worth a
/// human's first look.
pub const ALONE: f64 = 0.6;

/// The hypothesis, unless a playbook has one about the same component.
pub fn hypothesis(
    case: &Case<'_>,
    view: &View<'_>,
    around: &Around<'_>,
    assessments: &[Assessment<'_>],
) -> Option<Hypothesis> {
    let (suspect, engine) = around.first_suspect()?;
    let component = suspect.resource.as_ref().filter(|_| suspect.confidence >= ALONE)?;
    let explained = |one: &Assessment<'_>| {
        one.hypothesis.is_some() && components_of(one.candidate.resource, view).0.contains(component)
    };
    if assessments.iter().any(explained) {
        return None;
    }
    // A change that no playbook knows may have set it off.
    let of_it = assessments.iter().filter(|one| one.candidate.resource.component() == *component);
    let mut writes = of_it.filter_map(|one| match one.candidate.standing(case.signal.occurred_at) {
        Standing::Suspect(write) => Some(write),
        Standing::Unwritten | Standing::Excluded(_) => None,
    });
    let write = writes.next();
    let mut supports: Vec<EvidenceId> = vec![engine.clone()];
    supports.extend(around.called(std::slice::from_ref(component)).into_iter().flatten().cloned());
    supports.extend(write.map(|write| write.evidence.clone()));
    let short = |text: &str| one_line(text, VALUE_CHARS);
    let metric = suspect.strongest_metric.as_ref().map(|metric| format!(": {}", short(metric)));
    let set_off = write.map(|write| {
        format!(" {} by {} shortly before may have set it off.", short(&write.event), short(&write.actor))
    });
    let sentence = format!(
        "{} is the likeliest root cause{}.{}{} No playbook has an action for it.",
        short(&suspect.name),
        metric.unwrap_or_default(),
        way_there(&suspect.path),
        set_off.unwrap_or_default()
    );
    Some(Hypothesis {
        component: component.clone(),
        failure_mode: suspect.failure_mode,
        cause: one_line(&sentence, SENTENCE_CHARS),
        confidence: unaided(suspect.confidence, write.is_some(), case.gaps.len()),
        playbook: ENGINE.to_owned(),
        supports,
        contradicts: Vec::new(),
        proposal: None,
        raised_by: None,
    })
}

/// How the symptom depends on it, as a sentence of its own; empty where it is the symptom's own place.
pub fn way_there(path: &[String]) -> String {
    if path.len() < 2 {
        return String::new();
    }
    let names: Vec<_> = path.iter().map(|name| one_line(name, VALUE_CHARS)).collect();
    format!(" The symptom's calls lead there: {}.", names.join(" → "))
}
