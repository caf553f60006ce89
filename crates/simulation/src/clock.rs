//! Implements the clock of a simulation: nothing but the simulation moves it, and waits take no time.

use std::time::Duration;

use common::Clock;
use fakes::FixedClock;
use jiff::{SignedDuration, Timestamp};

/// Clones show the same time.
#[derive(Debug, Clone)]
pub(crate) struct SimulatedClock(FixedClock);

impl SimulatedClock {
    pub(crate) fn at(now: Timestamp) -> Self {
        Self(FixedClock::at(now))
    }

    pub(crate) fn advance(&self, by: SignedDuration) {
        self.0.advance(by);
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    /// Moves on by `wait`, of which nothing is left to wait for.
    fn time_to_sleep(&self, wait: Duration) -> Duration {
        self.advance(SignedDuration::try_from(wait).unwrap_or(SignedDuration::ZERO));
        Duration::ZERO
    }
}
