//! What a model says, held against the closed lists. Pure: the same answer always comes to the same.
//!
//! Whatever deviates is dropped and has a name. What cannot be read at all, or of which nothing is left, may
//! be given once more; what can is taken as it is, without what was dropped.

mod diagnosis;
mod line_report;
mod model_text;
mod sanitizer;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use common::{ActionId, EvidenceId, FailureMode};
use serde::de::DeserializeOwned;

pub(crate) use self::{
    diagnosis::{Weighed, read_diagnosis},
    line_report::{LineReport, read_line},
    model_text::{DECLINED, declines},
};
use crate::{fence::Fence, model_fault::Problem, model_input::component_names::Names};

/// The most ids that one claim may cite.
const MOST_CITED: usize = 12;

/// What an answer may name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Closed<'a> {
    pub(crate) names: Names<'a>,
    pub(crate) actions: &'a [ActionId],
    /// What was shown to this model, and so may be cited by it.
    pub(crate) known: &'a BTreeSet<EvidenceId>,
    pub(crate) fence: &'a Fence,
    pub(crate) system: &'a str,
    pub(crate) hypotheses: usize,
    /// `<bundle>@<hash>`.
    pub(crate) bundle: &'a str,
}

/// What an answer comes to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reading<T> {
    /// `None` where it has to be given once more.
    pub(crate) answer: Option<T>,
    /// In the order in which they were found.
    pub(crate) problems: Vec<Problem>,
}

impl<T> Reading<T> {
    fn refused(problem: Problem) -> Self {
        Self { answer: None, problems: vec![problem] }
    }
}

/// `json` as a `T`, or what is wrong with it.
fn parse<T: DeserializeOwned>(json: &str) -> Result<T, Problem> {
    serde_json::from_str(json).map_err(|error| {
        if !error.is_data() {
            return Problem::MalformedJson;
        }
        // serde has no kinds of these; a test holds that it still words them so.
        let message = error.to_string();
        if message.starts_with("unknown field") {
            Problem::UnknownField
        } else if message.starts_with("missing field") {
            Problem::MissingField
        } else {
            Problem::WrongType
        }
    })
}

fn failure_mode(text: &str) -> Option<FailureMode> {
    FailureMode::ALL.iter().copied().find(|mode| mode.as_str() == text)
}

/// Those of `written` that may be cited, each once.
fn cited(written: &[String], closed: &Closed<'_>, problems: &mut Vec<Problem>) -> Vec<EvidenceId> {
    let mut cited: Vec<EvidenceId> = Vec::new();
    for id in written {
        match id.parse::<EvidenceId>().ok().filter(|id| closed.known.contains(id)) {
            Some(id) if cited.contains(&id) || cited.len() >= MOST_CITED => {}
            Some(id) => cited.push(id),
            None => problems.push(Problem::InventedEvidence),
        }
    }
    cited
}

/// What speaks for a claim and what against it. What is cited for both counts against it alone.
fn sides(
    supports: &[String],
    contradicts: &[String],
    closed: &Closed<'_>,
    problems: &mut Vec<Problem>,
) -> (Vec<EvidenceId>, Vec<EvidenceId>) {
    let mut supports = cited(supports, closed, problems);
    let contradicts = cited(contradicts, closed, problems);
    let before = supports.len();
    supports.retain(|id| !contradicts.contains(id));
    if supports.len() < before {
        problems.push(Problem::SelfContradiction);
    }
    (supports, contradicts)
}
