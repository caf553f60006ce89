//! Fakes the memory of problems that came back.

use common::{
    Fingerprint, PortError,
    ports::{Return, Returns},
};
use jiff::Timestamp;

use super::MemoryStore;

impl Returns for MemoryStore {
    async fn returned(&self, fingerprint: &Fingerprint) -> Result<Option<Return>, PortError> {
        self.faults.call("Returns::returned", || self.tables().returns.get(fingerprint).cloned())
    }

    async fn put_return(&self, returned: &Return) -> Result<bool, PortError> {
        self.faults.call("Returns::put_return", || {
            let returns = &mut self.tables().returns;
            let before = returns.get(&returned.signal.fingerprint).map(|before| before.version);
            let follows = before.is_none_or(|before| before.saturating_add(1) == returned.version);
            if follows {
                returns.insert(returned.signal.fingerprint.clone(), returned.clone());
            }
            follows
        })
    }

    async fn back_since(&self, until: Timestamp) -> Result<Vec<Return>, PortError> {
        self.faults.call("Returns::back_since", || {
            let is_back = |returned: &&Return| returned.firing_since.is_some_and(|since| since <= until);
            let mut back: Vec<_> = self.tables().returns.values().filter(is_back).cloned().collect();
            back.sort_by_key(|returned| returned.firing_since);
            back
        })
    }
}
