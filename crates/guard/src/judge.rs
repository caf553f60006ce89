//! Decides on a plan: allow, ask or deny.

use common::{Approval, Decision, Mode, Plan, Verdict, verdict::DeterminingPolicy};
use jiff::Timestamp;

use crate::{Allow, Facts, Guard, Judgement, policies::Answer};

impl Guard {
    /// Decides on a plan by asking the policies twice: with the facts as they are, and as if a human had
    /// approved. A plan that is permitted as things are is allowed, one that is permitted only with an approval
    /// is asked about, and any other is denied, whoever approves. An approval counts only if it names exactly
    /// this plan and has not expired at `now`.
    ///
    /// ```
    /// use common::{Decision, Mode, Severity, SymptomState, diagnosis::Proposal};
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
    /// let facts = Facts {
    ///     mode: Mode::Autonomous,
    ///     confidence_percent: 65,
    ///     severity: Severity::Sev2,
    ///     drill: false,
    ///     incident_open: true,
    ///     symptom: SymptomState::Firing,
    ///     target_seen: true,
    ///     target_in_scope: true,
    ///     structured_evidence: true,
    ///     raised_by_model: false,
    ///     unattended_drills: false,
    ///     tried_before: false,
    ///     actions_on_target: 0,
    ///     actions_in_incident: 0,
    ///     undo_asks: false,
    /// };
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
        if let Err(refusal) = self.check(plan) {
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
                why: "No policy permits this, with or without approval.".to_owned(),
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
