//! Proves invariants, or refutes them with a request.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    time::Duration,
};

use cedar_policy::{Effect, Policy, PolicyId, PolicySet, RequestEnv, Schema};
use cedar_policy_symcc::{CompiledPolicySet, Env};
use guard::Guard;

use crate::{
    CompileError, Counterexample, Invariant, ProofError, Solver,
    counterexample::is_named,
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
}

/// Policies that invariants are held against, with what was compiled of them.
struct Held<'a> {
    guard: &'a Guard,
    policies: PolicySet,
    compiled: BTreeMap<String, CompiledPolicySet>,
}

/// Proves each of `invariants` for the policies of `guard`. The solver has `limit` for each question.
pub async fn prove<'a>(
    guard: &Guard,
    invariants: &'a [Invariant],
    solver: &Solver,
    limit: Duration,
) -> Result<Vec<Proof<'a>>, ProofError> {
    let policies = guard.policies().policy_set();
    let held = |policies| Held { guard, policies, compiled: BTreeMap::new() };
    let (mut as_they_are, mut permissive) = (held(policies.clone()), held(with_any_permit(policies)?));
    let mut session = Session::start(solver, limit)?;
    let mut proofs = Vec::new();
    for invariant in invariants {
        let held = if invariant.whatever_is_permitted { &mut permissive } else { &mut as_they_are };
        let outcome = held.prove(invariant, &mut session).await?;
        proofs.push(Proof { invariant, outcome });
    }
    Ok(proofs)
}

impl Held<'_> {
    async fn prove(
        &mut self,
        invariant: &Invariant,
        session: &mut Session<'_>,
    ) -> Result<Outcome, CompileError> {
        let schema = self.guard.policies().schema();
        let facts = facts_in(&invariant.never_allow_when, self.guard);
        let enough = self.about(&facts)?;
        let mut vacuous = true;
        for action in requests_by_action(schema) {
            let requests = compile(&invariant.requests, &action, schema)?;
            let some = compile(&enough, &action, schema)?;
            // Fewer policies that forbid allow more. What they never allow, all of them never do.
            if session.allowed_by_both(&some, &requests).await != Ok(None) {
                match session.allowed_by_both(self.all(&action)?, &requests).await {
                    Ok(None) => {}
                    Ok(Some(found)) => return Ok(self.refuted(invariant, &found)),
                    Err(Unanswered(reason)) => return Ok(Outcome::Unknown(reason)),
                }
            }
            if vacuous {
                match session.allows_nothing(&requests).await {
                    Ok(nothing) => vacuous = nothing,
                    Err(Unanswered(reason)) => return Ok(Outcome::Unknown(reason)),
                }
            }
        }
        Ok(if vacuous { Outcome::Vacuous } else { Outcome::Proved })
    }

    fn refuted(&self, invariant: &Invariant, found: &Env) -> Outcome {
        let schema = self.guard.policies().schema();
        let holds = |request: &PolicyRequest| {
            request.permitted_by(&invariant.requests, schema)?;
            request.permitted_by(&self.policies, schema)
        };
        let example = PolicyRequest::from_solver(found, self.guard).and_then(|request| {
            Counterexample::simplified(request, self.guard, &invariant.never_allow_when, holds)
        });
        let Unanswered(doubt) = Unanswered::not_evaluated();
        example.map_or(Outcome::Unknown(doubt), Outcome::Refuted)
    }

    /// Returns the policies that permit, and those that forbid by one of `facts` or by no fact of their own.
    fn about(&self, facts: &BTreeSet<String>) -> Result<PolicySet, CompileError> {
        let counts = |policy: &&Policy| {
            let own = facts_in(&policy.to_string(), self.guard);
            policy.effect() == Effect::Permit || own.is_empty() || !own.is_disjoint(facts)
        };
        PolicySet::from_policies(self.policies.policies().filter(counts).cloned())
            .map_err(|error| CompileError(error.to_string()))
    }

    /// Returns all policies, compiled for requests of `action`.
    fn all(&mut self, action: &RequestEnv) -> Result<&CompiledPolicySet, CompileError> {
        match self.compiled.entry(action.action().to_string()) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let schema = self.guard.policies().schema();
                Ok(entry.insert(compile(&self.policies, action, schema)?))
            }
        }
    }
}

/// Returns the facts that an expression names, without those that nearly all do.
fn facts_in(expression: &str, guard: &Guard) -> BTreeSet<String> {
    let names = PolicyRequest::nothing_against(guard, "").values.into_keys();
    names
        .filter(|name| !["approved", "undo"].contains(&name.as_str()) && is_named(name, expression))
        .collect()
}

fn with_any_permit(policies: &PolicySet) -> Result<PolicySet, CompileError> {
    let text = "permit (principal, action, resource);";
    let permit = Policy::parse(Some(PolicyId::new(ANY_PERMIT)), text)
        .map_err(|error| CompileError(error.to_string()))?;
    let mut permissive = policies.clone();
    permissive.add(permit).map_err(|error| CompileError(error.to_string()))?;
    Ok(permissive)
}

/// Returns the requests that the schema permits, an entry an action, by the action's name.
pub(crate) fn requests_by_action(schema: &Schema) -> Vec<RequestEnv> {
    let mut actions: Vec<_> = schema.request_envs().collect();
    actions.sort_by_key(|one| one.action().to_string());
    actions
}

pub(crate) fn compile(
    policies: &PolicySet,
    action: &RequestEnv,
    schema: &Schema,
) -> Result<CompiledPolicySet, CompileError> {
    CompiledPolicySet::compile(policies, action, schema).map_err(|error| CompileError(error.to_string()))
}
