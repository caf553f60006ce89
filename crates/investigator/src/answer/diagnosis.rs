//! Parses the diagnosis that the weighing submits.

use common::{ModelHypothesis, diagnosis::LastingFix};
use serde::Deserialize;

use super::{
    AllowedValues, ParsedAnswer, cited, cited_sides, failure_mode, model_text::checked_text, parse_json,
};
use crate::model_fault::ModelFault;

/// A diagnosis of which everything is in the closed lists.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SubmittedDiagnosis {
    /// The reason to abstain; `None` where it has hypotheses.
    pub(crate) abstained: Option<String>,
    pub(crate) hypotheses: Vec<ModelHypothesis>,
    pub(crate) impact: Option<String>,
    pub(crate) lasting_fix: Option<LastingFix>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DiagnosisJson {
    verdict: Verdict,
    reason: Option<String>,
    #[serde(default)]
    hypotheses: Vec<HypothesisJson>,
    impact: Option<ImpactJson>,
    lasting_fix: Option<LastingFixJson>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Hypotheses,
    Abstain,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HypothesisJson {
    component: String,
    failure_mode: String,
    action: Option<String>,
    cause: String,
    supports: Vec<String>,
    contradicts: Vec<String>,
    confidence: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImpactJson {
    text: String,
    evidence: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LastingFixJson {
    problem: String,
    place: String,
    change: String,
    tests: Vec<String>,
    evidence: Vec<String>,
}

const CAUSE_CHARS: usize = 400;
const REASON_CHARS: usize = 400;
const IMPACT_CHARS: usize = 300;
const PLACE_CHARS: usize = 200;
const CHANGE_CHARS: usize = 600;
const MAX_TESTS: usize = 5;

/// Parses the input of the tool `submit_diagnosis`.
pub(crate) fn parse_diagnosis(json: &str, allowed: &AllowedValues<'_>) -> ParsedAnswer<SubmittedDiagnosis> {
    let written: DiagnosisJson = match parse_json(json) {
        Ok(written) => written,
        Err(fault) => return ParsedAnswer::refused(fault),
    };
    let mut faults = Vec::new();
    let impact = written.impact.and_then(|impact| checked_impact(&impact, allowed, &mut faults));
    if written.verdict == Verdict::Abstain {
        // Doubt wins.
        if !written.hypotheses.is_empty() || written.lasting_fix.is_some() {
            faults.push(ModelFault::SelfContradiction);
        }
        let reason = written.reason.unwrap_or_default();
        let reason = checked_text(&reason, REASON_CHARS, allowed, &mut faults);
        let value = reason.map(|reason| SubmittedDiagnosis {
            abstained: Some(reason),
            hypotheses: Vec::new(),
            impact,
            lasting_fix: None,
        });
        return ParsedAnswer { value, faults };
    }
    if written.hypotheses.is_empty() {
        faults.push(ModelFault::SelfContradiction);
    }
    if written.hypotheses.len() > allowed.hypotheses {
        faults.push(ModelFault::TooManyHypotheses);
    }
    let mut hypotheses: Vec<ModelHypothesis> = Vec::new();
    for written in written.hypotheses.iter().take(allowed.hypotheses) {
        let Some(one) = checked_hypothesis(written, allowed, &mut faults) else { continue };
        let same = |other: &ModelHypothesis| {
            other.component == one.component && other.failure_mode == one.failure_mode
        };
        if hypotheses.iter().any(same) {
            faults.push(ModelFault::RepeatedHypothesis);
        } else {
            hypotheses.push(one);
        }
    }
    if hypotheses.is_empty() {
        return ParsedAnswer { value: None, faults };
    }
    let lasting_fix = written.lasting_fix.and_then(|fix| checked_fix(&fix, allowed, &mut faults));
    ParsedAnswer {
        value: Some(SubmittedDiagnosis { abstained: None, hypotheses, impact, lasting_fix }),
        faults,
    }
}

fn checked_hypothesis(
    written: &HypothesisJson,
    allowed: &AllowedValues<'_>,
    faults: &mut Vec<ModelFault>,
) -> Option<ModelHypothesis> {
    let component = allowed.names.resolve(&written.component);
    let mode = failure_mode(&written.failure_mode);
    let (supports, contradicts) = cited_sides(&written.supports, &written.contradicts, allowed, faults);
    let statement = checked_text(&written.cause, CAUSE_CHARS, allowed, faults);
    let lacks = [
        (component.is_none(), ModelFault::UnknownComponent),
        (mode.is_none(), ModelFault::UnknownFailureMode),
        (supports.is_empty(), ModelFault::UncitedClaim),
    ];
    faults.extend(lacks.into_iter().filter(|(is, _)| *is).map(|(_, fault)| fault));
    let action = written.action.as_deref().and_then(|action| {
        let known = allowed.actions.iter().find(|known| known.as_str() == action);
        if known.is_none() {
            faults.push(ModelFault::UnknownAction);
        }
        known.cloned()
    });
    let said = written.confidence.unwrap_or_default();
    if !(0.0..=1.0).contains(&said) {
        faults.push(ModelFault::OddConfidence);
    }
    if supports.is_empty() {
        return None;
    }
    Some(ModelHypothesis {
        component: component?.clone(),
        failure_mode: mode?,
        action,
        statement: statement?,
        supports,
        contradicts,
        own_confidence: said.clamp(0.0, 1.0),
    })
}

fn checked_impact(
    written: &ImpactJson,
    allowed: &AllowedValues<'_>,
    faults: &mut Vec<ModelFault>,
) -> Option<String> {
    let evidence = cited(&written.evidence, allowed, faults);
    let impact = checked_text(&written.text, IMPACT_CHARS, allowed, faults);
    if evidence.is_empty() {
        faults.push(ModelFault::UncitedClaim);
        return None;
    }
    impact
}

fn checked_fix(
    written: &LastingFixJson,
    allowed: &AllowedValues<'_>,
    faults: &mut Vec<ModelFault>,
) -> Option<LastingFix> {
    let evidence = cited(&written.evidence, allowed, faults);
    let problem = checked_text(&written.problem, CAUSE_CHARS, allowed, faults);
    let place = checked_text(&written.place, PLACE_CHARS, allowed, faults);
    let change = checked_text(&written.change, CHANGE_CHARS, allowed, faults);
    let tests = written.tests.iter().take(MAX_TESTS);
    let tests = tests.filter_map(|test| checked_text(test, PLACE_CHARS, allowed, faults)).collect();
    if evidence.is_empty() {
        faults.push(ModelFault::UncitedClaim);
        return None;
    }
    let by = allowed.bundle.to_owned();
    Some(LastingFix { problem: problem?, evidence, place: place?, change: change?, tests, by })
}
