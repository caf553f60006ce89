//! The rules that a transition may break, and those that were broken.

/// The rules that were broken on the way here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Broken(u16);

/// A rule that a transition can break. The model breaks none by itself: these are what is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    OneEffectPerPlan,
    OneHandOnTheTarget,
    NoUndoOfAnothersState,
    NoUndoWhileSymptomIsGone,
    NoUndoDuringRollout,
    NoUndoOfWhatHelps,
    NoActionWithoutPermission,
    LedgerBeforeEffect,
    NoSilentEnd,
    EscalationSaysWhy,
    ResolvedMeansGone,
}

impl Broken {
    pub(crate) fn add(&mut self, rule: Rule) {
        self.0 |= 1 << rule as u16;
    }

    #[must_use]
    pub fn has(self, rule: Rule) -> bool {
        self.0 & (1 << rule as u16) != 0
    }
}
