//! Tests what every store of leases on targets must do. Each test starts with an empty store.

use common::{
    Incident,
    ports::{Leases, TargetLease, TargetLeases, TargetTaken},
};

use super::{samples::*, store::at_once};

fn target_lease(incident: &Incident, seconds: i64) -> TargetLease {
    let lease = lease(incident, "plan", "limit", seconds);
    TargetLease {
        target: lease.target,
        incident_id: lease.incident_id,
        plan_hash: lease.plan_hash,
        taken_at: at(seconds),
    }
}

pub(crate) async fn target_is_one_incidents_until_it_releases_it(store: impl TargetLeases) {
    let (one, other) = (incident("a", "e-1"), incident("b", "e-2"));
    let first = target_lease(&one, 0);
    assert_eq!(store.target_holder(&first.target).await.unwrap(), None);
    assert_eq!(store.take_target(&first, None).await.unwrap(), TargetTaken::Taken);
    let later = target_lease(&one, 1);
    assert_eq!(store.take_target(&later, None).await.unwrap(), TargetTaken::Taken);
    let held = TargetTaken::HeldBy(Box::new(later.clone()));
    assert_eq!(store.take_target(&target_lease(&other, 2), None).await.unwrap(), held);
    store.release_target(&first.target, other.id, &first.plan_hash).await.unwrap();
    assert_eq!(store.target_holder(&first.target).await.unwrap(), Some(later));
    store.release_target(&first.target, one.id, &first.plan_hash).await.unwrap();
    store.release_target(&first.target, one.id, &first.plan_hash).await.unwrap();
    assert_eq!(store.target_holder(&first.target).await.unwrap(), None);
    assert_eq!(store.take_target(&target_lease(&other, 3), None).await.unwrap(), TargetTaken::Taken);
    assert_eq!(store.target_holder(&first.target).await.unwrap(), Some(target_lease(&other, 3)));
}

/// A release that comes late, or twice, does not free what the incident has taken again for another plan.
pub(crate) async fn target_taken_again_for_another_plan_is_not_released_by_the_plan_before(
    store: impl TargetLeases,
) {
    let one = incident("a", "e-1");
    let before = target_lease(&one, 0);
    let again = TargetLease { plan_hash: lease(&one, "p2", "limit", 0).plan_hash, ..target_lease(&one, 9) };
    store.take_target(&before, None).await.unwrap();
    store.release_target(&before.target, one.id, &before.plan_hash).await.unwrap();
    store.take_target(&again, None).await.unwrap();
    store.release_target(&before.target, one.id, &before.plan_hash).await.unwrap();
    assert_eq!(store.target_holder(&before.target).await.unwrap(), Some(again));
}

/// A lease that was taken again since it was found dead is not taken over.
pub(crate) async fn target_of_a_dead_holder_is_taken_over_exactly_as_it_was_read(store: impl TargetLeases) {
    let (one, other) = (incident("a", "e-1"), incident("b", "e-2"));
    let (dead, renewed) = (target_lease(&one, 0), target_lease(&one, 9));
    store.take_target(&dead, None).await.unwrap();
    store.take_target(&renewed, None).await.unwrap();
    let mine = target_lease(&other, 10);
    let held = TargetTaken::HeldBy(Box::new(renewed.clone()));
    assert_eq!(store.take_target(&mine, Some(&dead)).await.unwrap(), held);
    assert_eq!(store.take_target(&mine, Some(&renewed)).await.unwrap(), TargetTaken::Taken);
    let other_plan = TargetLease { plan_hash: lease(&one, "p2", "limit", 0).plan_hash, ..mine.clone() };
    assert_eq!(
        store.take_target(&target_lease(&one, 20), Some(&other_plan)).await.unwrap(),
        TargetTaken::HeldBy(Box::new(mine))
    );
}

pub(crate) async fn target_taken_by_many_at_once_is_one_incidents<S>(store: S)
where
    S: TargetLeases + Clone + 'static,
{
    let results = at_once(20, |number| {
        let store = store.clone();
        async move {
            let incident = incident("a", &format!("e-{number}"));
            store.take_target(&target_lease(&incident, 0), None).await.unwrap()
        }
    })
    .await;
    assert_eq!(results.iter().filter(|taken| **taken == TargetTaken::Taken).count(), 1);
}

pub(crate) async fn target_that_is_held_does_not_count_as_an_action(store: impl TargetLeases + Leases) {
    let lease = target_lease(&incident("a", "e-1"), 0);
    store.take_target(&lease, None).await.unwrap();
    assert_eq!(store.taken_on(&lease.target, at(-60)).await.unwrap(), 0);
}
