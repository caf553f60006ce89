//! The log against published test vectors, and the laws that hold of every log, note and proof.
#![cfg(test)]

mod incident_proofs;
mod laws;
mod notes;
mod reference_tree;
mod sample;
