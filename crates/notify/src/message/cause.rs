//! Writes the section on the cause, with its evidence and what was ruled out.

use common::{
    Conclusion, Diagnosis, Hypothesis, causality::Causality, diagnosis::HypothesisOrigin,
    notification::Occasion,
};
use serde::Serialize;

use super::{
    decisive,
    text::{at_most, confidence, line, name, sentence},
};
use crate::{Input, incident_snapshot::IncidentSnapshot};

const MAX_EVIDENCE: usize = 5;
const MAX_RIVALS: usize = 3;
const MAX_RULED_OUT: usize = 8;

#[derive(Debug, Default, Serialize)]
pub(super) struct Cause {
    pub(super) summary: String,
    component: Option<String>,
    /// The change that triggered the incident, with who made it.
    trigger: Option<String>,
    /// The rivals: less likely causes.
    rivals: Vec<String>,
    /// The line, metric or count that shows the fault best.
    decisive: Vec<String>,
    /// The reasons why the first cause may be a coincidence.
    doubts: Vec<String>,
    evidence: Vec<String>,
}

pub(super) fn cause(input: &Input, snapshot: &IncidentSnapshot) -> Cause {
    let is_preliminary = input.occasion == Occasion::Preliminary;
    let Some(diagnosis) = &snapshot.diagnosis else {
        let why = match (snapshot.diagnosis_read, is_preliminary) {
            (true, true) => "no diagnosis was made yet",
            (true, false) => "no diagnosis was made",
            (false, _) => "the diagnosis could not be read",
        };
        return Cause { summary: format!("Unknown: {why}."), ..Cause::default() };
    };
    let first = diagnosis.first();
    let summary = match (&diagnosis.conclusion, first) {
        (Conclusion::AlreadyRecovered, None) => {
            let summary = "Unknown: the symptom recovered before it could be diagnosed.";
            return Cause { summary: summary.to_owned(), ..Cause::default() };
        }
        (Conclusion::AlreadyRecovered, Some(hypothesis)) => {
            format!(
                "The symptom recovered before it could be diagnosed. Most likely: {}",
                believed(hypothesis)
            )
        }
        (Conclusion::Explained, Some(hypothesis)) if is_preliminary => {
            format!("Most likely so far: {}", believed(hypothesis))
        }
        (Conclusion::Explained, Some(hypothesis)) => believed(hypothesis),
        (Conclusion::Explained, None) => "Unknown: the diagnosis names no cause.".to_owned(),
        (Conclusion::NoFault { reason }, _) => format!("No fault found: {}", sentence(&line(reason))),
        (Conclusion::Abstained { reason }, Some(hypothesis)) => {
            let reason = line(reason);
            if reason.contains(line(&hypothesis.cause).as_str()) {
                // The reason ends with the cause.
                format!("Unknown: {}", with_confidence(&reason, hypothesis))
            } else {
                format!("Unknown: {} Most likely: {}", sentence(&reason), believed(hypothesis))
            }
        }
        (Conclusion::Abstained { reason }, None) => format!("Unknown: {}", sentence(&line(reason))),
    };
    let mut evidence = first.map(|hypothesis| evidence(snapshot, hypothesis)).unwrap_or_default();
    evidence.extend(model_disputes(diagnosis));
    Cause {
        summary,
        component: first.map(|hypothesis| name(&hypothesis.component)),
        trigger: trigger(snapshot, diagnosis),
        rivals: rivals(diagnosis),
        decisive: decisive::decisive(&snapshot.evidence, first),
        doubts: first.map(doubts).unwrap_or_default(),
        evidence,
    }
}

/// Returns the other cause that the model names, where the first is not its own: whoever approves an action has to know.
fn model_disputes(diagnosis: &Diagnosis) -> Option<String> {
    let is_model_s = |one: &Hypothesis| matches!(one.origin, HypothesisOrigin::Model { .. });
    let first = diagnosis.first().filter(|first| !is_model_s(first))?;
    let other = diagnosis.hypotheses.iter().skip(1).find(|one| is_model_s(one))?;
    // What it shares is not disputed by what it names beside.
    first
        .raised_by
        .is_none()
        .then(|| format!("Against: the model names another cause. {}", line(&other.cause)))
}

/// Renders a cause with its confidence, and tells where a model's assessment is part of that confidence.
fn believed(hypothesis: &Hypothesis) -> String {
    with_confidence(&line(&hypothesis.cause), hypothesis)
}

fn with_confidence(text: &str, hypothesis: &Hypothesis) -> String {
    let model = match (&hypothesis.origin, &hypothesis.raised_by) {
        (HypothesisOrigin::Model { .. }, _) => ", named by the model alone",
        (_, Some(_)) => ", raised because the model agrees",
        (_, None) => "",
    };
    format!("{} (confidence {}{model})", text.trim_end_matches('.'), confidence(hypothesis.confidence))
}

fn trigger(snapshot: &IncidentSnapshot, diagnosis: &Diagnosis) -> Option<String> {
    let id = diagnosis.report.trigger.as_ref()?;
    let seen = snapshot.evidence.iter().find(|evidence| evidence.id == *id);
    Some(seen.map_or_else(|| format!("evidence {id}"), |evidence| line(&evidence.summary)))
}

/// Returns the answers that speak against the cause, or leave it open. The rivals have lines of their own.
fn doubts(hypothesis: &Hypothesis) -> Vec<String> {
    let answers = hypothesis.causality.iter().flat_map(Causality::answers);
    answers.filter(|answer| answer.is_doubt && answer.question != "rival").map(|answer| answer.text).collect()
}

fn rivals(diagnosis: &Diagnosis) -> Vec<String> {
    let lines = diagnosis.hypotheses.iter().skip(1).map(|hypothesis| {
        let cause = line(&hypothesis.cause);
        format!("{} (confidence {})", cause.trim_end_matches('.'), confidence(hypothesis.confidence))
    });
    at_most(lines.collect(), MAX_RIVALS)
}

fn evidence(snapshot: &IncidentSnapshot, hypothesis: &Hypothesis) -> Vec<String> {
    let of = |ids: &[common::EvidenceId], prefix: &str| -> Vec<String> {
        let found = snapshot.evidence.iter().filter(|evidence| ids.contains(&evidence.id));
        found.map(|evidence| format!("{prefix}{}", line(&evidence.summary))).collect()
    };
    let mut lines = at_most(of(&hypothesis.supports, ""), MAX_EVIDENCE);
    lines.extend(at_most(of(&hypothesis.contradicts, "Against: "), MAX_EVIDENCE));
    lines
}

pub(super) fn ruled_out(diagnosis: &Diagnosis) -> Vec<String> {
    let lines = diagnosis.ruled_out.iter().map(|out| format!("{}: {}", name(&out.component), line(&out.why)));
    at_most(lines.collect(), MAX_RULED_OUT)
}

#[cfg(test)]
mod tests {
    use common::causality::{Discrimination, Rival};
    use fakes::sample_evidence;

    use super::*;

    #[test]
    fn doubts_are_what_speaks_against_the_cause_without_its_rival() {
        let about =
            |causality| Hypothesis { causality, ..sample_evidence::hypothesis(&sample_evidence::alias()) };
        let clear = Causality {
            precedes_onset: true,
            reaches_symptom: true,
            alibi: None,
            discrimination: Some(Discrimination::FaultBeganWithChange),
            rival: Some(Rival { component: sample_evidence::alias(), margin: 0.1 }),
            evidence: Vec::new(),
        };
        let open = Causality { precedes_onset: false, discrimination: None, ..clear.clone() };
        assert_eq!(doubts(&about(None)), Vec::<String>::new());
        assert_eq!(doubts(&about(Some(clear))), Vec::<String>::new());
        assert_eq!(
            doubts(&about(Some(open))),
            [
                "no data shows that the change came before the fault began",
                "nothing but its time sets it apart"
            ]
        );
    }
}
