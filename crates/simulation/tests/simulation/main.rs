//! The scenarios of the repository, simulated; and what a folder that is none says.
#![cfg(test)]

mod folders;
mod gate;
mod order;
mod repository;
mod scoring;
