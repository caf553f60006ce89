//! How sure a hypothesis is: computed from what was read, never asked for.
//!
//! ```text
//! score      = relation × support × nearness × 0.8^contradictions × 0.9^gaps
//! confidence = score × (1 − 0.3 × min(1, strongest rival's score / score))
//! ordinary   = score × 0.7 where the symptom's own metric is no worse than usual
//! unaided    = the engine's confidence × 0.9 where no change is known × 0.9^gaps
//! ```
//!
//! The weights are judgements, chosen so that these hold (the tests below hold them):
//! - a component that only belongs to the same application stays below 0.7, where the default policy
//!   asks a human, however well the rest fits;
//! - one gap or one contradiction alone leaves a well-supported cause above 0.7, both do not;
//! - a component that calls lead to is above 0.7 only if the engine takes it for the root cause, is
//!   sure of that ([`SURE`](crate::engine::symptom_context::SURE)), and there is no gap;
//! - where the symptom's metric is no worse than usual, whatever its alarm says, everything is below 0.7;
//! - two causes that are as likely as each other are both below 0.7;
//! - nothing is ever certain: a score is at most 0.95.

use crate::{
    candidates::candidate::Relation,
    engine::symptom_context::{HEARD, SURE},
};

/// What a score is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Basis {
    pub relation: Relation,
    /// The engine's confidence that this is the root cause; `None` where it does not take it for that.
    pub engine: Option<f64>,
    /// Supporting conditions that hold, of those that the playbook has.
    pub supports_held: u32,
    pub supports_total: u32,
    /// Contradicting conditions that hold.
    pub contradictions: u32,
    /// From the change to the symptom; `None` where no change is part of the explanation.
    pub minutes_before_symptom: Option<f64>,
    /// What could not be read.
    pub gaps: u32,
}

const CONTRADICTION: f64 = 0.8;
const GAP: f64 = 0.9;
/// How much of its confidence the strongest rival can take from a hypothesis.
const RIVAL: f64 = 0.3;
/// A change this long before the symptom is weaker by `FAR`.
const FAR_MINUTES: f64 = 60.0;
const FAR: f64 = 0.15;
const NO_CHANGE: f64 = 0.9;
const ORDINARY: f64 = 0.7;

const fn weight(relation: Relation) -> f64 {
    match relation {
        Relation::Same => 0.95,
        Relation::Reads => 0.92,
        Relation::Suspect => 0.68,
        Relation::Called => 0.65,
        Relation::Application => 0.6,
    }
}

/// A suspect's where the engine is sure and nothing is missing: two ways to the same cause agree. Still
/// below what proves itself without the engine.
const SURE_SUSPECT: f64 = 0.9;

fn weight_of(basis: &Basis) -> f64 {
    let sure = basis.engine.is_some_and(|confidence| confidence >= SURE) && basis.gaps == 0;
    if basis.relation == Relation::Suspect && sure { SURE_SUSPECT } else { weight(basis.relation) }
}

/// A hypothesis by itself, from 0 to 1.
pub fn score(basis: &Basis) -> f64 {
    let support = if basis.supports_total == 0 {
        1.0
    } else {
        let held = f64::from(basis.supports_held.min(basis.supports_total));
        0.9 + 0.1 * held / f64::from(basis.supports_total)
    };
    let near = basis.minutes_before_symptom.map_or(NO_CHANGE, nearness);
    weight_of(basis) * support * near * power(CONTRADICTION, basis.contradictions) * power(GAP, basis.gaps)
}

/// A hypothesis where the symptom's metric was judged and is no worse than usual: an alarm may be set too
/// low, and what was changed before it be innocent.
pub fn of_the_ordinary(score: f64) -> f64 {
    score * ORDINARY
}

/// A change on a component that no playbook explains is half a rival: it may be the cause, and
/// nothing says that it is. Less where the engine says that it is not, and none where it is sure of that;
/// `cleared` is its confidence in another cause.
pub fn unexplained_change(
    relation: Relation,
    minutes_before_symptom: f64,
    cleared: Option<f64>,
) -> Option<f64> {
    let doubt = match cleared {
        Some(confidence) if confidence >= SURE => return None,
        Some(confidence) if confidence >= HEARD => CONTRADICTION,
        _ => 1.0,
    };
    Some(0.5 * weight(relation) * nearness(minutes_before_symptom) * doubt)
}

/// What the engine says where no playbook does. `changed` is whether a change is known that may have
/// set it off.
pub fn unaided(engine: f64, changed: bool, gaps: usize) -> f64 {
    let change = if changed { 1.0 } else { NO_CHANGE };
    engine * change * power(GAP, u32::try_from(gaps).unwrap_or(u32::MAX))
}

/// A hypothesis beside its strongest rival, from 0 to `score`.
pub fn beside(score: f64, rival: Option<f64>) -> f64 {
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
    use proptest::prelude::*;

    use super::*;

    const GOOD: Basis = Basis {
        relation: Relation::Reads,
        engine: None,
        supports_held: 1,
        supports_total: 1,
        contradictions: 0,
        minutes_before_symptom: Some(3.0),
        gaps: 0,
    };

    #[test]
    fn score_application_only_is_below_what_acts_unasked() {
        let best = Basis { relation: Relation::Application, minutes_before_symptom: Some(0.0), ..GOOD };
        assert!(score(&best) < 0.7);
    }

    #[test]
    fn score_one_doubt_leaves_it_strong_and_two_do_not() {
        assert!(score(&GOOD) > 0.9);
        assert!(score(&Basis { gaps: 1, ..GOOD }) > 0.7);
        assert!(score(&Basis { contradictions: 1, ..GOOD }) > 0.7);
        assert!(score(&Basis { gaps: 1, contradictions: 1, ..GOOD }) < 0.7);
    }

    #[test]
    fn of_the_ordinary_the_surest_is_below_what_acts_unasked() {
        let surest = Basis { relation: Relation::Same, minutes_before_symptom: Some(0.0), ..GOOD };
        assert!(of_the_ordinary(score(&surest)) < 0.7);
    }

    #[test]
    fn beside_an_equal_rival_both_are_below_what_acts_unasked() {
        assert!(beside(0.95, Some(0.95)) < 0.7);
    }

    #[test]
    fn beside_an_unexplained_change_a_near_cause_stays_strong() {
        assert!(beside(score(&GOOD), unexplained_change(Relation::Same, 0.0, None)) > 0.7);
    }

    const SUSPECT: Basis = Basis { relation: Relation::Suspect, engine: Some(0.9), ..GOOD };

    #[test]
    fn score_suspect_acts_unasked_only_where_the_engine_is_sure_and_nothing_is_missing() {
        assert!(score(&SUSPECT) > 0.7);
        assert!(score(&Basis { engine: Some(0.79), ..SUSPECT }) < 0.7);
        assert!(score(&Basis { gaps: 1, ..SUSPECT }) < 0.7);
        assert!(score(&Basis { relation: Relation::Called, engine: None, ..SUSPECT }) < 0.7);
        for elsewhere in [Relation::Same, Relation::Application] {
            assert!(beside(score(&SUSPECT), unexplained_change(elsewhere, 0.0, None)) > 0.7);
        }
        assert!(beside(score(&SUSPECT), Some(score(&SUSPECT))) < 0.7);
    }

    fn basis() -> impl Strategy<Value = Basis> {
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
            )| Basis {
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
            let confidence = beside(score(&basis), rival);
            prop_assert!((0.0..=0.95).contains(&confidence));
        }

        #[test]
        fn score_another_gap_or_contradiction_never_raises(basis in basis()) {
            let gap = Basis { gaps: basis.gaps + 1, ..basis };
            let contradiction = Basis { contradictions: basis.contradictions + 1, ..basis };
            prop_assert!(score(&gap) <= score(&basis));
            prop_assert!(score(&contradiction) <= score(&basis));
        }

        #[test]
        fn beside_a_stronger_rival_never_raises(
            own in 0.0..=1.0f64, a in prop::option::of(0.0..=1.0f64), b in 0.0..=1.0f64,
        ) {
            let stronger = a.map_or(b, |a| a.max(b));
            prop_assert!(beside(own, Some(stronger)) <= beside(own, a));
        }

        #[test]
        fn beside_the_leader_stays_ahead_of_its_follower(a in 0.0..=1.0f64, b in 0.0..=1.0f64) {
            let (first, second) = (a.max(b), a.min(b));
            prop_assert!(beside(first, Some(second)) >= beside(second, Some(first)));
        }
    }
}
