//! The scenarios of the repository, rehearsed; and what a folder that is none says.
#![cfg(test)]

mod gate;
mod repository;
