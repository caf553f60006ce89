//! What comes back soon after its incident had ended.

use common::ports::Incidents as _;

use super::*;

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// A deployment of nothing but intake, with a clock that goes on.
struct World {
    deps: Deps<MemoryStore, FixedClock>,
    sent: u32,
}

impl World {
    fn new(faults: &Faults) -> Self {
        Self { deps: deps(faults), sent: 0 }
    }

    fn signal(&mut self, state: SignalState) -> Signal {
        self.sent += 1;
        let event = format!("e-{}", self.sent);
        Signal {
            state,
            occurred_at: self.deps.clock.now(),
            ..sample::alarm_signal(&event, "checkout-errors")
        }
    }

    async fn takes(&self, signal: Signal) -> Output {
        delivered(&self.deps, &Input { signal }).await
    }

    async fn fires(&mut self) -> Output {
        let signal = self.signal(SignalState::Firing);
        self.takes(signal).await
    }

    async fn recovers(&mut self) -> Output {
        let signal = self.signal(SignalState::Recovered);
        self.takes(signal).await
    }

    fn open(&self) -> Option<IncidentId> {
        let incidents = self.deps.store.incidents();
        incidents.iter().find(|incident| !incident.status.is_end()).map(|incident| incident.id)
    }

    async fn ends(&self) {
        let id = self.open().unwrap();
        let outcome = Outcome {
            resolution: Resolution::ByItself,
            reason: "the alarm is OK".to_owned(),
            ended_at: self.deps.clock.now(),
        };
        for _ in 0..8 {
            for status in [Status::Diagnosing, Status::Verifying] {
                drop(self.deps.store.advance(id, status).await);
            }
            drop(self.deps.store.end(id, Status::Resolved, &outcome, None).await);
            if self.open().is_none() {
                return;
            }
        }
        panic!("never ended");
    }

    /// Looks at what is back, and takes in what stays, as the machine does. Returns the number of those.
    async fn looks(&self) -> usize {
        for _ in 0..8 {
            if let Ok(Output::Signals { signals }) =
                serve(&self.deps, Request::Scheduled(Scheduled::LookAtReturns)).await
            {
                let count = signals.len();
                for signal in signals {
                    self.takes(signal).await;
                }
                return count;
            }
        }
        panic!("never looked");
    }

    fn after(&self, time: i64) {
        self.deps.clock.advance(minutes(time));
    }

    /// An incident that has just ended.
    async fn ended() -> Self {
        let mut intake = Self::new(&Faults::default());
        intake.fires().await;
        intake.after(3);
        intake.recovers().await;
        intake.ends().await;
        intake
    }
}

#[test]
fn flapping_is_one_incident_and_a_person_hears_of_it_at_the_third_return() {
    run(async {
        let mut intake = World::ended().await;
        let incident_id = intake.deps.store.incidents()[0].id;
        for tell in [false, false, true, true, true] {
            intake.after(7);
            assert_eq!(intake.fires().await, Output::Suppressed { incident_id, tell });
            intake.after(3);
            assert_eq!(intake.looks().await, 0);
            assert_eq!(intake.recovers().await, Output::Recovered { incident_id });
        }
        assert_eq!(intake.deps.store.incidents().len(), 1);
        // With the record of the looks.
        assert_eq!(intake.deps.store.events().len(), 13);
    });
}

#[test]
fn what_comes_back_and_stays_is_the_next_episode_once() {
    run(async {
        let mut intake = World::ended().await;
        intake.after(5);
        intake.fires().await;
        for (passed, taken, incidents) in [(9, 0, 1), (1, 1, 2), (1, 0, 2), (60, 0, 2)] {
            intake.after(passed);
            assert_eq!((intake.looks().await, intake.deps.store.incidents().len()), (taken, incidents));
        }
        let open = intake.open().unwrap();
        assert_eq!(intake.deps.store.incident(open).await.unwrap().unwrap().episode, 2);
    });
}

/// A contributor, or an alarm without data in between, fires again without a recovery.
#[test]
fn what_fires_again_while_it_is_back_is_the_same_return_and_opens_as_soon_as_it_stays() {
    run(async {
        let mut intake = World::ended().await;
        let incident_id = intake.deps.store.incidents()[0].id;
        for _ in 0..4 {
            assert_eq!(intake.fires().await, Output::Suppressed { incident_id, tell: false });
            intake.after(3);
        }
        assert!(matches!(intake.fires().await, Output::Opened { .. }));
    });
}

#[test]
fn what_is_worse_late_or_of_another_kind_is_not_held_back() {
    run(async {
        let worse = |signal| Signal { severity: Severity::Sev2, ..signal };
        let drill = |signal| Signal { drill: true, ..signal };
        let instance = |signal| Signal { kind: SignalKind::INSTANCE_STATE_CHANGE, ..signal };
        for (after, change) in
            [(5, worse as fn(Signal) -> Signal), (5, drill), (5, instance), (60, std::convert::identity)]
        {
            let mut intake = World::ended().await;
            intake.after(after);
            let signal = change(intake.signal(SignalState::Firing));
            assert!(matches!(intake.takes(signal).await, Output::Opened { .. }));
        }
    });
}

#[test]
fn what_fired_before_the_end_and_came_after_it_opens_nothing() {
    run(async {
        for (before, opens) in [(0, false), (2, true)] {
            let mut intake = World::ended().await;
            let end = intake.deps.clock.now();
            intake.after(20);
            let fired_at = end - minutes(1) + minutes(before);
            let late = Signal { occurred_at: fired_at, ..intake.signal(SignalState::Firing) };
            let kept = matches!(intake.takes(late).await, Output::Suppressed { .. });
            assert_eq!(kept, opens, "{before}");
            intake.after(10);
            assert_eq!(intake.looks().await, usize::from(opens));
        }
    });
}

#[test]
fn recovery_that_was_delayed_ends_no_later_return_and_one_after_the_hour_ends_its_own() {
    run(async {
        let mut intake = World::ended().await;
        intake.after(2);
        let delayed = intake.signal(SignalState::Recovered);
        intake.after(50);
        intake.fires().await;
        intake.takes(delayed).await;
        intake.after(9);
        let recovered = intake.recovers().await;
        assert!(matches!(recovered, Output::Recovered { .. }), "{recovered:?}");
        intake.after(2);
        assert_eq!(intake.looks().await, 0);
    });
}

#[test]
fn alarm_in_tiers_is_back_until_none_of_them_fires() {
    run(async {
        for recovers in [&TIERS[1..], &TIERS[..]] {
            let mut intake = World::ended().await;
            intake.after(5);
            let tier =
                |name: &str, signal| Signal { symptom: Symptom::Alarm { name: name.to_owned() }, ..signal };
            for name in TIERS {
                let signal = tier(name, intake.signal(SignalState::Firing));
                intake.takes(signal).await;
            }
            intake.after(1);
            for name in recovers {
                let signal = tier(name, intake.signal(SignalState::Recovered));
                intake.takes(signal).await;
            }
            intake.after(9);
            assert_eq!(intake.looks().await, usize::from(recovers.len() == 1));
        }
    });
}

#[test]
fn recovery_that_overtakes_its_alarm_ends_the_return() {
    run(async {
        let mut intake = World::ended().await;
        intake.after(5);
        let alarm = intake.signal(SignalState::Firing);
        intake.after(2);
        intake.recovers().await;
        assert!(matches!(intake.takes(alarm).await, Output::Suppressed { .. }));
        intake.after(20);
        assert_eq!(intake.looks().await, 0);
    });
}

/// Tiers of one problem.
const TIERS: [&str; 2] = ["age-warning", "age-critical"];

#[derive(Debug, Clone, Copy)]
enum Step {
    /// The alarm of a tier changes; the event is delivered at once, or waits.
    Changes {
        tier: usize,
        fires: bool,
        waits: bool,
    },
    /// The waiting event of this number, from the newest on, is delivered.
    Delivers(usize),
    Ends,
    Looks,
    /// The event of this number is delivered again.
    Redelivers(usize),
}

fn step() -> impl Strategy<Value = (i64, Step)> {
    let changes = (0usize..2, any::<bool>(), any::<bool>());
    let step = prop_oneof![
        4 => changes.prop_map(|(tier, fires, waits)| Step::Changes { tier, fires, waits }),
        2 => (0usize..8).prop_map(Step::Delivers),
        2 => Just(Step::Ends),
        2 => Just(Step::Looks),
        1 => (0usize..8).prop_map(Step::Redelivers),
    ];
    (1i64..25, step)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// However the alarms of a problem come and go, in whichever order their events arrive, and whichever call to the store
    /// fails before or after its effect: each event is recorded, one incident is open at most, an alarm that fires since the
    /// end of the last incident is open after the next look, and where none fires the look takes nothing in.
    #[test]
    fn no_return_that_stays_is_hidden_and_none_that_went_away_is_opened(
        steps in prop::collection::vec(step(), 1..28),
        crash in prop::option::of((0usize..120, any::<bool>())),
    ) {
        run(async {
            let faults = Faults::default();
            let mut world = World::new(&faults);
            if let Some((call, before)) = crash {
                faults.fail_call(call, if before { When::Before } else { When::After });
            }
            let mut events: Vec<Signal> = Vec::new();
            let mut waiting: Vec<Signal> = Vec::new();
            let mut latest: BTreeMap<usize, (jiff::Timestamp, bool)> = BTreeMap::new();
            let mut ended_at = None;
            for (after, step) in steps {
                world.after(after);
                match step {
                    Step::Changes { tier, fires, waits } => {
                        let state = if fires { SignalState::Firing } else { SignalState::Recovered };
                        let symptom = Symptom::Alarm { name: TIERS[tier].to_owned() };
                        let signal = Signal { symptom, ..world.signal(state) };
                        latest.insert(tier, (signal.occurred_at, fires));
                        events.push(signal.clone());
                        if waits {
                            waiting.push(signal);
                        } else {
                            world.takes(signal).await;
                        }
                    }
                    Step::Delivers(number) if !waiting.is_empty() => {
                        let index = waiting.len() - 1 - number % waiting.len();
                        let signal = waiting.remove(index);
                        world.takes(signal).await;
                    }
                    Step::Ends if world.open().is_some() => {
                        ended_at = Some(world.deps.clock.now());
                        world.ends().await;
                    }
                    Step::Looks => drop(world.looks().await),
                    Step::Redelivers(number) if !events.is_empty() => {
                        let signal = events[number % events.len()].clone();
                        waiting.retain(|one| one.event_id != signal.event_id);
                        world.takes(signal).await;
                    }
                    Step::Delivers(_) | Step::Ends | Step::Redelivers(_) => {}
                }
                let open = world.deps.store.incidents().iter().filter(|it| !it.status.is_end()).count();
                prop_assert!(open <= 1);
            }
            for signal in waiting.into_iter().rev() {
                world.takes(signal).await;
            }
            world.after(10);
            let taken_in = world.looks().await;
            let fires = |(at, fires): &(jiff::Timestamp, bool)| *fires && ended_at.is_none_or(|ended| *at > ended);
            if latest.values().any(fires) {
                prop_assert!(world.open().is_some());
            }
            if !latest.values().any(|(_, fires)| *fires) {
                prop_assert_eq!(taken_in, 0);
            }
            let recorded: std::collections::BTreeSet<_> =
                world.deps.store.events().into_iter().map(|record| record.event_id).collect();
            prop_assert!(events.iter().all(|event| recorded.contains(&event.event_id)));
            Ok(())
        })?;
    }
}
