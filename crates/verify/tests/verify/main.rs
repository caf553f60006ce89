//! The function as its callers see it, on the in-memory ports, and the properties of its judgement.
#![cfg(test)]

mod handling;
mod judging;
mod targets;
