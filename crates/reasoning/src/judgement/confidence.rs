//! Computes the confidence in a hypothesis from what was read; a model is never asked for it.
//!
//! ```text
//! score      = relation × support × nearness × 0.8^contradictions × 0.9^gaps
//! confidence = score × (1 − 0.3 × min(1, strongest rival's score / score))
//! usual       = score × 0.7 where the symptom's own metric is no worse than usual
//! unclear     = score × 0.7 where nobody known took an instance out of service
//! engine only = the engine's confidence × 0.9 where no change is known × 0.9^gaps
//! ```
//!
//! The weights are judgements, chosen so that these hold, where *the threshold* is [`UNATTENDED_CONFIDENCE`] (the tests
//! below hold them):
//! - a component that only belongs to the same application stays below the threshold, so that the default policy
//!   asks a person, however well the rest fits;
//! - one gap or one contradiction alone leaves a well-supported cause above the threshold, both do not;
//! - a component that calls lead to is above the threshold only if the engine takes it for the root cause, is
//!   confident of that ([`CONFIDENT`]), and there is no gap;
//! - where the symptom's metric is no worse than usual, whatever its alarm says, everything is below the threshold;
//! - where nothing shows who stopped an instance, or that it was a mistake, starting it is below the threshold;
//! - two causes that are as likely as each other are both below the threshold;
//! - nothing is ever certain: a score is at most 0.95.
//!
//! [`UNATTENDED_CONFIDENCE`]: common::autonomy::UNATTENDED_CONFIDENCE

use crate::{
    candidates::candidate::Relation,
    engine::engine_verdict::{CONFIDENT, EVEN_ODDS},
};

/// The least confidence, from 0 to 1, that explains an incident: below it an explanation is a guess, and a guess helps
/// nobody at night. An application's resource with a fitting change and no other doubt is at 0.5 to 0.6, one with two
/// doubts below. What may be done unattended is another question: [`common::autonomy`].
pub const EXPLANATION_THRESHOLD: f64 = 0.4;

/// The inputs of a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreBasis {
    pub relation: Relation,
    /// The engine's confidence that this is the root cause; `None` where it does not take it for that.
    pub engine: Option<f64>,
    /// Supporting conditions that hold, of those that the playbook has.
    pub supports_held: u32,
    pub supports_total: u32,
    /// Contradicting conditions that hold.
    pub contradictions: u32,
    /// Minutes from the change to the symptom; `None` where no change is part of the explanation.
    pub minutes_before_symptom: Option<f64>,
    /// The number of gaps: readings that failed.
    pub gaps: u32,
}

const CONTRADICTION: f64 = 0.8;
const GAP: f64 = 0.9;
/// The share of its confidence that the strongest rival can take from a hypothesis.
const RIVAL: f64 = 0.3;
/// A change this long before the symptom is weaker by `FAR`.
const FAR_MINUTES: f64 = 60.0;
const FAR: f64 = 0.15;
const NO_CHANGE: f64 = 0.9;
/// The share of its score that a cause keeps where the symptom is no worse than usual: with it the highest score stays
/// below what acts unattended.
const USUAL_SYMPTOM: f64 = 0.7;

/// The share of its score that a cause keeps where it may well be what somebody wanted: as much.
const UNCLEAR_INTENTION: f64 = 0.7;

const fn weight(relation: Relation) -> f64 {
    match relation {
        Relation::Same => 0.95,
        Relation::Reads => 0.92,
        Relation::Suspect => 0.68,
        Relation::Called => 0.65,
        Relation::Application => 0.6,
    }
}

/// The weight of a suspect where the engine is confident and nothing is missing: two ways to the same cause agree. Still
/// below what proves itself without the engine.
const CONFIDENT_SUSPECT: f64 = 0.9;

fn weight_of(basis: &ScoreBasis) -> f64 {
    let sure = basis.engine.is_some_and(|confidence| confidence >= CONFIDENT) && basis.gaps == 0;
    if basis.relation == Relation::Suspect && sure { CONFIDENT_SUSPECT } else { weight(basis.relation) }
}

/// Returns the score of a hypothesis by itself, from 0 to 1.
pub fn score(basis: &ScoreBasis) -> f64 {
    let support = if basis.supports_total == 0 {
        1.0
    } else {
        let held = f64::from(basis.supports_held.min(basis.supports_total));
        0.9 + 0.1 * held / f64::from(basis.supports_total)
    };
    let near = basis.minutes_before_symptom.map_or(NO_CHANGE, nearness);
    weight_of(basis) * support * near * power(CONTRADICTION, basis.contradictions) * power(GAP, basis.gaps)
}

/// Returns the score where the symptom's metric was judged and is no worse than usual: an alarm may be set too
/// low, and what was changed before it be innocent.
pub fn with_usual_symptom(score: f64) -> f64 {
    score * USUAL_SYMPTOM
}

/// Returns the score where somebody who is not known to be a person took the resource out of service.
pub fn with_unclear_intention(score: f64) -> f64 {
    score * UNCLEAR_INTENTION
}

/// Returns the score of a change that no playbook explains. It is half a rival: it may be the cause, and
/// nothing says that it is. Less where the engine says that it is not, and none where it is confident of that;
/// `cleared` is its confidence in another cause.
pub fn unexplained_change_score(
    relation: Relation,
    minutes_before_symptom: f64,
    cleared: Option<f64>,
) -> Option<f64> {
    let doubt = match cleared {
        Some(confidence) if confidence >= CONFIDENT => return None,
        Some(confidence) if confidence >= EVEN_ODDS => CONTRADICTION,
        _ => 1.0,
    };
    Some(0.5 * weight(relation) * nearness(minutes_before_symptom) * doubt)
}

/// Returns the score of a change that the metrics of the changed alias itself clear: to the others it stays as strong a rival as
/// one with every condition met, so that clearing it makes nothing surer.
pub fn cleared_change_score(relation: Relation, minutes_before_symptom: f64) -> f64 {
    weight(relation) * nearness(minutes_before_symptom)
}

/// Returns the confidence in the engine's root cause where no playbook covers it. `changed` is true if a change is known
/// that may have caused it.
pub fn engine_only_confidence(engine: f64, changed: bool, gaps: usize) -> f64 {
    let change = if changed { 1.0 } else { NO_CHANGE };
    engine * change * power(GAP, u32::try_from(gaps).unwrap_or(u32::MAX))
}

/// Returns the confidence in a hypothesis against its strongest rival, from 0 to `score`.
pub fn against_rival(score: f64, rival: Option<f64>) -> f64 {
    let Some(rival) = rival else { return score };
    if score <= 0.0 {
        return 0.0;
    }
    score * (1.0 - RIVAL * (rival / score).clamp(0.0, 1.0))
}

fn nearness(minutes: f64) -> f64 {
    1.0 - FAR * (minutes / FAR_MINUTES).clamp(0.0, 1.0)
}

fn power(base: f64, times: u32) -> f64 {
    base.powi(i32::try_from(times).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use common::autonomy::UNATTENDED_CONFIDENCE;
    use proptest::prelude::*;

    use super::*;

    const GOOD: ScoreBasis = ScoreBasis {
        relation: Relation::Reads,
        engine: None,
        supports_held: 1,
        supports_total: 1,
        contradictions: 0,
        minutes_before_symptom: Some(3.0),
        gaps: 0,
    };

    #[test]
    fn score_application_only_is_below_what_acts_unattended() {
        let best = ScoreBasis { relation: Relation::Application, minutes_before_symptom: Some(0.0), ..GOOD };
        assert!(score(&best) < UNATTENDED_CONFIDENCE);
    }

    #[test]
    fn score_one_doubt_leaves_it_strong_and_two_do_not() {
        assert!(score(&GOOD) > 0.9);
        assert!(score(&ScoreBasis { gaps: 1, ..GOOD }) > UNATTENDED_CONFIDENCE);
        assert!(score(&ScoreBasis { contradictions: 1, ..GOOD }) > UNATTENDED_CONFIDENCE);
        assert!(score(&ScoreBasis { gaps: 1, contradictions: 1, ..GOOD }) < UNATTENDED_CONFIDENCE);
    }

    #[test]
    fn with_usual_symptom_the_highest_score_is_below_what_acts_unattended() {
        let highest = ScoreBasis { relation: Relation::Same, minutes_before_symptom: Some(0.0), ..GOOD };
        assert!(with_usual_symptom(score(&highest)) < UNATTENDED_CONFIDENCE);
    }

    #[test]
    fn with_unclear_intention_the_highest_score_is_below_what_acts_unattended() {
        let highest = ScoreBasis { relation: Relation::Same, minutes_before_symptom: Some(0.0), ..GOOD };
        assert!(with_unclear_intention(score(&highest)) < UNATTENDED_CONFIDENCE);
    }

    #[test]
    fn against_rival_an_equal_rival_both_are_below_what_acts_unattended() {
        assert!(against_rival(0.95, Some(0.95)) < UNATTENDED_CONFIDENCE);
    }

    #[test]
    fn against_rival_an_unexplained_change_a_near_cause_stays_strong() {
        assert!(
            against_rival(score(&GOOD), unexplained_change_score(Relation::Same, 0.0, None))
                > UNATTENDED_CONFIDENCE
        );
    }

    const SUSPECT: ScoreBasis = ScoreBasis { relation: Relation::Suspect, engine: Some(0.9), ..GOOD };

    #[test]
    fn score_suspect_acts_unattended_only_where_the_engine_is_confident_and_nothing_is_missing() {
        assert!(score(&SUSPECT) > UNATTENDED_CONFIDENCE);
        assert!(score(&ScoreBasis { engine: Some(0.79), ..SUSPECT }) < UNATTENDED_CONFIDENCE);
        assert!(score(&ScoreBasis { gaps: 1, ..SUSPECT }) < UNATTENDED_CONFIDENCE);
        assert!(
            score(&ScoreBasis { relation: Relation::Called, engine: None, ..SUSPECT })
                < UNATTENDED_CONFIDENCE
        );
        for elsewhere in [Relation::Same, Relation::Application] {
            assert!(
                against_rival(score(&SUSPECT), unexplained_change_score(elsewhere, 0.0, None))
                    > UNATTENDED_CONFIDENCE
            );
        }
        assert!(against_rival(score(&SUSPECT), Some(score(&SUSPECT))) < UNATTENDED_CONFIDENCE);
    }

    fn basis() -> impl Strategy<Value = ScoreBasis> {
        let relation = prop::sample::select(vec![
            Relation::Same,
            Relation::Reads,
            Relation::Suspect,
            Relation::Called,
            Relation::Application,
        ]);
        let relation = (relation, prop::option::of(0.0..=1.0f64));
        (relation, 0u32..5, 0u32..5, 0u32..5, prop::option::of(-10.0..5_000.0f64), 0u32..50).prop_map(
            |(
                (relation, engine),
                supports_held,
                supports_total,
                contradictions,
                minutes_before_symptom,
                gaps,
            )| ScoreBasis {
                relation,
                engine,
                supports_held,
                supports_total,
                contradictions,
                minutes_before_symptom,
                gaps,
            },
        )
    }

    proptest! {
        #[test]
        fn confidence_any_basis_is_within_bounds(basis in basis(), rival in prop::option::of(0.0..=1.0f64)) {
            let confidence = against_rival(score(&basis), rival);
            prop_assert!((0.0..=0.95).contains(&confidence));
        }

        #[test]
        fn score_another_gap_or_contradiction_never_raises(basis in basis()) {
            let gap = ScoreBasis { gaps: basis.gaps + 1, ..basis };
            let contradiction = ScoreBasis { contradictions: basis.contradictions + 1, ..basis };
            prop_assert!(score(&gap) <= score(&basis));
            prop_assert!(score(&contradiction) <= score(&basis));
        }

        #[test]
        fn against_rival_a_stronger_rival_never_raises(
            own in 0.0..=1.0f64, a in prop::option::of(0.0..=1.0f64), b in 0.0..=1.0f64,
        ) {
            let stronger = a.map_or(b, |a| a.max(b));
            prop_assert!(against_rival(own, Some(stronger)) <= against_rival(own, a));
        }

        #[test]
        fn against_rival_the_leader_stays_ahead_of_its_follower(a in 0.0..=1.0f64, b in 0.0..=1.0f64) {
            let (first, second) = (a.max(b), a.min(b));
            prop_assert!(against_rival(first, Some(second)) >= against_rival(second, Some(first)));
        }
    }
}
