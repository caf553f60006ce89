use std::sync::{Arc, Mutex, PoisonError};

use crate::Faults;
use common::{PortError, notification::Message, ports::Channel};

/// A channel that keeps what it is sent. Its operation's name is its own.
#[derive(Debug, Clone)]
pub struct FakeChannel {
    name: String,
    faults: Faults,
    sent: Arc<Mutex<Vec<Message>>>,
}

impl FakeChannel {
    pub fn new(name: &str, faults: &Faults) -> Self {
        Self { name: name.to_owned(), faults: faults.clone(), sent: Arc::default() }
    }

    pub fn sent(&self) -> Vec<Message> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Channel for FakeChannel {
    fn name(&self) -> &str {
        &self.name
    }

    async fn send(&self, message: &Message) -> Result<String, PortError> {
        self.faults.call(&self.name, || {
            let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            sent.push(message.clone());
            format!("{}-{}", self.name, sent.len())
        })
    }
}
