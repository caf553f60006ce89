//! Defines the time as a port: nothing that decides reads it by itself.

use std::time::Duration;

use jiff::Timestamp;

pub trait Clock {
    fn now(&self) -> Timestamp;

    /// Returns how long to sleep for `wait` to pass on this clock: all of it on a clock that runs by itself. A clock
    /// that a simulation moves goes on by `wait` at once, and nothing is left to sleep for.
    fn time_to_sleep(&self, wait: Duration) -> Duration {
        wait
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
