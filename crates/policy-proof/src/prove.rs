//! Proves invariants, or refutes them with a request.

use std::time::{Duration, Instant};

use cedar_policy::{Policy, PolicyId, PolicySet, RequestEnv, Schema};
use cedar_policy_symcc::CompiledPolicySet;
use guard::Guard;

use crate::{
    CompileError, Counterexample, Invariant, ProofError, Solver,
    request::PolicyRequest,
    session::{Session, Unanswered},
};

/// The id of the policy that is added for invariants which are to hold whatever is permitted.
const ANY_PERMIT: &str = "any-permit-that-you-may-add";

/// The result of one invariant.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// No request that the schema permits breaks it.
    Proved,
    /// This one does.
    Refuted(Counterexample),
    /// Its expression holds for no request at all, so that it says nothing.
    Vacuous,
    /// The solver gave no answer, for this reason.
    Unknown(String),
}

/// An invariant with its result.
#[derive(Debug, Clone)]
pub struct Proof<'a> {
    pub invariant: &'a Invariant,
    pub outcome: Outcome,
    pub elapsed: Duration,
}

/// The policies of a guard in the form that the solver takes, for requests of one action.
struct Compiled {
    action: RequestEnv,
    policies: CompiledPolicySet,
    /// With a policy that permits everything.
    permissive: CompiledPolicySet,
}

/// Proves each of `invariants` for the policies of `guard`. The solver has `limit` for each action.
pub async fn prove<'a>(
    guard: &Guard,
    invariants: &'a [Invariant],
    solver: &Solver,
    limit: Duration,
) -> Result<Vec<Proof<'a>>, ProofError> {
    let (schema, policies) = (guard.policies().schema(), guard.policies().policy_set());
    let permissive = with_any_permit(policies)?;
    let mut compiled = Vec::new();
    for action in schema.request_envs() {
        compiled.push(Compiled {
            policies: compile(policies, &action, schema)?,
            permissive: compile(&permissive, &action, schema)?,
            action,
        });
    }
    let mut session = Session::start(solver, limit)?;
    let mut proofs = Vec::new();
    for invariant in invariants {
        let started = Instant::now();
        let held_against = if invariant.whatever_is_permitted { &permissive } else { policies };
        let outcome = match outcome(guard, held_against, invariant, &compiled, &mut session).await? {
            Ok(outcome) => outcome,
            Err(Unanswered(reason)) => Outcome::Unknown(reason),
        };
        proofs.push(Proof { invariant, outcome, elapsed: started.elapsed() });
    }
    Ok(proofs)
}

async fn outcome(
    guard: &Guard,
    held_against: &PolicySet,
    invariant: &Invariant,
    compiled: &[Compiled],
    session: &mut Session<'_>,
) -> Result<Result<Outcome, Unanswered>, CompileError> {
    let schema = guard.policies().schema();
    let mut vacuous = true;
    for one in compiled {
        let requests = compile(&invariant.requests, &one.action, schema)?;
        let policies = if invariant.whatever_is_permitted { &one.permissive } else { &one.policies };
        let found = match session.allowed_by_both(policies, &requests).await {
            Ok(found) => found,
            Err(unanswered) => return Ok(Err(unanswered)),
        };
        if let Some(found) = found {
            let request = PolicyRequest::from_solver(&found, guard);
            let holds = |request: &PolicyRequest| {
                request.permitted_by(&invariant.requests, schema)?;
                request.permitted_by(held_against, schema)
            };
            let example = request.and_then(|request| {
                Counterexample::simplified(request, guard, &invariant.never_allow_when, holds)
            });
            return Ok(example.map(Outcome::Refuted).ok_or_else(Unanswered::not_evaluated));
        }
        if vacuous {
            match session.allows_nothing(&requests).await {
                Ok(nothing) => vacuous = nothing,
                Err(unanswered) => return Ok(Err(unanswered)),
            }
        }
    }
    Ok(Ok(if vacuous { Outcome::Vacuous } else { Outcome::Proved }))
}

fn with_any_permit(policies: &PolicySet) -> Result<PolicySet, CompileError> {
    let text = "permit (principal, action, resource);";
    let permit =
        Policy::parse(Some(PolicyId::new(ANY_PERMIT)), text).map_err(|e| CompileError(e.to_string()))?;
    let mut permissive = policies.clone();
    permissive.add(permit).map_err(|error| CompileError(error.to_string()))?;
    Ok(permissive)
}

pub(crate) fn compile(
    policies: &PolicySet,
    action: &RequestEnv,
    schema: &Schema,
) -> Result<CompiledPolicySet, CompileError> {
    CompiledPolicySet::compile(policies, action, schema).map_err(|error| CompileError(error.to_string()))
}
