use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use common::PortError;
use transparency::{Checkpoint, ports::CheckpointStore};

use crate::Faults;

/// The heads that were kept, by size and root. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryCheckpoints {
    faults: Faults,
    kept: Arc<Mutex<BTreeMap<(u64, String), String>>>,
}

impl MemoryCheckpoints {
    pub fn new(faults: &Faults) -> Self {
        Self { faults: faults.clone(), ..Self::default() }
    }

    /// The notes, smallest log first.
    pub fn notes(&self) -> Vec<String> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

impl CheckpointStore for MemoryCheckpoints {
    async fn keep(&self, checkpoint: &Checkpoint, note: &str) -> Result<(), PortError> {
        self.faults.call("CheckpointStore::keep", || {
            let key = (checkpoint.size, checkpoint.root.to_string());
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.entry(key).or_insert_with(|| note.to_owned());
        })
    }
}
