//! Counts what an investigation has used so far. It outlives a conversation that is given up in the middle.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use common::{Evidence, EvidenceId, MicroUsd, model::Usage};

use crate::model_fault::ModelFault;

#[derive(Debug, Default)]
pub(crate) struct UsageLedger(Mutex<UsageTotals>);

#[derive(Debug, Clone, Default)]
pub(crate) struct UsageTotals {
    pub(crate) requests: u32,
    pub(crate) tool_calls: u32,
    /// As the service counted them.
    pub(crate) tokens: Usage,
    /// Money that is reserved for a request that has not ended counts as spent.
    pub(crate) cost: MicroUsd,
    /// Starts as the estimate; an answer replaces it with what was used.
    pub(crate) input_tokens: u64,
    /// Starts at the most that a request may use; an answer replaces it with what was used.
    pub(crate) output_tokens: u64,
    /// Requests that have not ended.
    pub(crate) in_flight: u32,
    /// Models that did not understand a request, or whose answer was not understood: they are not asked again.
    pub(crate) misunderstood: BTreeSet<String>,
    pub(crate) faults: BTreeMap<ModelFault, u32>,
    /// The evidence that the tools read.
    pub(crate) gathered: Vec<Evidence>,
    /// The fault that stopped the whole investigation.
    pub(crate) stopped: Option<ModelFault>,
}

impl UsageLedger {
    /// Runs `act` on the totals. It must not block.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut UsageTotals) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn totals(&self) -> UsageTotals {
        self.with(|totals| totals.clone())
    }

    /// Stops the whole investigation; the first fault stands.
    pub(crate) fn stop(&self, why: ModelFault) {
        self.with(|totals| {
            totals.stopped.get_or_insert(why);
        });
    }

    /// Keeps the evidence that is neither in `known` nor kept already.
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
