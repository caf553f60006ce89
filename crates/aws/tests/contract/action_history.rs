//! Tests what every store must do with actions across incidents.

use common::{
    ActionId, Incident, PlanHash, Status,
    ports::{ActionHistory, ActionRun, BreakerClosure, BudgetPlace, Incidents, Intake, OpenIncidents},
    sha256_hex,
};
use jiff::{SignedDuration, Timestamp};

use super::{samples::*, store::at_once};

fn plan(name: &str) -> PlanHash {
    sha256_hex(name).parse().unwrap()
}

fn action() -> ActionId {
    "start-instance".parse().unwrap()
}

fn minute(minute: i64) -> Timestamp {
    at(0) + SignedDuration::from_mins(minute)
}

pub(crate) fn run(name: &str, target: &str, at: Timestamp) -> ActionRun {
    ActionRun {
        incident_id: incident("a", "e-1").id,
        plan_hash: plan(name),
        action: action(),
        target: fakes::sample::arn("ec2", target),
        application: Some("shop".to_owned()),
        at,
        approved: false,
        undo: false,
    }
}

pub(crate) async fn budget_place_is_kept_and_the_most_is_never_passed(store: impl ActionHistory) {
    let take = |name: &str, now, most| {
        let plan = plan(name);
        let store = &store;
        async move {
            store.take_budget_place(&plan, now, now - SignedDuration::from_hours(1), most).await.unwrap()
        }
    };
    assert_eq!(take("a", minute(0), 0).await, BudgetPlace::NoneLeft);
    assert_eq!(take("a", minute(0), 2).await, BudgetPlace::Taken);
    assert_eq!(take("b", minute(30), 2).await, BudgetPlace::Taken);
    assert_eq!(take("c", minute(31), 2).await, BudgetPlace::NoneLeft);
    // Who has a place keeps it, with whatever limit.
    assert_eq!(take("a", minute(32), 0).await, BudgetPlace::Taken);
    assert_eq!(store.budget_places(minute(0)).await.unwrap().len(), 2);
    assert_eq!(store.budget_places(minute(1)).await.unwrap(), [plan("b")]);
    // An hour after the first there is room again.
    assert_eq!(take("c", minute(61), 2).await, BudgetPlace::Taken);
    assert_eq!(take("d", minute(61), 2).await, BudgetPlace::NoneLeft);
}

pub(crate) async fn budget_many_at_once_never_pass_the_most(store: impl ActionHistory + Clone + 'static) {
    let places = at_once(8, |number| {
        let store = store.clone();
        async move {
            let plan = plan(&number.to_string());
            store.take_budget_place(&plan, minute(5), minute(0), 3).await.unwrap()
        }
    })
    .await;
    assert_eq!(places.iter().filter(|place| **place == BudgetPlace::Taken).count(), 3);
    assert_eq!(store.budget_places(minute(0)).await.unwrap().len(), 3);
}

pub(crate) async fn runs_are_found_by_target_and_by_action(store: impl ActionHistory) {
    let runs = [
        run("a", "instance/i-1", minute(0)),
        run("b", "instance/i-1", minute(10)),
        run("c", "instance/i-2", minute(20)),
        ActionRun { application: None, ..run("d", "instance/i-1", minute(30)) },
    ];
    for run in &runs {
        // A repeated step remembers it again.
        store.remember_run(run).await.unwrap();
        store.remember_run(run).await.unwrap();
    }
    let [a, b, c, d] = &runs;
    let on = |since| store.runs_on(&a.target, since);
    assert_eq!(on(minute(0)).await.unwrap(), [a.clone(), b.clone(), d.clone()]);
    assert_eq!(on(minute(5)).await.unwrap(), [b.clone(), d.clone()]);
    let of = |application, most| {
        let (store, action) = (&store, action());
        async move { store.runs_of(&action, application, most).await.unwrap() }
    };
    assert_eq!(of(Some("shop"), 10).await, [c.clone(), b.clone(), a.clone()]);
    assert_eq!(of(Some("shop"), 2).await, [c.clone(), b.clone()]);
    assert_eq!(of(None, 10).await, std::slice::from_ref(d));
    assert_eq!(store.runs_of(&"stop-instance".parse().unwrap(), Some("shop"), 10).await.unwrap(), []);
}

pub(crate) async fn breaker_closure_is_of_one_action_and_application(store: impl ActionHistory) {
    store.remember_run(&run("a", "instance/i-1", minute(0))).await.unwrap();
    assert_eq!(store.breaker_closure(&action(), Some("shop")).await.unwrap(), None);
    let closure = BreakerClosure { by: "arn:aws:iam::1:user/ada".to_owned(), at: minute(1) };
    store.close_breaker(&action(), Some("shop"), &closure).await.unwrap();
    assert_eq!(store.breaker_closure(&action(), Some("shop")).await.unwrap(), Some(closure));
    assert_eq!(store.breaker_closure(&action(), None).await.unwrap(), None);
    assert_eq!(store.runs_of(&action(), Some("shop"), 10).await.unwrap().len(), 1);
}

pub(crate) async fn open_incidents_are_the_applications_that_have_not_ended(
    store: impl OpenIncidents + Intake + Incidents,
) {
    let in_shop =
        |name: &str, event: &str| Incident { application: Some("shop".to_owned()), ..incident(name, event) };
    let (open, ended) = (in_shop("a", "e-1"), in_shop("b", "e-2"));
    let elsewhere = Incident { application: Some("bank".to_owned()), ..incident("c", "e-3") };
    let nowhere = Incident { application: None, ..incident("d", "e-4") };
    for one in [&open, &ended, &elsewhere, &nowhere] {
        store.open(one, None, &opened(one)).await.unwrap();
    }
    store.advance(ended.id, Status::Escalated).await.unwrap();
    let since = open.opened_at;
    assert_eq!(store.open_incidents("shop", since).await.unwrap(), Some(vec![open.id]));
    let later = since + SignedDuration::from_secs(1);
    assert_eq!(store.open_incidents("shop", later).await.unwrap(), Some(vec![]));
}
