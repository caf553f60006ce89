//! What an investigation has used so far. It outlives whatever is given up in the middle.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use common::{Evidence, EvidenceId, MicroUsd, model::Usage};

use crate::model_fault::Problem;

#[derive(Debug, Default)]
pub(crate) struct Used(Mutex<Totals>);

#[derive(Debug, Clone, Default)]
pub(crate) struct Totals {
    pub(crate) requests: u32,
    pub(crate) tool_calls: u32,
    pub(crate) usage: Usage,
    /// What was set aside for a request that has not ended counts as spent.
    pub(crate) cost: MicroUsd,
    /// As estimated, until an answer says better.
    pub(crate) input_tokens: u64,
    /// As much as there may be, until an answer says better.
    pub(crate) output_tokens: u64,
    pub(crate) in_flight: u32,
    /// Models that did not understand a request, or whose answer was not understood: they are not asked again.
    pub(crate) misunderstood: BTreeSet<String>,
    pub(crate) problems: BTreeMap<Problem, u32>,
    /// What the tools read.
    pub(crate) gathered: Vec<Evidence>,
    /// Why nothing may be asked any more.
    pub(crate) stopped: Option<Problem>,
}

impl Used {
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Totals) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn totals(&self) -> Totals {
        self.with(|totals| totals.clone())
    }

    pub(crate) fn stop(&self, why: Problem) {
        self.with(|totals| {
            totals.stopped.get_or_insert(why);
        });
    }

    /// Keeps what is neither in `known` nor kept.
    pub(crate) fn gather(&self, evidence: &[Evidence], known: &BTreeSet<EvidenceId>) {
        self.with(|totals| {
            for one in evidence {
                let kept = totals.gathered.iter().any(|other| other.id == one.id);
                if !kept && !known.contains(&one.id) {
                    totals.gathered.push(one.clone());
                }
            }
        });
    }
}
