//! Tests the function as its callers see it, on the in-memory ports.
#![cfg(test)]

mod causes;
mod handling;
mod reports;
mod second_opinions;
mod telemetry;
mod world;
