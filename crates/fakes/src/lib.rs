//! In-memory fakes of the ports, and samples. Every call can be made to fail, before its effect or
//! after it, which is what a crash at that instant looks like from outside.

mod account;
#[cfg(feature = "automations")]
mod automations;
mod channel;
mod checkpoints;
mod clock;
mod executions;
mod faults;
mod log_key;
mod memory;
mod model;
mod reading;
pub mod sample;
pub mod sample_evidence;
mod webhook;

pub use account::FakeAccount;
#[cfg(feature = "automations")]
pub use automations::FakeAutomations;
pub use channel::FakeChannel;
pub use checkpoints::MemoryCheckpoints;
pub use clock::FixedClock;
pub use executions::FakeExecutions;
pub use faults::{Faults, When};
pub use log_key::FakeLogKey;
pub use memory::MemoryStore;
pub use model::{FakeCounters, FakeModel};
pub use webhook::{FakeAlertBus, FakeSns, FakeWebhookSecrets};
