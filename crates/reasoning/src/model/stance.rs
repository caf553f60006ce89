//! Weighs a hypothesis of ours by what the model says of it. What would act or be asked for can only become less by it.

use common::autonomy::{JUST_BELOW_UNATTENDED, UNATTENDED_CONFIDENCE};

use crate::judgement::confidence::EXPLANATION_THRESHOLD;

/// The most confidence that a hypothesis can reach because a model shares it: below what acts unattended.
pub const SHARED_CAUSE_CAP: f64 = 0.65;
const _: () = assert!(SHARED_CAUSE_CAP < UNATTENDED_CONFIDENCE);

/// The most confidence in a cause that only the model names, with evidence that shows the fault.
pub const MODEL_ONLY_CAP: f64 = 0.5;
const _: () = assert!(MODEL_ONLY_CAP >= EXPLANATION_THRESHOLD && MODEL_ONLY_CAP < SHARED_CAUSE_CAP);

/// The most confidence in a cause that only the model names, without such evidence: below what explains anything.
pub const UNSHOWN_CLAIM_CAP: f64 = 0.3;
const _: () = assert!(UNSHOWN_CLAIM_CAP < EXPLANATION_THRESHOLD);

/// The most that a hypothesis is worth whose action is no longer asked for.
const JUST_BELOW_EXPLANATION: f64 = EXPLANATION_THRESHOLD - 0.01;

/// The most that a hypothesis without an action is worth behind a claim that evidence shows.
const JUST_BELOW_SHOWN_CLAIM: f64 = MODEL_ONLY_CAP - 0.01;

/// The factor by which agreement of the model raises a confidence.
const AGREEMENT_FACTOR: f64 = 1.25;

/// The model's stance on one hypothesis. `shown` is true if the evidence that the model cites shows the fault that it
/// claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stance {
    /// It claims the same.
    Shares { shown: bool },
    /// It claims something else.
    Disputes { shown: bool },
    /// It finds that the evidence does not decide.
    Abstains,
}

/// Returns the confidence in a hypothesis after the model's stance on it. `can_act` is true if the hypothesis has an action
/// to propose.
///
/// | stance | would act unattended | would be asked for | would be told |
/// | --- | --- | --- | --- |
/// | shares, shown | unchanged | raised, to 0.65 at most | raised, to 0.65 at most |
/// | shares, not shown | unchanged | unchanged | unchanged |
/// | disputes, shown | is asked for | is told | comes behind the model's claim |
/// | disputes, not shown; abstains | is asked for | unchanged | unchanged |
pub fn weighed_confidence(confidence: f64, can_act: bool, stance: Stance) -> f64 {
    match stance {
        Stance::Shares { shown: true } => {
            // As much as a claim of its own is worth, at least.
            let raised = (confidence * AGREEMENT_FACTOR).clamp(MODEL_ONLY_CAP, SHARED_CAUSE_CAP);
            confidence.max(raised)
        }
        Stance::Disputes { shown: true } if !can_act => confidence.min(JUST_BELOW_SHOWN_CLAIM),
        Stance::Disputes { shown: true } if confidence < UNATTENDED_CONFIDENCE => {
            confidence.min(JUST_BELOW_EXPLANATION)
        }
        Stance::Disputes { .. } | Stance::Abstains if can_act => confidence.min(JUST_BELOW_UNATTENDED),
        Stance::Shares { shown: false } | Stance::Disputes { .. } | Stance::Abstains => confidence,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHARES: Stance = Stance::Shares { shown: true };
    const AGREES: Stance = Stance::Shares { shown: false };
    const DISPUTES: Stance = Stance::Disputes { shown: true };
    const DOUBTS: Stance = Stance::Disputes { shown: false };

    #[test]
    fn weighed_confidence_table() {
        for (confidence, can_act, stance, expected) in [
            (0.9, true, SHARES, 0.9),
            (0.6, true, SHARES, SHARED_CAUSE_CAP),
            (0.44, true, SHARES, 0.55),
            (0.1, true, SHARES, MODEL_ONLY_CAP),
            (0.68, false, SHARES, 0.68),
            (0.9, true, AGREES, 0.9),
            (0.39, true, AGREES, 0.39),
            (0.9, true, DISPUTES, JUST_BELOW_UNATTENDED),
            (0.69, true, DISPUTES, JUST_BELOW_EXPLANATION),
            (0.4, true, DISPUTES, JUST_BELOW_EXPLANATION),
            (0.2, true, DISPUTES, 0.2),
            (0.9, false, DISPUTES, JUST_BELOW_SHOWN_CLAIM),
            (0.9, true, DOUBTS, JUST_BELOW_UNATTENDED),
            (0.5, true, DOUBTS, 0.5),
            (0.9, false, DOUBTS, 0.9),
            (0.9, true, Stance::Abstains, JUST_BELOW_UNATTENDED),
            (0.5, true, Stance::Abstains, 0.5),
            (0.9, false, Stance::Abstains, 0.9),
        ] {
            let weighed = weighed_confidence(confidence, can_act, stance);
            assert!((weighed - expected).abs() < 1e-9, "{confidence} {can_act} {stance:?}: {weighed}");
        }
    }

    fn stance() -> impl Strategy<Value = Stance> {
        prop::sample::select(vec![SHARES, AGREES, DISPUTES, DOUBTS, Stance::Abstains])
    }

    proptest! {
        #[test]
        fn weighed_confidence_only_what_is_shared_and_shown_rises_and_never_to_what_acts(
            confidence in 0.0..=1.0f64, can_act: bool, stance in stance(),
        ) {
            let weighed = weighed_confidence(confidence, can_act, stance);
            prop_assert!(weighed <= confidence || (stance == SHARES && weighed <= SHARED_CAUSE_CAP));
        }

        #[test]
        fn weighed_confidence_what_the_model_does_not_share_acts_no_more(
            confidence in 0.0..=1.0f64, stance in stance(),
        ) {
            let weighed = weighed_confidence(confidence, true, stance);
            let shared = stance == SHARES || stance == AGREES;
            prop_assert!(shared || weighed < UNATTENDED_CONFIDENCE);
        }

        #[test]
        fn weighed_confidence_of_the_surer_stays_the_greater(
            a in 0.0..=1.0f64, b in 0.0..=1.0f64, can_act: bool, stance in stance(),
        ) {
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(weighed_confidence(low, can_act, stance) <= weighed_confidence(high, can_act, stance));
        }
    }
}
