//! Tests that simulated waits take no time.

use std::time::Duration;

use tokio::time::Instant;

use simulation::{Answer, Recording, ScriptedAnswer, ScriptedFailure, Simulation};

use crate::repository::{block_on, scenarios};

/// With a model that is asked.
const NAME: &str = "two-faults-one-of-them-ours";

/// The first wait before another try is a second, and each next one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);

#[test]
fn simulation_of_a_model_that_throttles_waits_by_its_own_clock() {
    let simulation = Simulation::shipped().unwrap();
    let mut recording = Recording::read(&scenarios().join(NAME)).unwrap();
    let throttled =
        || ScriptedAnswer { when: String::new(), answer: Answer::Fails(ScriptedFailure::Throttled) };
    recording.model = Some((0..30).map(|_| throttled()).collect());
    // Of a runtime whose time passes only where something sleeps.
    let paused =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let (report, slept) = paused.block_on(async {
        let began = Instant::now();
        let report = simulation.run(&recording).await.unwrap();
        (report, began.elapsed())
    });
    assert!(slept < FIRST_WAIT, "{slept:?}");
    // It was asked, and its silence changes nothing.
    let without = block_on(simulation.run(&recording.clone().without_model())).unwrap();
    assert_eq!((report.outcome, report.cause), (without.outcome, without.cause));
}
