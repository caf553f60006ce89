//! What the weighing comes to.

use common::{ModelHypothesis, diagnosis::LastingFix};
use serde::Deserialize;

use super::{Closed, Reading, cited, failure_mode, model_text, parse, sides};
use crate::model_fault::Problem;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weighed {
    /// Why it abstains; `None` where it has hypotheses.
    pub(crate) abstained: Option<String>,
    pub(crate) hypotheses: Vec<ModelHypothesis>,
    pub(crate) impact: Option<String>,
    pub(crate) lasting_fix: Option<LastingFix>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    verdict: Verdict,
    reason: Option<String>,
    #[serde(default)]
    hypotheses: Vec<WrittenHypothesis>,
    impact: Option<WrittenImpact>,
    lasting_fix: Option<WrittenFix>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Hypotheses,
    Abstain,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenHypothesis {
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
struct WrittenImpact {
    text: String,
    evidence: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFix {
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
const MOST_TESTS: usize = 5;

pub(crate) fn read_diagnosis(json: &str, closed: &Closed<'_>) -> Reading<Weighed> {
    let written: Written = match parse(json) {
        Ok(written) => written,
        Err(problem) => return Reading::refused(problem),
    };
    let mut problems = Vec::new();
    let impact = written.impact.and_then(|impact| read_impact(&impact, closed, &mut problems));
    if written.verdict == Verdict::Abstain {
        // Doubt wins.
        if !written.hypotheses.is_empty() || written.lasting_fix.is_some() {
            problems.push(Problem::SelfContradiction);
        }
        let reason = written.reason.unwrap_or_default();
        let reason = model_text::fit(&reason, REASON_CHARS, closed, &mut problems);
        let answer = reason.map(|reason| Weighed {
            abstained: Some(reason),
            hypotheses: Vec::new(),
            impact,
            lasting_fix: None,
        });
        return Reading { answer, problems };
    }
    if written.hypotheses.is_empty() {
        problems.push(Problem::SelfContradiction);
    }
    if written.hypotheses.len() > closed.hypotheses {
        problems.push(Problem::TooManyHypotheses);
    }
    let mut hypotheses: Vec<ModelHypothesis> = Vec::new();
    for written in written.hypotheses.iter().take(closed.hypotheses) {
        let Some(one) = read_hypothesis(written, closed, &mut problems) else { continue };
        let same = |other: &ModelHypothesis| {
            other.component == one.component && other.failure_mode == one.failure_mode
        };
        if hypotheses.iter().any(same) {
            problems.push(Problem::RepeatedHypothesis);
        } else {
            hypotheses.push(one);
        }
    }
    if hypotheses.is_empty() {
        return Reading { answer: None, problems };
    }
    let lasting_fix = written.lasting_fix.and_then(|fix| read_fix(&fix, closed, &mut problems));
    Reading { answer: Some(Weighed { abstained: None, hypotheses, impact, lasting_fix }), problems }
}

fn read_hypothesis(
    written: &WrittenHypothesis,
    closed: &Closed<'_>,
    problems: &mut Vec<Problem>,
) -> Option<ModelHypothesis> {
    let component = closed.names.find(&written.component);
    let mode = failure_mode(&written.failure_mode);
    let (supports, contradicts) = sides(&written.supports, &written.contradicts, closed, problems);
    let cause = model_text::fit(&written.cause, CAUSE_CHARS, closed, problems);
    let lacks = [
        (component.is_none(), Problem::UnknownComponent),
        (mode.is_none(), Problem::UnknownFailureMode),
        (supports.is_empty(), Problem::UncitedClaim),
    ];
    problems.extend(lacks.into_iter().filter(|(is, _)| *is).map(|(_, problem)| problem));
    let action = written.action.as_deref().and_then(|action| {
        let known = closed.actions.iter().find(|known| known.as_str() == action);
        if known.is_none() {
            problems.push(Problem::UnknownAction);
        }
        known.cloned()
    });
    let said = written.confidence.unwrap_or_default();
    if !(0.0..=1.0).contains(&said) {
        problems.push(Problem::OddConfidence);
    }
    if supports.is_empty() {
        return None;
    }
    Some(ModelHypothesis {
        component: component?.clone(),
        failure_mode: mode?,
        action,
        cause: cause?,
        supports,
        contradicts,
        own_confidence: said.clamp(0.0, 1.0),
    })
}

fn read_impact(written: &WrittenImpact, closed: &Closed<'_>, problems: &mut Vec<Problem>) -> Option<String> {
    let evidence = cited(&written.evidence, closed, problems);
    let impact = model_text::fit(&written.text, IMPACT_CHARS, closed, problems);
    if evidence.is_empty() {
        problems.push(Problem::UncitedClaim);
        return None;
    }
    impact
}

fn read_fix(written: &WrittenFix, closed: &Closed<'_>, problems: &mut Vec<Problem>) -> Option<LastingFix> {
    let evidence = cited(&written.evidence, closed, problems);
    let problem = model_text::fit(&written.problem, CAUSE_CHARS, closed, problems);
    let place = model_text::fit(&written.place, PLACE_CHARS, closed, problems);
    let change = model_text::fit(&written.change, CHANGE_CHARS, closed, problems);
    let tests = written.tests.iter().take(MOST_TESTS);
    let tests = tests.filter_map(|test| model_text::fit(test, PLACE_CHARS, closed, problems)).collect();
    if evidence.is_empty() {
        problems.push(Problem::UncitedClaim);
        return None;
    }
    let by = closed.bundle.to_owned();
    Some(LastingFix { problem: problem?, evidence, place: place?, change: change?, tests, by })
}
