//! Conclusions from evidence: tables of single cases, and the properties that hold of all.
#![cfg(test)]

mod candidacy;
mod opinions;
mod playbooks;
mod properties;
mod story;
mod suspects;
