//! Checks a model's answer against the closed lists. Pure: the same answer always gives the same result.
//!
//! Whatever deviates is dropped and counted as a fault. An answer that cannot be parsed, or of which nothing is
//! left, may be given once more; any other is used without what was dropped.

mod diagnosis;
mod line_report;
mod model_text;
mod plain_prose;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use common::{ActionId, EvidenceId, FailureMode};
use serde::de::DeserializeOwned;

pub(crate) use self::{
    diagnosis::{SubmittedDiagnosis, parse_diagnosis},
    line_report::{LineReport, parse_line_report},
    model_text::{REFUSAL_STOP_REASON, is_refusal},
};
use crate::{fence::Fence, model_fault::ModelFault, model_input::ComponentNames};

/// The most ids that one claim may cite.
const MAX_CITED: usize = 12;

/// The values that an answer may name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AllowedValues<'a> {
    pub(crate) names: ComponentNames<'a>,
    pub(crate) actions: &'a [ActionId],
    /// The evidence that was shown to this model, and so may be cited by it.
    pub(crate) citable: &'a BTreeSet<EvidenceId>,
    pub(crate) fence: &'a Fence,
    /// The instructions, which an answer must not repeat.
    pub(crate) system: &'a str,
    /// The most hypotheses of one answer.
    pub(crate) hypotheses: usize,
    /// `<bundle>@<hash>`.
    pub(crate) bundle: &'a str,
}

/// An answer after it was held to the closed lists.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ParsedAnswer<T> {
    /// `None` where it has to be given once more.
    pub(crate) value: Option<T>,
    /// The faults, in the order in which they were found.
    pub(crate) faults: Vec<ModelFault>,
}

impl<T> ParsedAnswer<T> {
    fn refused(fault: ModelFault) -> Self {
        Self { value: None, faults: vec![fault] }
    }
}

/// Parses `json` as a `T`, or names the fault in it.
fn parse_json<T: DeserializeOwned>(json: &str) -> Result<T, ModelFault> {
    serde_json::from_str(json).map_err(|error| {
        if !error.is_data() {
            return ModelFault::MalformedJson;
        }
        // serde has no kinds of these; a test holds that it still words them so.
        let message = error.to_string();
        if message.starts_with("unknown field") {
            ModelFault::UnknownField
        } else if message.starts_with("missing field") {
            ModelFault::MissingField
        } else {
            ModelFault::WrongType
        }
    })
}

fn failure_mode(text: &str) -> Option<FailureMode> {
    FailureMode::ALL.iter().copied().find(|mode| mode.as_str() == text)
}

/// Returns the ids in `written` that may be cited, each once, at most [`MAX_CITED`].
fn cited(written: &[String], allowed: &AllowedValues<'_>, faults: &mut Vec<ModelFault>) -> Vec<EvidenceId> {
    let mut cited: Vec<EvidenceId> = Vec::new();
    for id in written {
        match id.parse::<EvidenceId>().ok().filter(|id| allowed.citable.contains(id)) {
            Some(id) if cited.contains(&id) || cited.len() >= MAX_CITED => {}
            Some(id) => cited.push(id),
            None => faults.push(ModelFault::InventedEvidence),
        }
    }
    cited
}

/// Returns the evidence for a claim and against it. Evidence that is cited for both counts against it alone.
fn cited_sides(
    supports: &[String],
    contradicts: &[String],
    allowed: &AllowedValues<'_>,
    faults: &mut Vec<ModelFault>,
) -> (Vec<EvidenceId>, Vec<EvidenceId>) {
    let mut supports = cited(supports, allowed, faults);
    let contradicts = cited(contradicts, allowed, faults);
    let before = supports.len();
    supports.retain(|id| !contradicts.contains(id));
    if supports.len() < before {
        faults.push(ModelFault::SelfContradiction);
    }
    (supports, contradicts)
}
