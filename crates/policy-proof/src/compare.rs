//! Compares two sets of policies over all requests.

use std::{collections::BTreeSet, time::Duration};

use cedar_policy::{Policy, PolicyId, PolicySet, RequestEnv, Schema};
use cedar_policy_symcc::{CompiledPolicy, CompiledPolicySet};
use guard::Guard;

use crate::{
    CompileError, Counterexample, ProofError, Solver,
    prove::{compile, requests_by_action},
    request::PolicyRequest,
    session::{Session, Unanswered},
};

/// The approval that requests have: a person gave it, or nobody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    Without,
    With,
}

impl Approval {
    const BOTH: [Self; 2] = [Self::Without, Self::With];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Without => "without approval",
            Self::With => "with approval",
        }
    }
}

/// The first request of an action that one set of policies allows and the other does not.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub approval: Approval,
    pub request: Counterexample,
}

/// The requests of an action that differ in one direction: at most one with an approval, and one without.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Difference {
    pub changes: Vec<Change>,
    /// The reasons why the solver gave no answer.
    pub unanswered: Vec<String>,
}

impl Difference {
    /// Returns true if it is proved that no request differs.
    pub const fn is_none(&self) -> bool {
        self.changes.is_empty() && self.unanswered.is_empty()
    }
}

/// The differences between two sets of policies for one action.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionComparison {
    pub action: String,
    pub became_allowed: Difference,
    pub became_denied: Difference,
}

/// The differences between two sets of policies.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    pub actions: Vec<ActionComparison>,
    /// The ids of policies that cannot be evaluated for some requests. Nightshift denies these, whatever is compared here.
    pub may_fail: BTreeSet<String>,
}

/// A set of policies in the form that the solver takes, for one action.
struct Side<'a> {
    policies: &'a PolicySet,
    compiled: CompiledPolicySet,
}

/// Compares the policies of `old` and `new`, each action with and without an approval. The solver has `limit` for each
/// question.
pub async fn compare(
    old: &Guard,
    new: &Guard,
    solver: &Solver,
    limit: Duration,
) -> Result<Comparison, ProofError> {
    let schema = new.policies().schema();
    let mut session = Session::start(solver, limit)?;
    let (mut actions, mut may_fail) = (Vec::new(), BTreeSet::new());
    for env in requests_by_action(schema) {
        for guard in [old, new] {
            may_fail.extend(that_may_fail(&mut session, guard, &env).await?);
        }
        let (mut became_allowed, mut became_denied) = (Difference::default(), Difference::default());
        for approval in Approval::BOTH {
            let [before, after] = [restricted(old, approval)?, restricted(new, approval)?];
            let [before, after] = [side(&before, &env, schema)?, side(&after, &env, schema)?];
            for (more, less, became) in
                [(&after, &before, &mut became_allowed), (&before, &after, &mut became_denied)]
            {
                match first(&mut session, new, more, less).await {
                    Ok(None) => {}
                    Ok(Some(request)) => became.changes.push(Change { approval, request }),
                    Err(Unanswered(reason)) => {
                        became.unanswered.push(format!("{}: {reason}", approval.as_str()));
                    }
                }
            }
        }
        let action = env.action().id().unescaped().to_owned();
        actions.push(ActionComparison { action, became_allowed, became_denied });
    }
    Ok(Comparison { actions, may_fail })
}

/// Returns the ids of the policies that cannot be evaluated for some request. One of which that is not known may.
async fn that_may_fail(
    session: &mut Session<'_>,
    guard: &Guard,
    env: &RequestEnv,
) -> Result<Vec<String>, CompileError> {
    let mut ids = Vec::new();
    for policy in guard.policies().policy_set().policies() {
        let compiled = CompiledPolicy::compile(policy, env, guard.policies().schema())
            .map_err(|error| CompileError(error.to_string()))?;
        if session.never_fails(&compiled).await != Ok(true) {
            ids.push(policy.id().to_string());
        }
    }
    Ok(ids)
}

/// Looks for a request that `more` allows and `less` does not.
async fn first(
    session: &mut Session<'_>,
    guard: &Guard,
    more: &Side<'_>,
    less: &Side<'_>,
) -> Result<Option<Counterexample>, Unanswered> {
    let Some(found) = session.allowed_by_one_only(&more.compiled, &less.compiled).await? else {
        return Ok(None);
    };
    let schema = guard.policies().schema();
    let holds = |request: &PolicyRequest| {
        let permitted = request.permitted_by(more.policies, schema)?;
        request.permitted_by(less.policies, schema).is_none().then_some(permitted)
    };
    let example = PolicyRequest::from_solver(&found, guard)
        .and_then(|request| Counterexample::simplified(request, guard, "", holds));
    example.map(Some).ok_or_else(Unanswered::not_evaluated)
}

fn side<'a>(policies: &'a PolicySet, action: &RequestEnv, schema: &Schema) -> Result<Side<'a>, CompileError> {
    Ok(Side { policies, compiled: compile(policies, action, schema)? })
}

/// The policies of `guard`, for requests with or without an approval only.
fn restricted(guard: &Guard, approval: Approval) -> Result<PolicySet, CompileError> {
    let text = match approval {
        Approval::Without => "forbid (principal, action, resource) when { context.approved };",
        Approval::With => "forbid (principal, action, resource) unless { context.approved };",
    };
    let error = |problem: String| CompileError(problem);
    let other =
        Policy::parse(Some(PolicyId::new("the-other-approval")), text).map_err(|e| error(e.to_string()))?;
    let mut policies = guard.policies().policy_set().clone();
    policies.add(other).map_err(|e| error(e.to_string()))?;
    Ok(policies)
}
