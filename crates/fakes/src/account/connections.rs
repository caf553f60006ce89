//! Fakes the configured connections between resources.

use crate::{account::FakeAccount, reading::reading};
use common::{
    Arn, PortError,
    ports::{ConnectionSource, Connections, Reading},
    topology::Connected,
};

impl FakeAccount {
    /// Sets the answer of `source`, whatever it is asked about.
    pub fn set_connections(&self, source: ConnectionSource, connected: Connected) {
        self.state().connections.insert(source, connected);
    }
}

impl Connections for FakeAccount {
    async fn connections(
        &self,
        source: ConnectionSource,
        _resources: &[Arn],
    ) -> Result<Reading<Connected>, PortError> {
        self.faults.call(&format!("Connections::{}", source.as_str()), || {
            reading(source.as_str(), self.state().connections.get(&source).cloned().unwrap_or_default())
        })
    }
}
