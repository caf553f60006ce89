//! Decides on a plan: allow, ask or deny.

use common::{Approval, Decision, Mode, Plan, Verdict, verdict::DeterminingPolicy};
use jiff::Timestamp;

use crate::{Allow, Facts, Guard, Judgement, decide::Decided, unmet::unmet};

impl Guard {
    /// Decides on a plan by asking the policies twice: with the facts as they are, and as if a human had
    /// approved. A plan that is permitted as things are is allowed, one that is permitted only with an approval
    /// is asked about, and any other is denied, whoever approves. An approval counts only if it names exactly
    /// this plan and has not expired at `now`.
    ///
    /// ```
    /// use common::{Decision, Mode, diagnosis::Proposal};
    /// use guard::{Facts, Guard};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let guard = Guard::shipped()?;
    /// let proposal = Proposal {
    ///     action: "start-instance".parse()?,
    ///     target: "arn:aws:ec2:eu-west-1:123456789012:instance/i-0abc".parse()?,
    ///     parameters: [("InstanceId".to_owned(), "i-0abc".to_owned())].into(),
    /// };
    /// let plan = guard.plan("01ARZ3NDEKTSV4RRFFQ69G5FAV".parse()?, &proposal)?;
    /// let facts = Facts { confidence_percent: 65, ..Facts::nothing_against() };
    /// let now = "2026-11-20T03:00:00Z".parse()?;
    ///
    /// let judgement = guard.judge(&plan, &facts, None, now);
    /// assert_eq!(judgement.verdict().decision, Decision::Ask);
    /// assert_eq!(judgement.verdict().unmet[0].to_string(), "confidence 65 % is below the 70 % for acting without approval");
    ///
    /// let confident = Facts { confidence_percent: 90, ..facts.clone() };
    /// assert_eq!(guard.judge(&plan, &confident, None, now).verdict().decision, Decision::Allow);
    ///
    /// // No approval lifts a deny, such as that of the kill switch.
    /// let off = Facts { mode: Mode::Off, ..confident };
    /// assert_eq!(guard.judge(&plan, &off, None, now).verdict().decision, Decision::Deny);
    /// # Ok(())
    /// # }
    /// ```
    pub fn judge(
        &self,
        plan: &Plan,
        facts: &Facts,
        approval: Option<&Approval>,
        now: Timestamp,
    ) -> Judgement {
        let approved = approval.is_some_and(|approval| approval.permits(&plan.hash(), now));
        let Decided { decision, determining } = self.decide(plan, facts, approved);
        let would_be = (facts.mode == Mode::Shadow).then(|| {
            let as_autonomous = Facts { mode: Mode::Autonomous, ..facts.clone() };
            self.decide(plan, &as_autonomous, approved).decision
        });
        let verdict = Verdict {
            decision,
            mode: facts.mode,
            unmet: if decision == Decision::Ask { unmet(plan, facts, &determining) } else { Vec::new() },
            policies: determining,
            facts: facts.context(approved, plan.undo_of.is_some()),
            would_be,
        };
        match decision {
            Decision::Allow => Judgement::Allow(Box::new(Allow::new(plan, verdict))),
            Decision::Ask => Judgement::Ask(verdict),
            Decision::Deny => Judgement::Deny(verdict),
        }
    }

    fn decide(&self, plan: &Plan, facts: &Facts, approved: bool) -> Decided {
        // A plan may have been stored under another catalogue, or altered together with its hash.
        if let Err(refusal) = self.check(plan) {
            let id = "plan-is-not-the-catalogues".to_owned();
            let determining = vec![DeterminingPolicy { id, why: refusal.to_string() }];
            return Decided { decision: Decision::Deny, determining };
        }
        self.policies.decide(plan.action.as_str(), &plan.target, facts, approved, plan.undo_of.is_some())
    }
}

#[cfg(test)]
mod tests;
