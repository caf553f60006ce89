//! Tests the simulated scenarios of the repository, and the errors for invalid folders.
#![cfg(test)]

mod folders;
mod gate;
mod order;
mod repository;
mod scoring;
mod waits;
