//! Compares a model's claim with a hypothesis of ours. A claim is typed: the component, the way in which it is broken, and
//! the action that would mend it, if any. Only where all three fit do both say the same; that both name one component says
//! nothing, as who holds a change for harmless names the same component as who holds it for the cause.

use common::{Arn, Hypothesis, ModelHypothesis};

/// Returns true if the model claims what `hypothesis` says: the same component, failure mode, and action on the same
/// target, or no action in both.
pub fn is_same_claim(hypothesis: &Hypothesis, claim: &ModelHypothesis) -> bool {
    names(&claim.component, &hypothesis.component)
        && hypothesis.failure_mode == claim.failure_mode
        && match (&hypothesis.proposal, &claim.action) {
            (Some(proposal), Some(action)) => {
                proposal.action == *action && names(&claim.component, &proposal.target)
            }
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
}

/// Returns true if `claimed` is the resource, or the component that it is a part of. One part is never another: the alias
/// `dev` of a function is not its alias `live`.
fn names(claimed: &Arn, resource: &Arn) -> bool {
    claimed == resource || *claimed == resource.component()
}
