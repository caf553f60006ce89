//! Asks a running solver, and starts another one after a question that it did not answer.

use std::{future::Future, time::Duration};

use cedar_policy_symcc::{
    CedarSymCompiler, CompiledPolicy, CompiledPolicySet, Env, err::Error, solver::LocalSolver,
};

use crate::{Solver, SolverError};

/// The solver ends by itself at its limit; a process that does not is ended after this much more.
const GRACE: Duration = Duration::from_secs(5);

type Compiler = CedarSymCompiler<LocalSolver>;

/// A running solver.
pub(crate) struct Session<'a> {
    solver: &'a Solver,
    limit: Duration,
    compiler: Compiler,
}

/// The reason why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unanswered(pub(crate) String);

impl Unanswered {
    /// Only what Cedar itself allows is told as a counterexample.
    pub(crate) fn not_evaluated() -> Self {
        let reason = "the solver found a request for which a policy, or the condition, cannot be evaluated (it overflows): \
                      Nightshift would deny it, and there may be others";
        Self(reason.to_owned())
    }
}

impl<'a> Session<'a> {
    /// Starts `solver`, which gives up on each question after `limit`.
    pub(crate) fn start(solver: &'a Solver, limit: Duration) -> Result<Self, SolverError> {
        Ok(Self { solver, limit, compiler: solver.start(limit)? })
    }

    /// Looks for a request that both sets allow.
    pub(crate) async fn allowed_by_both(
        &mut self,
        one: &CompiledPolicySet,
        other: &CompiledPolicySet,
    ) -> Result<Option<Env>, Unanswered> {
        self.ask(async |compiler| compiler.check_disjoint_with_counterexample_opt(one, other).await).await
    }

    /// Looks for a request that `one` allows and `other` does not.
    pub(crate) async fn allowed_by_one_only(
        &mut self,
        one: &CompiledPolicySet,
        other: &CompiledPolicySet,
    ) -> Result<Option<Env>, Unanswered> {
        self.ask(async |compiler| compiler.check_implies_with_counterexample_opt(one, other).await).await
    }

    /// Returns true if the policies allow nothing at all.
    pub(crate) async fn allows_nothing(&mut self, policies: &CompiledPolicySet) -> Result<bool, Unanswered> {
        self.ask(async |compiler| compiler.check_always_denies_opt(policies).await).await
    }

    /// Returns true if the policy can be evaluated for every request.
    pub(crate) async fn never_fails(&mut self, policy: &CompiledPolicy) -> Result<bool, Unanswered> {
        self.ask(async |compiler| compiler.check_never_errors_opt(policy).await).await
    }

    async fn ask<T>(
        &mut self,
        question: impl AsyncFnOnce(&mut Compiler) -> Result<T, Error>,
    ) -> Result<T, Unanswered> {
        let seconds = self.limit.as_secs();
        let ended = self.limit.saturating_add(GRACE);
        let reason = match answered_within(ended, question(&mut self.compiler)).await {
            Some(Ok(answer)) => return Ok(answer),
            Some(Err(Error::SolverUnknown)) => format!("the solver found no answer within {seconds} s"),
            Some(Err(error)) => format!("the solver failed: {error}"),
            None => format!("the solver did not answer within {} s", ended.as_secs()),
        };
        // What it was asked may still be under way, or half written. The reason tells of both failures.
        match self.solver.start(self.limit) {
            Ok(compiler) => {
                self.compiler = compiler;
                Err(Unanswered(reason))
            }
            Err(error) => Err(Unanswered(format!("{reason}; {error}"))),
        }
    }
}

async fn answered_within<T>(limit: Duration, answer: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, answer).await.ok()
}
