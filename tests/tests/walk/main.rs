//! The state machines walked over canned tasks.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "also in what the tests share"
)]

mod canned;
mod incident;
mod intake;
mod preliminary;
