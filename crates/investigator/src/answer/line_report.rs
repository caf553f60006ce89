//! What a line of inquiry found.

use common::{Arn, EvidenceId, FailureMode};
use serde::Deserialize;

use super::{Closed, Reading, failure_mode, model_text, parse, sides};
use crate::model_fault::Problem;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LineReport {
    pub(crate) finding: String,
    /// `None` where it found nothing.
    pub(crate) cause: Option<LineCause>,
    pub(crate) supports: Vec<EvidenceId>,
    pub(crate) contradicts: Vec<EvidenceId>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LineCause {
    pub(crate) component: Arn,
    pub(crate) failure_mode: FailureMode,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    found: Found,
    finding: String,
    component: Option<String>,
    failure_mode: Option<String>,
    supports: Vec<String>,
    contradicts: Vec<String>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Found {
    Cause,
    Nothing,
}

const FINDING_CHARS: usize = 400;

pub(crate) fn read_line(json: &str, closed: &Closed<'_>) -> Reading<LineReport> {
    let written: Written = match parse(json) {
        Ok(written) => written,
        Err(problem) => return Reading::refused(problem),
    };
    let mut problems = Vec::new();
    let finding = model_text::fit(&written.finding, FINDING_CHARS, closed, &mut problems);
    let (supports, contradicts) = sides(&written.supports, &written.contradicts, closed, &mut problems);
    let named = match (written.component.as_deref(), written.failure_mode.as_deref()) {
        (Some(component), Some(mode)) => Some((component, mode)),
        (None, None) => None,
        _ => {
            problems.push(Problem::MissingField);
            return Reading { answer: None, problems };
        }
    };
    if written.found == Found::Nothing {
        // It found nothing, and names where: what it says it found counts.
        if named.is_some() {
            problems.push(Problem::SelfContradiction);
        }
        let answer = finding.map(|finding| LineReport { finding, cause: None, supports, contradicts });
        return Reading { answer, problems };
    }
    let Some((component, mode)) = named else {
        problems.push(Problem::MissingField);
        return Reading { answer: None, problems };
    };
    let component = closed.names.find(component);
    let mode = failure_mode(mode);
    let lacks = [
        (component.is_none(), Problem::UnknownComponent),
        (mode.is_none(), Problem::UnknownFailureMode),
        (supports.is_empty(), Problem::UncitedClaim),
    ];
    problems.extend(lacks.into_iter().filter(|(is, _)| *is).map(|(_, problem)| problem));
    let answer = match (finding, component, mode) {
        (Some(finding), Some(component), Some(failure_mode)) if !supports.is_empty() => Some(LineReport {
            finding,
            cause: Some(LineCause { component: component.clone(), failure_mode }),
            supports,
            contradicts,
        }),
        _ => None,
    };
    Reading { answer, problems }
}
