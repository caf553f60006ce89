//! Lists the conditions of `permit.cedar`'s `tier-2-unattended` that a plan's facts do not meet, in typed
//! form.

use common::{Mode, Plan, UnmetCondition, autonomy::UNATTENDED_CONFIDENCE_PERCENT};

use crate::{Facts, Guard};

impl Guard {
    /// Lists why `plan` is not run unattended. It describes the policies' answer and is no part of it.
    pub(crate) fn unmet(&self, plan: &Plan, facts: &Facts) -> Vec<UnmetCondition> {
        if plan.undo_of.is_some() {
            return facts.undo_asks.then_some(UnmetCondition::UndoReturnsToFault).into_iter().collect();
        }
        let threshold_percent = i64::from(UNATTENDED_CONFIDENCE_PERCENT);
        let always_asks = self.catalogue.action(&plan.action).is_some_and(|action| action.tier > 2);
        [
            (facts.mode == Mode::Supervised).then_some(UnmetCondition::ModeIsSupervised),
            always_asks.then(|| UnmetCondition::Tier3NeedsApproval { action: plan.action.clone() }),
            (facts.confidence_percent < threshold_percent).then_some(
                UnmetCondition::ConfidenceBelowThreshold {
                    confidence_percent: facts.confidence_percent,
                    threshold_percent,
                },
            ),
            facts.raised_by_model.then_some(UnmetCondition::RaisedByModel),
            (facts.drill && !facts.unattended_drills).then_some(UnmetCondition::Drill),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
