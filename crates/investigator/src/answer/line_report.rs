//! Parses the report of a line of inquiry.

use common::{Arn, EvidenceId, FailureMode};
use serde::Deserialize;

use super::{AllowedValues, ParsedAnswer, cited_sides, failure_mode, model_text::checked_text, parse_json};
use crate::model_fault::ModelFault;

/// A report of which everything is in the closed lists.
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
struct LineReportJson {
    found: LineOutcome,
    finding: String,
    component: Option<String>,
    failure_mode: Option<String>,
    supports: Vec<String>,
    contradicts: Vec<String>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum LineOutcome {
    Cause,
    Nothing,
}

const FINDING_CHARS: usize = 400;

/// Parses the input of the tool `report_line`.
pub(crate) fn parse_line_report(json: &str, allowed: &AllowedValues<'_>) -> ParsedAnswer<LineReport> {
    let written: LineReportJson = match parse_json(json) {
        Ok(written) => written,
        Err(fault) => return ParsedAnswer::refused(fault),
    };
    let mut faults = Vec::new();
    let finding = checked_text(&written.finding, FINDING_CHARS, allowed, &mut faults);
    let (supports, contradicts) = cited_sides(&written.supports, &written.contradicts, allowed, &mut faults);
    let named = match (written.component.as_deref(), written.failure_mode.as_deref()) {
        (Some(component), Some(mode)) => Some((component, mode)),
        (None, None) => None,
        _ => {
            faults.push(ModelFault::MissingField);
            return ParsedAnswer { value: None, faults };
        }
    };
    if written.found == LineOutcome::Nothing {
        // It found nothing, and names where: what it says it found counts.
        if named.is_some() {
            faults.push(ModelFault::SelfContradiction);
        }
        let value = finding.map(|finding| LineReport { finding, cause: None, supports, contradicts });
        return ParsedAnswer { value, faults };
    }
    let Some((component, mode)) = named else {
        faults.push(ModelFault::MissingField);
        return ParsedAnswer { value: None, faults };
    };
    let component = allowed.names.resolve(component);
    let mode = failure_mode(mode);
    let lacks = [
        (component.is_none(), ModelFault::UnknownComponent),
        (mode.is_none(), ModelFault::UnknownFailureMode),
        (supports.is_empty(), ModelFault::UncitedClaim),
    ];
    faults.extend(lacks.into_iter().filter(|(is, _)| *is).map(|(_, fault)| fault));
    let value = match (finding, component, mode) {
        (Some(finding), Some(component), Some(failure_mode)) if !supports.is_empty() => Some(LineReport {
            finding,
            cause: Some(LineCause { component: component.clone(), failure_mode }),
            supports,
            contradicts,
        }),
        _ => None,
    };
    ParsedAnswer { value, faults }
}
