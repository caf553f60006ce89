//! Defines the permission to run a plan, without which nothing is started.

use common::{Plan, PlanHash, Verdict};

/// A permission to run one plan now. Only [`Guard::judge`](crate::Guard::judge) makes one, and
/// starting an automation takes one.
#[derive(Debug)]
pub struct Allow {
    plan: Plan,
    hash: PlanHash,
    verdict: Verdict,
}

impl Allow {
    pub(crate) fn new(plan: &Plan, verdict: Verdict) -> Self {
        Self { plan: plan.clone(), hash: plan.hash(), verdict }
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    pub fn plan_hash(&self) -> &PlanHash {
        &self.hash
    }

    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }
}

/// A decision on a plan. Only an allow carries the permission to run it.
#[derive(Debug)]
pub enum Judgement {
    Allow(Box<Allow>),
    /// A human's approval of the plan would permit it.
    Ask(Verdict),
    /// No approval would permit it.
    Deny(Verdict),
}

impl Judgement {
    pub fn verdict(&self) -> &Verdict {
        match self {
            Self::Allow(allow) => allow.verdict(),
            Self::Ask(verdict) | Self::Deny(verdict) => verdict,
        }
    }
}
