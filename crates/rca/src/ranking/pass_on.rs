//! Passes the scores of explained components on to those that explain them.

use std::collections::{BTreeMap, BTreeSet};

use crate::ranking::{
    explanation::{Explanation, Explanations},
    ranked_suspect::RankedSuspect,
};

/// Keeps the explanations of components that were not changed just before the fault of the one that explains them: otherwise
/// their own change may be wrong, unless the explaining component was changed too. `just_changed` takes a component, and the
/// one whose first abnormal period is the time to compare with.
pub(crate) fn unchanged(
    mut explanations: Explanations,
    just_changed: impl Fn(usize, usize) -> bool,
) -> Explanations {
    explanations
        .retain(|component, Explanation { by, .. }| !just_changed(*component, *by) || just_changed(*by, *by));
    explanations
}

/// Leads each explanation to the end of its chain: what is explained by a component that is explained itself is explained by
/// the last one. Components that explain each other in a circle explain nothing.
fn led_to_the_end(explanations: &Explanations) -> Explanations {
    let end_of = |start: usize| {
        let mut seen = BTreeSet::from([start]);
        let mut at = start;
        while let Some(next) = explanations.get(&at) {
            at = next.by;
            if !seen.insert(at) {
                return None;
            }
        }
        Some(at)
    };
    let ends = explanations.iter();
    ends.filter_map(|(component, one)| Some((*component, Explanation { by: end_of(*component)?, ..*one })))
        .collect()
}

/// Gives each component that explains others the highest of their scores, as far as it is not explained itself by what it
/// calls. A component always ranks behind the one that explains it.
pub(crate) fn pass_on(ranking: &mut [RankedSuspect], explanations: &Explanations) {
    let explanations = &led_to_the_end(explanations);
    let held: BTreeMap<usize, f64> = ranking.iter().map(|one| (one.component, one.score)).collect();
    let own = |one: &RankedSuspect| 1.0 - one.explained_by.map_or(0.0, |explanation| explanation.share);
    let raised: BTreeMap<usize, f64> = ranking
        .iter()
        .map(|one| {
            let explained = explanations.iter().filter(|(_, explanation)| explanation.by == one.component);
            let passed = explained.filter_map(|(component, explanation)| {
                Some(held.get(component)? * explanation.share * own(one))
            });
            (one.component, passed.fold(one.score, f64::max))
        })
        .collect();
    for one in ranking {
        let explanation = explanations.get(&one.component);
        let by = explanation.and_then(|explanation| Some((explanation, raised.get(&explanation.by)?)));
        one.score = raised.get(&one.component).copied().unwrap_or(one.score);
        if let Some((explanation, by)) = by {
            one.score = one.score.min(*by) * (1.0 - explanation.share);
            one.explained_by = Some(*explanation);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ranking::explanation::Reason;

    fn ranked(component: usize, score: f64, called: Option<f64>) -> RankedSuspect {
        let explained_by = called.map(|share| Explanation { by: 9, share, reason: Reason::Calls });
        RankedSuspect { component, score, similarity: 1.0, explained_by, on_path: true, coverage: 1.0 }
    }

    fn are(ranking: &[RankedSuspect], scores: &[f64]) -> bool {
        ranking.iter().zip(scores).all(|(one, score)| (one.score - score).abs() < 1e-9)
    }

    fn explained(component: usize, by: usize, share: f64) -> Explanations {
        Explanations::from([(component, Explanation { by, share, reason: Reason::HandsOn })])
    }

    #[test]
    fn pass_on_gives_the_score_to_what_explains_it_and_only_as_far_as_that_is_its_own() {
        let mut ranking = [ranked(0, 100.0, None), ranked(1, 10.0, None)];
        pass_on(&mut ranking, &explained(0, 1, 0.75));
        assert!(are(&ranking, &[18.75, 75.0]), "{ranking:?}");

        let mut ranking = [ranked(0, 100.0, None), ranked(1, 10.0, Some(0.9)), ranked(9, 40.0, None)];
        pass_on(&mut ranking, &explained(0, 1, 0.75));
        assert!(ranking[2].score > ranking[1].score && ranking[1].score > ranking[0].score, "{ranking:?}");
    }

    #[test]
    fn pass_on_along_a_chain_names_its_end_and_a_circle_names_nobody() {
        let mut ranking = [ranked(0, 100.0, None), ranked(1, 10.0, None), ranked(2, 1.0, None)];
        let chain: Explanations = explained(0, 1, 0.8).into_iter().chain(explained(1, 2, 0.8)).collect();
        pass_on(&mut ranking, &chain);
        assert!(are(&ranking, &[16.0, 2.0, 80.0]), "{ranking:?}");

        let mut ranking = [ranked(0, 100.0, None), ranked(1, 10.0, None)];
        let circle: Explanations = explained(0, 1, 0.8).into_iter().chain(explained(1, 0, 0.8)).collect();
        pass_on(&mut ranking, &circle);
        assert!(are(&ranking, &[100.0, 10.0]), "{ranking:?}");
    }

    #[test]
    fn pass_on_by_what_is_not_ranked_changes_nothing() {
        let mut ranking = [ranked(0, 100.0, None)];
        pass_on(&mut ranking, &explained(0, 1, 0.75));
        assert!(are(&ranking, &[100.0]), "{ranking:?}");
    }

    #[test]
    fn unchanged_keeps_what_was_not_changed_or_was_changed_with_what_explains_it() {
        for (changed, stands) in
            [([false; 2], true), ([true; 2], true), ([false, true], true), ([true, false], false)]
        {
            let kept = unchanged(explained(0, 1, 0.8), |component, _| changed[component]);
            assert_eq!(kept.contains_key(&0), stands, "{changed:?}");
        }
    }

    proptest! {
        #[test]
        fn pass_on_what_is_explained_is_behind_what_explains_it(
            scores in prop::collection::vec(0.0..1e6_f64, 2..6), share in 0.5..1.0_f64,
        ) {
            let mut ranking: Vec<_> = scores.iter().enumerate().map(|(at, score)| ranked(at, *score, None)).collect();
            pass_on(&mut ranking, &explained(0, 1, share));
            prop_assert!(ranking[0].score <= ranking[1].score);
            prop_assert!(ranking[1].score >= scores[1]);
            prop_assert!(are(&ranking[2..], &scores[2..]));
        }

        #[test]
        fn pass_on_of_any_explanations_ranks_each_behind_the_end_of_its_chain(
            scores in prop::collection::vec(0.0..1e6_f64, 5),
            pairs in prop::collection::btree_map(0usize..5, 0usize..5, 0..5), share in 0.5..1.0_f64,
        ) {
            let explanations: Explanations = pairs.iter().flat_map(|(one, by)| explained(*one, *by, share)).collect();
            let mut ranking: Vec<_> = scores.iter().enumerate().map(|(at, score)| ranked(at, *score, None)).collect();
            pass_on(&mut ranking, &explanations);
            for (component, Explanation { by, .. }) in led_to_the_end(&explanations) {
                prop_assert!(ranking[component].score <= ranking[by].score, "{ranking:?}");
            }
        }
    }
}
