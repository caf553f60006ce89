//! The rules hold in every state that the model reaches, and the model reaches every edge of the machine.

#![allow(clippy::panic, reason = "tests")]

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use model_check::{
    bounds::{Bounds, Modes},
    machine::IncidentMachine,
    model::IncidentModel,
};
use stateright::{Checker, Expectation, Model};

const THREADS: usize = 2;

/// Checks each of `bounds`, and then that together they reached all that is to be reached.
fn check(bounds: &[(&str, Bounds)]) {
    let machine = Arc::new(IncidentMachine::load());
    let (mut asked, mut reached) = (BTreeSet::new(), BTreeSet::new());
    for (name, bounds) in bounds {
        let began = Instant::now();
        let model = IncidentModel::new(machine.clone(), *bounds);
        let checker = model.checker().threads(THREADS).spawn_dfs().join();
        eprintln!(
            "{name}: {} states, {} transitions, {:.1} s",
            checker.unique_state_count(),
            checker.state_count(),
            began.elapsed().as_secs_f32()
        );
        for property in checker.model().properties() {
            let path = checker.discovery(property.name);
            if property.expectation == Expectation::Sometimes {
                asked.insert(property.name);
                reached.extend(path.map(|_| property.name));
            } else if let Some(path) = path {
                let events: Vec<_> =
                    path.into_actions().iter().map(|step| format!("{:?}", step.event)).collect();
                panic!("{name}: not kept: {}\n  {}", property.name, events.join("\n  "));
            }
        }
    }
    let unreached: Vec<_> = asked.difference(&reached).collect();
    assert!(unreached.is_empty(), "never reached: {unreached:?}");
    let (edges, followed) = (machine.edges(), machine.followed_edges());
    let unfollowed: Vec<_> = edges.difference(&followed).collect();
    assert!(unfollowed.is_empty(), "edges of the machine that the model never follows: {unfollowed:?}");
    assert!(followed.is_subset(&edges));
}

#[test]
fn incident_small_bounds_keeps_every_rule_and_follows_every_edge() {
    check(&[
        ("alone, a fault and a trouble", Bounds { people: 0, ..Bounds::ALONE }),
        ("alone, a trouble and a person", Bounds { faults: 0, ..Bounds::ALONE }),
        ("together, a person", Bounds { troubles: 0, ..Bounds::TOGETHER }),
        ("together, a trouble", Bounds { people: 0, ..Bounds::TOGETHER }),
        ("together, a fault", Bounds::TOGETHER_WITH_A_FAULT),
        // Somebody was told before the target was held.
        ("together, a doubt", Bounds { doubts: true, troubles: 0, people: 0, ..Bounds::TOGETHER }),
    ]);
}

/// `make model-check`: minutes to hours.
#[test]
#[ignore = "larger bounds, for make model-check"]
fn incident_large_bounds_keeps_every_rule_and_follows_every_edge() {
    let together = Bounds::TOGETHER;
    check(&[
        ("alone, all of them", Bounds::ALONE),
        ("alone, two faults", Bounds { faults: 2, people: 0, ..Bounds::ALONE }),
        ("together, a trouble and a person", together),
        ("together, two plans", Bounds { second_plan: true, troubles: 0, people: 0, ..together }),
        ("together, rollouts", Bounds { rollouts: true, people: 0, ..together }),
        ("together, supervised", Bounds { modes: Modes::Supervised, troubles: 0, people: 0, ..together }),
        ("together, a fault and a trouble", Bounds { troubles: 1, ..Bounds::TOGETHER_WITH_A_FAULT }),
    ]);
}
