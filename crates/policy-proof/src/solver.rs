//! Finds the solver and starts it.

use std::{ffi::OsString, time::Duration};

use cedar_policy_symcc::{CedarSymCompiler, solver::LocalSolver};
use tokio::process::Command;

/// The program that is looked for on PATH where none is named.
const DEFAULT: &str = "cvc5";
/// A program that does not say its version within this time is no solver.
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);

/// A solver that can be started.
#[derive(Debug, Clone)]
pub struct Solver {
    program: OsString,
    /// The version as the program says it, such as `cvc5 1.4.2`.
    version: String,
}

/// There is no solver, or what was named is none.
#[derive(Debug, thiserror::Error)]
#[error("the solver {program} cannot be used: {problem}")]
pub struct SolverError {
    pub program: String,
    pub problem: String,
}

impl Solver {
    /// Finds the program `named`, or cvc5 on PATH, and asks it for its version.
    pub async fn find(named: Option<OsString>) -> Result<Self, SolverError> {
        let program = named.filter(|name| !name.is_empty()).unwrap_or_else(|| DEFAULT.into());
        let error =
            |problem: String| SolverError { program: program.to_string_lossy().into_owned(), problem };
        let mut command = Command::new(&program);
        command.arg("--version").stdin(std::process::Stdio::null()).kill_on_drop(true);
        let answer = tokio::time::timeout(ANSWERS_WITHIN, command.output())
            .await
            .map_err(|_| error(format!("it did not tell its version within {} s", ANSWERS_WITHIN.as_secs())))?
            .map_err(|cause| error(cause.to_string()))?;
        let first_line = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().trim().to_owned()
        };
        if !answer.status.success() {
            return Err(error(format!("{}, {}", answer.status, first_line(&answer.stderr))));
        }
        let version = version(&first_line(&answer.stdout));
        Ok(Self { program, version })
    }

    pub fn version(&self) -> &str {
        &self.version
    }

    /// Starts a process that gives up on a question after `limit`.
    pub(crate) fn start(&self, limit: Duration) -> Result<CedarSymCompiler<LocalSolver>, SolverError> {
        let error =
            |problem: String| SolverError { program: self.program.to_string_lossy().into_owned(), problem };
        let mut command = Command::new(&self.program);
        command.args(["--lang", "smt"]).arg(format!("--tlimit-per={}", limit.as_millis())).kill_on_drop(true);
        let solver = LocalSolver::from_command(&mut command).map_err(|cause| error(cause.to_string()))?;
        CedarSymCompiler::new(solver).map_err(|cause| error(cause.to_string()))
    }
}

/// Shortens `This is cvc5 version 1.3.1 [git tag 1.3.1 branch HEAD]` to `cvc5 1.3.1`.
fn version(line: &str) -> String {
    let mut words = line.split_whitespace();
    match words.by_ref().find(|word| *word == "version").and_then(|_| words.next()) {
        Some(number) if line.contains("cvc5") => format!("cvc5 {number}"),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_told_in_two_words() {
        for (line, expected) in [
            ("This is cvc5 version 1.4.2", "cvc5 1.4.2"),
            ("This is cvc5 version 1.3.1 [git tag 1.3.1 branch HEAD]", "cvc5 1.3.1"),
            ("Z3 version 4.13.0 - 64 bit", "Z3 version 4.13.0 - 64 bit"),
            ("", ""),
        ] {
            assert_eq!(version(line), expected);
        }
    }

    #[tokio::test]
    async fn find_what_is_not_there_or_fails_says_which_and_why() {
        let missing = Solver::find(Some("/there/is/none".into())).await.unwrap_err();
        assert_eq!(missing.program, "/there/is/none");
        assert!(missing.to_string().starts_with("the solver /there/is/none cannot be used: "), "{missing}");
        let failing = Solver::find(Some("false".into())).await.unwrap_err();
        assert!(failing.problem.starts_with("exit status: 1"), "{failing}");
    }
}
