//! Finds the solver that policies are proved with, and tells how to get it where there is none.

use policy_proof::{ProofError, Solver, SolverError};

use crate::failure::Failure;

/// The environment variable that names the solver's program.
const VARIABLE: &str = "CVC5";

pub(crate) async fn find() -> Result<Solver, Failure> {
    Solver::find(std::env::var_os(VARIABLE)).await.map_err(|error| missing(&error))
}

pub(crate) fn failure(error: ProofError) -> Failure {
    match error {
        ProofError::Solver(error) => missing(&error),
        ProofError::Compile(error) => Failure::Operation(error.to_string()),
    }
}

fn missing(error: &SolverError) -> Failure {
    Failure::MissingTool(format!(
        "{error}. In a checkout of Nightshift run `make setup`, then `export {VARIABLE}=\"$PWD/infra/solver/cvc5_stdio.py\"`. \
         Elsewhere put cvc5 1.3 or newer (https://github.com/cvc5/cvc5/releases) on PATH, or name it by {VARIABLE}."
    ))
}
