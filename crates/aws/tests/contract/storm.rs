//! A storm through `dedup` and a store: many events of few problems, at once, twice and out of order.

use common::{
    SignalState,
    clock::SystemClock,
    ports::{EventOutcome, Events, Incidents, Intake, Returns},
};
use dedup::{Deps, Error, Input};

use super::{samples::signal, store::at_once};

const PROBLEMS: usize = 50;
const IN_FLIGHT: usize = 64;
/// A prime, so that each delivery comes once, far from its neighbours.
const STRIDE: usize = 7_919;

fn event(number: usize) -> String {
    format!("e-{number}")
}

fn problem(number: usize) -> String {
    format!("alarm-{}", number % PROBLEMS)
}

pub(crate) async fn storm_opens_one_incident_a_problem_and_accounts_for_every_event(
    store: impl Intake + Events + Returns + Incidents + Clone + 'static,
    deliveries: usize,
) {
    // The others are second deliveries.
    let events = deliveries / 10 * 9;
    at_once(IN_FLIGHT, |worker| {
        let deps = Deps { store: store.clone(), clock: SystemClock };
        async move {
            for delivery in (worker..deliveries).step_by(IN_FLIGHT) {
                let number = delivery * STRIDE % deliveries % events;
                let mut signal = signal(&problem(number), &event(number), i64::try_from(number).unwrap());
                // Recoveries come among the alarms of their problem, and before the first one.
                if number % 10 < 2 && number / PROBLEMS % 4 == 3 {
                    signal.state = SignalState::Recovered;
                }
                // As the state machine does: a lost race is waited for and tried again.
                loop {
                    match dedup::handle(&deps, Input { signal: signal.clone() }).await {
                        Ok(_) => break,
                        Err(Error::Contended { .. }) => tokio::task::yield_now().await,
                        Err(error) => panic!("{error}"),
                    }
                }
            }
        }
    })
    .await;
    let mut counted = [0_u32; PROBLEMS];
    let mut ignored = 0;
    for number in 0..events {
        let record = store.recorded(&event(number).parse().unwrap()).await.unwrap().unwrap();
        match record.outcome {
            EventOutcome::Opened | EventOutcome::Attached | EventOutcome::Recovered => {
                counted[number % PROBLEMS] += 1;
            }
            EventOutcome::Ignored => ignored += 1,
            other => panic!("{number}: {other:?}"),
        }
    }
    for (number, counted) in counted.iter().enumerate() {
        let fingerprint = signal(&problem(number), "e", 0).fingerprint;
        let current = store.current(&fingerprint).await.unwrap().unwrap();
        assert_eq!(current.episode, 1, "{number}");
        let incident = store.incident(current.id).await.unwrap().unwrap();
        assert_eq!(incident.signal_count, *counted, "{number}");
    }
    let recorded = counted.iter().sum::<u32>() + ignored;
    assert_eq!(recorded, u32::try_from(events).unwrap());
    assert!(ignored < counted.iter().sum());
}
