//! Counts what bystanders and remedies did.

use std::collections::BTreeMap;

use serde::Serialize;
use simulation::{Share, bystanders::SkipReason};

use super::variant::VariantResult;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(super) struct Totals {
    pub(super) scenarios: usize,
    /// The variants with a bystander.
    pub(super) bystanders: usize,
    /// The variants with somebody's own remedy.
    pub(super) remedies: usize,
    pub(super) became_act: usize,
    pub(super) became_ask: usize,
    pub(super) acts_on_bystander: usize,
    pub(super) asks_about_bystander: usize,
    pub(super) forbidden_would_run: usize,
    pub(super) forbidden_asked_for: usize,
    pub(super) first_place_lost: usize,
    pub(super) first_place_lost_despite_alibi: usize,
    pub(super) remedies_reversed: usize,
    /// The share of variants that stay right, of scenarios that were right without a bystander.
    pub(super) stays_right: Share,
    /// The variants that break a law.
    pub(super) broken: usize,
    /// The combinations that cannot exist, by the reason.
    pub(super) skipped: BTreeMap<SkipReason, usize>,
}

impl Totals {
    pub(super) fn new(scenarios: usize, results: &[VariantResult<'_>], skipped: &[SkipReason]) -> Self {
        let mut totals = Self { scenarios, ..Self::default() };
        for result in results {
            count(&mut totals.broken, !result.broken.is_empty());
            let Some(effect) = &result.effect else {
                count(&mut totals.remedies, true);
                count(&mut totals.remedies_reversed, !result.broken.is_empty());
                continue;
            };
            count(&mut totals.bystanders, true);
            count(&mut totals.became_act, effect.became_act);
            count(&mut totals.became_ask, effect.became_ask);
            count(&mut totals.acts_on_bystander, effect.acts_on_bystander);
            count(&mut totals.asks_about_bystander, effect.asks_about_bystander);
            count(&mut totals.forbidden_would_run, effect.forbidden_would_run);
            count(&mut totals.forbidden_asked_for, effect.forbidden_asked_for);
            count(&mut totals.first_place_lost, effect.first_place_lost);
            let despite_alibi = effect.first_place_lost && effect.alibi_is_readable;
            count(&mut totals.first_place_lost_despite_alibi, despite_alibi);
            if effect.was_right {
                totals.stays_right.count(effect.stays_right);
            }
        }
        for reason in skipped {
            count(totals.skipped.entry(*reason).or_default(), true);
        }
        totals
    }
}

fn count(total: &mut usize, counts: bool) {
    *total = total.saturating_add(usize::from(counts));
}
