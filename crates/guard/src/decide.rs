//! Decides on an action by asking the policies twice: as things are, and as if a human had approved.

use common::{Arn, Decision, verdict::DeterminingPolicy};

use crate::{Facts, Policies, policies::Answer};

/// A decision with the policies that determined it: of an `ask`, those that an approval would lift.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) decision: Decision,
    pub(crate) determining: Vec<DeterminingPolicy>,
}

impl Policies {
    /// Decides on `action` on `target`. `approved` is true if a valid approval is there, `undo` if the action takes
    /// back another one.
    pub(crate) fn decide(
        &self,
        action: &str,
        target: &Arn,
        facts: &Facts,
        approved: bool,
        undo: bool,
    ) -> Decided {
        let ask = |approved| self.ask(action, target, facts.context(approved, undo));
        let as_is = ask(approved);
        // With an approval there is nothing more that one could lift.
        let if_approved = if as_is.allowed || approved { None } else { Some(ask(true)) };
        decided(as_is, if_approved)
    }
}

fn decided(as_is: Answer, if_approved: Option<Answer>) -> Decided {
    let (decision, why, otherwise) = match (as_is.allowed, if_approved) {
        (true, _) => (Decision::Allow, as_is.determining, Vec::new()),
        (false, None) => (Decision::Deny, as_is.determining, Vec::new()),
        // What forbids it now and would not with an approval. Nothing does where it only lacks a permit.
        (false, Some(approved)) if approved.allowed => {
            (Decision::Ask, as_is.determining, approved.determining)
        }
        // What an approval would lift is no reason for a deny.
        (false, Some(approved)) => (Decision::Deny, approved.determining, as_is.determining),
    };
    let mut determining = if why.is_empty() { otherwise } else { why };
    if determining.is_empty() {
        determining.push(DeterminingPolicy {
            id: "no-policy-permits".to_owned(),
            why: "No policy permits this, with or without approval.".to_owned(),
        });
    }
    Decided { decision, determining }
}
