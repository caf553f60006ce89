//! Keeps the number of actions in the account within an hour's budget, however many incidents act at once.
//!
//! The policies ask from half of the budget on and deny at all of it, so that a storm is not answered with a storm. The
//! first half is for what runs unattended: more than a quiet night needs. The second is for what people approve,
//! who see the storm. Beyond it every approval would be a rubber stamp. Two incidents may be judged at the same moment,
//! so the place itself is taken by a conditional write before anything starts.

use common::{Clock, Plan, ports::BudgetPlace};
use jiff::{SignedDuration, Timestamp};

use crate::{Deps, Error, Store};

const WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// Returns the share of the budget that other plans used within the last hour.
pub(crate) async fn used_percent<S: Store, Y, T, M, X, R>(
    deps: &Deps<S, Y, T, M, X, impl Clock, R>,
    plan: &Plan,
) -> Result<u32, Error> {
    let places = deps.store.budget_places(window_start(deps.clock.now())).await?;
    let others = places.iter().filter(|place| **place != plan.hash()).count();
    Ok(percent(u32::try_from(others).unwrap_or(u32::MAX), deps.actions_per_hour))
}

/// Takes the plan's place in the budget; `false` where none is left. An undo always gets one: leaving half a change
/// in place is no way to save an action.
pub(crate) async fn take_place<S: Store, Y, T, M, X, R>(
    deps: &Deps<S, Y, T, M, X, impl Clock, R>,
    plan: &Plan,
    approved: bool,
) -> Result<bool, Error> {
    let now = deps.clock.now();
    let most = if plan.undo_of.is_some() { u32::MAX } else { places_for(deps.actions_per_hour, approved) };
    let place = deps.store.take_budget_place(&plan.hash(), now, window_start(now), most).await?;
    Ok(place == BudgetPlace::Taken)
}

/// The places that the policies would let be used: all with an approval, and the first half without.
const fn places_for(budget: u32, approved: bool) -> u32 {
    if approved { budget } else { budget.div_ceil(2) }
}

/// A budget of nothing is used up.
fn percent(used: u32, budget: u32) -> u32 {
    u64::from(used)
        .saturating_mul(100)
        .checked_div(u64::from(budget))
        .map_or(100, |percent| u32::try_from(percent).unwrap_or(u32::MAX))
}

fn window_start(now: Timestamp) -> Timestamp {
    now.checked_sub(WINDOW).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percent_table() {
        for (used, budget, expected) in
            [(0, 20, 0), (9, 20, 45), (10, 20, 50), (20, 20, 100), (30, 20, 150), (0, 0, 100), (5, 1, 500)]
        {
            assert_eq!(percent(used, budget), expected, "{used} of {budget}");
        }
    }

    proptest! {
        /// The write that takes a place and the policies that read the share hold the same limits.
        #[test]
        fn places_are_what_the_policies_permit(used in 0u32..300, budget in 0u32..200) {
            prop_assert_eq!(percent(used, budget) < 50, used < places_for(budget, false));
            prop_assert_eq!(percent(used, budget) < 100, used < places_for(budget, true));
        }
    }
}
