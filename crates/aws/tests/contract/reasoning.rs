//! Tests what every store must do for models: spending caps, reasoning steps and precedents.

use common::{
    FailureMode, Incident, IncidentId, Status,
    model::{ContentBlock, StopReason, Usage},
    money::MicroUsd,
    ports::{Caps, Incidents, Intake, Precedents, Reasoning, Reserved, Spending},
    precedent::Precedent,
    reasoning::ReasoningStep,
};

use super::{samples::*, store::at_once};

const PLENTY: Caps = Caps { incident: MicroUsd(1_000_000), day: MicroUsd(1_000_000) };

fn id(number: usize) -> IncidentId {
    incident("a", &format!("e-{number}")).id
}

fn caps(incident: u64, day: u64) -> Caps {
    Caps { incident: MicroUsd(incident), day: MicroUsd(day) }
}

async fn reserve(store: &impl Spending, number: usize, seconds: i64, amount: u64, caps: Caps) -> Reserved {
    store.reserve(id(number), at(seconds), MicroUsd(amount), caps).await.unwrap()
}

/// Returns how much of `most` can still be reserved, by trying reservations.
async fn left(store: &impl Spending, number: usize, caps: Caps, most: u64) -> u64 {
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if reserve(store, number, 0, middle, caps).await == Reserved::Granted {
            store.settle(id(number), at(0), MicroUsd(middle), MicroUsd::ZERO).await.unwrap();
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

pub(crate) async fn reserve_up_to_each_cap_and_no_farther(store: impl Spending) {
    let caps = caps(100, 150);
    for (number, amount, expected) in [
        (1, 101, Reserved::IncidentCap),
        (1, 60, Reserved::Granted),
        (1, 41, Reserved::IncidentCap),
        (1, 40, Reserved::Granted),
        (1, 1, Reserved::IncidentCap),
        (1, 0, Reserved::Granted),
        (2, 51, Reserved::DayCap),
        (2, 50, Reserved::Granted),
        (2, 1, Reserved::DayCap),
    ] {
        assert_eq!(reserve(&store, number, 0, amount, caps).await, expected, "{number} {amount}");
    }
    // 21 hours later it is another day, and still the same incident.
    assert_eq!(reserve(&store, 2, 21 * 3600, 50, caps).await, Reserved::Granted);
    assert_eq!(reserve(&store, 1, 21 * 3600, 1, caps).await, Reserved::IncidentCap);
    assert_eq!(reserve(&store, 3, 0, u64::MAX, PLENTY).await, Reserved::IncidentCap);
}

pub(crate) async fn reserve_one_refused_counter_leaves_the_other_alone(store: impl Spending) {
    for (caps, expected) in [(caps(10, 100), Reserved::IncidentCap), (caps(100, 10), Reserved::DayCap)] {
        assert_eq!(reserve(&store, 1, 0, 11, caps).await, expected);
    }
    assert_eq!(left(&store, 1, caps(64, 64), 100).await, 64);
}

pub(crate) async fn reserve_many_at_once_never_passes_the_cap<S: Spending + Clone + 'static>(store: S) {
    let caps = caps(70, 200);
    let results = at_once(50, |number| {
        let store = store.clone();
        async move { reserve(&store, number % 5, 0, 10, caps).await }
    })
    .await;
    // Ten ask for each of five incidents: 7 of each would go, and 20 of all.
    assert_eq!(results.iter().filter(|reserved| **reserved == Reserved::Granted).count(), 20, "{results:?}");
}

pub(crate) async fn settle_gives_back_what_was_not_spent_and_never_more(store: impl Spending) {
    let caps = caps(100, 100);
    assert_eq!(reserve(&store, 1, 0, 100, caps).await, Reserved::Granted);
    store.settle(id(1), at(0), MicroUsd(100), MicroUsd(30)).await.unwrap();
    assert_eq!(left(&store, 1, caps, 200).await, 70);
    store.settle(id(1), at(0), MicroUsd(10), MicroUsd(10)).await.unwrap();
    assert_eq!(left(&store, 1, caps, 200).await, 70);
    // More than there is, and of a counter that was never written.
    store.settle(id(1), at(0), MicroUsd(1_000), MicroUsd::ZERO).await.unwrap();
    store.settle(id(2), at(0), MicroUsd(5), MicroUsd::ZERO).await.unwrap();
    assert_eq!(left(&store, 1, caps, 200).await, 100);
    assert_eq!(left(&store, 2, caps, 200).await, 100);
}

pub(crate) async fn settle_counts_what_was_spent_beyond(store: impl Spending) {
    let caps = caps(100, 100);
    assert_eq!(reserve(&store, 1, 0, 20, caps).await, Reserved::Granted);
    store.settle(id(1), at(0), MicroUsd(20), MicroUsd(120)).await.unwrap();
    assert_eq!(reserve(&store, 1, 0, 0, caps).await, Reserved::IncidentCap);
    assert_eq!(reserve(&store, 2, 0, 1, caps).await, Reserved::DayCap);
}

/// Whatever is reserved and settled in whatever order, the caps hold against the sum of it.
pub(crate) async fn spending_of_any_order_is_as_added_up(store: impl Spending) {
    let caps = caps(500, 900);
    let (mut of, mut day) = ([0_u64; 3], 0_u64);
    let mut open: Vec<(usize, u64)> = Vec::new();
    // A fixed walk that looks random: the store is asked too slowly for many of them.
    let mut state = 42_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for _ in 0..120 {
        if next(3) > 0 || open.is_empty() {
            let (number, amount) = (usize::try_from(next(3)).unwrap(), next(200));
            let expected = if of[number] + amount > caps.incident.0 {
                Reserved::IncidentCap
            } else if day + amount > caps.day.0 {
                Reserved::DayCap
            } else {
                of[number] += amount;
                day += amount;
                open.push((number, amount));
                Reserved::Granted
            };
            assert_eq!(reserve(&store, number, 0, amount, caps).await, expected);
        } else {
            let (number, reserved) = open.swap_remove(usize::try_from(next(open.len() as u64)).unwrap());
            let spent = next(reserved + 20);
            store.settle(id(number), at(0), MicroUsd(reserved), MicroUsd(spent)).await.unwrap();
            of[number] = of[number] + spent - reserved;
            day = day + spent - reserved;
        }
    }
}

pub(crate) async fn admit_counts_incidents_by_application_and_hour(store: impl Spending) {
    // The samples' clock starts at three.
    for (number, application, seconds, most, expected) in [
        (1, "shop", 0, 0, false),
        (1, "shop", 0, 2, true),
        (1, "shop", 3599, 2, true),
        (2, "shop", 10, 2, true),
        (3, "shop", 10, 2, false),
        (1, "shop", 20, 2, true),
        (2, "shop", 20, 0, true),
        (3, "shop", 20, 3, true),
        (4, "shop", 20, 3, false),
        (4, "shop", 3600, 3, true),
        (4, "shop ", 20, 1, true),
        (4, "", 20, 1, true),
        (4, "käse#2026-11-20T03/../\u{202e}", 20, 1, true),
        (5, "käse#2026-11-20T03/../\u{202e}", 20, 1, false),
    ] {
        let admitted = store.admit(id(number), application, at(seconds), most).await.unwrap();
        assert_eq!(admitted, expected, "{number} {application} {seconds} {most}");
    }
    assert!(store.admit(id(1), &"x".repeat(5_000), at(0), 1).await.unwrap());
    assert!(!store.admit(id(2), &"x".repeat(5_000), at(0), 1).await.unwrap());
}

pub(crate) async fn admit_many_at_once_admits_no_more<S: Spending + Clone + 'static>(store: S) {
    let results = at_once(50, |number| {
        let store = store.clone();
        // Each asks twice.
        async move { (number / 2, store.admit(id(number / 2), "shop", at(0), 7).await.unwrap()) }
    })
    .await;
    let admitted: std::collections::BTreeSet<_> =
        results.iter().filter(|(_, admitted)| *admitted).map(|(number, _)| number).collect();
    assert_eq!(admitted.len(), 7, "{results:?}");
}

pub(crate) fn step(incident: &Incident, investigation: i64, line: &str, number: u32) -> ReasoningStep {
    ReasoningStep {
        incident_id: incident.id,
        attempt: 1,
        investigation: at(investigation),
        line: line.into(),
        step: number,
        at: at(investigation + 1),
        elapsed_ms: 1_234,
        bundle: "investigate@0123".into(),
        model: "eu.anthropic.claude".into(),
        asked: vec![
            ContentBlock::Text { text: String::new() },
            ContentBlock::ToolResult { id: "u0".into(), text: "käse".into(), failed: true },
        ],
        answered: vec![ContentBlock::UseTool {
            id: "u1".into(),
            name: "look".into(),
            input: "{not json".into(),
        }],
        stop: Some(StopReason::Other("new".into())),
        usage: Usage { input: u64::MAX, output: 1, cache_read: 2, cache_write: 3 },
        cost: MicroUsd(17),
        problems: vec!["the JSON does not parse".into()],
    }
}

pub(crate) async fn steps_are_read_back_in_order_and_once(store: impl Reasoning) {
    let incident = incident("a", "e-1");
    let mut without = step(&incident, 0, "deployment", 2);
    (without.stop, without.problems) = (None, vec![]);
    let expected = [
        step(&incident, 0, "deployment", 1),
        without,
        step(&incident, 0, "deployment", 10),
        step(&incident, 0, "deployment now", 1),
        step(&incident, 0, "deployment#000001", 2),
        step(&incident, 5, "a", 1),
    ];
    for number in [3, 5, 0, 4, 2, 1] {
        store.put_step(&expected[number]).await.unwrap();
    }
    let changed = ReasoningStep { cost: MicroUsd(18), ..expected[0].clone() };
    store.put_step(&changed).await.unwrap();
    store.put_step(&expected[0]).await.unwrap();
    assert_eq!(store.steps(incident.id).await.unwrap(), expected);
    assert_eq!(store.steps(super::samples::incident("b", "e-2").id).await.unwrap(), []);
}

pub(crate) fn precedent(incident: &Incident, application: &str, seconds: i64, attempt: u32) -> Precedent {
    Precedent {
        incident_id: incident.id,
        attempt,
        at: at(seconds),
        application: application.into(),
        fingerprint: incident.fingerprint.clone(),
        title: "Alarm a".into(),
        component: Some(target("limit")),
        failure_mode: FailureMode::BadConfiguration,
        cause: "a parameter was overwritten".into(),
        action: Some("restore-parameter".parse().unwrap()),
        templates: vec!["limit <*> reached".into()],
        bundle: None,
        outcome: None,
    }
}

pub(crate) async fn precedents_are_the_newest_first_with_their_outcomes<S>(store: S)
where
    S: Precedents + Intake + Incidents,
{
    let (open, ended, unknown) = (incident("a", "e-1"), incident("b", "e-2"), incident("c", "e-3"));
    for incident in [&open, &ended] {
        store.open(incident, None, &opened(incident)).await.unwrap();
    }
    let mut bare = precedent(&ended, "shop", 20, 2);
    (bare.component, bare.action, bare.templates) = (None, None, vec![]);
    for precedent in [
        bare.clone(),
        precedent(&open, "shop", 30, 1),
        precedent(&ended, "shop", 10, 1),
        precedent(&unknown, "shop", 40, 1),
    ] {
        store.remember(&precedent).await.unwrap();
    }
    store.end(ended.id, Status::Escalated, &outcome("a human knew"), None).await.unwrap();
    let found = store.precedents("shop", 3).await.unwrap().value;
    bare.outcome = Some(outcome("a human knew"));
    assert_eq!(found, [precedent(&unknown, "shop", 40, 1), precedent(&open, "shop", 30, 1), bare]);
    assert_eq!(store.precedents("shop", 0).await.unwrap().value, []);
    assert_eq!(store.precedents("shop", u32::MAX).await.unwrap().value.len(), 4);
}

pub(crate) async fn precedents_of_any_application_keep_apart(store: impl Precedents) {
    let long = "ä".repeat(2_000);
    let names = ["shop", "shop#", "Shop", "shop ", "", "käse 🧀", "a'b\"c\\d", "../x", "\u{0}", &long];
    for (number, name) in names.iter().enumerate() {
        let incident = incident(&number.to_string(), "e-1");
        store.remember(&precedent(&incident, name, 0, 1)).await.unwrap();
    }
    for name in names {
        let look = store.precedents(name, 9).await.unwrap();
        assert_eq!(look.value.len(), 1, "{name}");
        assert_eq!(look.value[0].application, name);
    }
    assert_eq!(store.precedents("nobody", 9).await.unwrap().value, []);
}

pub(crate) async fn precedent_remembered_again_is_one(store: impl Precedents) {
    let (first, second) = (incident("a", "e-1"), incident("b", "e-2"));
    for precedent in [
        precedent(&first, "shop", 0, 1),
        precedent(&first, "shop", 0, 1),
        precedent(&second, "shop", 5, 1),
        precedent(&first, "shop", 9, 1),
    ] {
        store.remember(&precedent).await.unwrap();
    }
    let found = store.precedents("shop", 2).await.unwrap().value;
    assert_eq!(found, [precedent(&first, "shop", 9, 1), precedent(&second, "shop", 5, 1)]);
}
