//! Allow, ask or deny.

use common::{Approval, Decision, Mode, Plan, Verdict, verdict::DeterminingPolicy};
use jiff::Timestamp;

use crate::{Allow, Facts, Guard, Judgement, policies::Answer};

impl Guard {
    /// Decides on a plan by asking the policies twice: as things are, and as if a human had approved.
    /// Permitted as things are is an allow, permitted only if approved is an ask, and neither is a
    /// deny that no approval lifts. An approval counts only if it names exactly this plan and has not
    /// expired at `now`.
    pub fn judge(
        &self,
        plan: &Plan,
        facts: &Facts,
        approval: Option<&Approval>,
        now: Timestamp,
    ) -> Judgement {
        let approved = approval.is_some_and(|approval| approval.permits(&plan.hash(), now));
        let (decision, answer) = self.decide(plan, facts, approved);
        let would_be = (facts.mode == Mode::Shadow).then(|| {
            let as_autonomous = Facts { mode: Mode::Autonomous, ..facts.clone() };
            self.decide(plan, &as_autonomous, approved).0
        });
        let verdict = Verdict {
            decision,
            mode: facts.mode,
            policies: answer.determining,
            // A struct of plain values always has a JSON form.
            facts: serde_json::to_value(facts.context(approved, plan.undo_of.is_some())).unwrap_or_default(),
            unmet: if decision == Decision::Ask { self.unmet(plan, facts) } else { Vec::new() },
            would_be,
        };
        match decision {
            Decision::Allow => Judgement::Allow(Box::new(Allow::new(plan, verdict))),
            Decision::Ask => Judgement::Ask(verdict),
            Decision::Deny => Judgement::Deny(verdict),
        }
    }

    fn decide(&self, plan: &Plan, facts: &Facts, approved: bool) -> (Decision, Answer) {
        // A plan may have been stored under another catalogue, or altered together with its hash.
        if let Err(refusal) = self.stands(plan) {
            let id = "plan-is-not-the-catalogues".to_owned();
            let determining = vec![DeterminingPolicy { id, why: refusal.to_string() }];
            return (Decision::Deny, Answer { allowed: false, determining });
        }
        let as_is = self.ask(plan, facts, approved);
        if as_is.allowed {
            return (Decision::Allow, as_is);
        }
        let if_approved = self.ask(plan, facts, true);
        if if_approved.allowed {
            return (Decision::Ask, if_approved);
        }
        let mut denied = if as_is.determining.is_empty() { if_approved } else { as_is };
        if denied.determining.is_empty() {
            denied.determining.push(DeterminingPolicy {
                id: "no-policy-permits".to_owned(),
                why: "No policy permits this, approved or not.".to_owned(),
            });
        }
        (Decision::Deny, denied)
    }

    fn ask(&self, plan: &Plan, facts: &Facts, approved: bool) -> Answer {
        let context =
            serde_json::to_value(facts.context(approved, plan.undo_of.is_some())).unwrap_or_default();
        self.policies.ask(plan.action.as_str(), &plan.target, context)
    }
}

#[cfg(test)]
mod tests;
