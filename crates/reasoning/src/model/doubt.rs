//! Decides whether playbooks and engine leave a doubt in which a model is worth its money.

use common::{Conclusion, autonomy::UNATTENDED_CONFIDENCE, diagnosis::HypothesisOrigin};

use crate::judgement::conclude::Assessment;

/// The least distance in confidence from the first hypothesis to the second that decides between them.
pub const DECISIVE_MARGIN: f64 = 0.15;

/// Returns true unless the assessment is sure of its cause: one whose conditions a playbook proved, confident enough to act
/// on, well ahead of its rival, and not raised by what outsiders may write. A confident engine is no proof: nothing sets
/// what it suspects apart from what it does not.
pub fn leaves_doubt(assessment: &Assessment) -> bool {
    let Some(first) = assessment.hypotheses.first() else { return true };
    let rival = assessment.hypotheses.get(1).map_or(0.0, |second| second.confidence);
    let proved = matches!(first.origin, HypothesisOrigin::Playbook { .. }) && !first.raised_by_untrusted;
    let sure = assessment.conclusion == Conclusion::Explained
        && first.confidence >= UNATTENDED_CONFIDENCE
        && first.confidence - rival >= DECISIVE_MARGIN
        && proved;
    !sure
}
