//! Proves what the policies can never allow, over all requests that their schema permits.
//!
//! A test asks about one request; a proof is about all of them. The policies are compiled to formulas, and a solver (SMT,
//! cvc5) looks for a request that breaks an [`Invariant`]. That there is none is the proof; one that it finds is the
//! [`Counterexample`], which is evaluated by Cedar itself before it is told. [`prove`] does so for invariants, [`compare`]
//! for two sets of policies.
//!
//! A proof is about the policies: that the facts which they decide on are right is for the tests of the guard and of what
//! reads them. It covers more than Nightshift does. A policy that cannot be evaluated is skipped here, as Cedar does,
//! while the guard denies the plan; and the facts have any value of their type.
//!
//! Only the command line links this crate. It starts the solver as a process of its own.

mod compare;
mod counterexample;
mod invariant;
mod prove;
mod request;
mod session;
mod solver;

pub use compare::{ActionComparison, Approval, Change, Comparison, Difference, compare};
pub use counterexample::{Counterexample, UNKNOWN};
pub use invariant::{Invariant, InvariantError, SHIPPED_INVARIANTS, parse_invariants};
pub use prove::{Outcome, Proof, prove};
pub use solver::{Solver, SolverError};

/// Policies that cannot be turned into formulas, or requests that do not fit their schema. Neither happens to policies
/// that the guard accepted, so it is a defect of this program.
#[derive(Debug, thiserror::Error)]
#[error("the policies cannot be compiled for the solver: {0}")]
pub struct CompileError(pub(crate) String);

/// The reason why there are no results at all.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    #[error(transparent)]
    Solver(#[from] SolverError),
    #[error(transparent)]
    Compile(#[from] CompileError),
}
