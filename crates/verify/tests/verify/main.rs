//! Tests the function as its callers see it, on the in-memory ports, and the properties of its assessment.
#![cfg(test)]

mod assessing;
mod handling;
mod slow_alarms;
mod targets;
