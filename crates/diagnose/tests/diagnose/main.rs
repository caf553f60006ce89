//! The function as its callers see it, on the in-memory ports, and the properties of its conclusions.
#![cfg(test)]

mod candidacy;
mod causes;
mod handling;
mod opinions;
mod playbooks;
mod properties;
mod second_opinions;
mod story;
mod suspects;
mod telemetry;
mod world;
