//! The rules hold in every state that the model reaches, and the model reaches every edge of the machine.

#![allow(clippy::print_stderr, reason = "how far a check went is worth reading")]

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use model_check::{bounds::Bounds, machine::IncidentMachine, model::IncidentModel};
use stateright::{Checker, Expectation, Model};

const THREADS: usize = 2;

/// Checks each of `bounds`, and then that together they reached all that is to be reached.
fn check(bounds: &[(&str, Bounds)]) {
    let machine = Arc::new(IncidentMachine::load());
    let mut unreached = BTreeSet::new();
    let mut reached = BTreeSet::new();
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
            match (property.expectation, path) {
                (Expectation::Sometimes, Some(_)) => drop(reached.insert(property.name)),
                (Expectation::Sometimes, None) => drop(unreached.insert(property.name)),
                (_, None) => {}
                (_, Some(path)) => {
                    let events: Vec<_> = path.into_actions().iter().map(|step| format!("{:?}", step.event)).collect();
                    panic!("{name}: broken: {}\n  {}", property.name, events.join("\n  "));
                }
            }
        }
    }
    assert_eq!(unreached.difference(&reached).collect::<Vec<_>>(), Vec::<&&str>::new(), "never reached");
    let (edges, followed) = (machine.edges(), machine.followed_edges());
    assert_eq!(edges.difference(&followed).collect::<Vec<_>>(), Vec::<&(String, String)>::new(), "never followed");
}

#[test]
fn incident_small_bounds_keeps_every_rule_and_follows_every_edge() {
    check(&[("alone", Bounds::ALONE), ("together", Bounds::TOGETHER)]);
}

#[test]
#[ignore = "exploration"]
fn explore() {
    let n = |name: &str, or: u8| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(or);
    let base = if n("TWO", 0) == 1 { Bounds::TOGETHER } else { Bounds::ALONE };
    let bounds = Bounds {
        faults: n("FAULTS", base.faults),
        troubles: n("TROUBLES", base.troubles),
        people: n("PEOPLE", base.people),
        rollouts: n("ROLLOUTS", u8::from(base.rollouts)) == 1,
        second_attempt: n("SECOND", u8::from(base.second_attempt)) == 1,
        doubts: n("DOUBTS", u8::from(base.doubts)) == 1,
        surprises: n("SURPRISES", u8::from(base.surprises)) == 1,
        modes: match n("MODES", 9) { 0 => model_check::bounds::Modes::Autonomous, 1 => model_check::bounds::Modes::Supervised, 2 => model_check::bounds::Modes::Both, _ => base.modes },
        ..base
    };
    let machine = Arc::new(IncidentMachine::load());
    let model = IncidentModel::new(machine.clone(), bounds);
    let began = Instant::now();
    let checker = model.checker().threads(1).timeout(std::time::Duration::from_secs(n("SECS", 60).into())).spawn_bfs().join();
    eprintln!("{} states {} transitions {:?} depth {} size {}", checker.unique_state_count(), checker.state_count(), began.elapsed(), checker.max_depth(), std::mem::size_of::<model_check::world::World>());
    for p in checker.model().properties() {
        let path = checker.discovery(p.name).map(|path| path.into_actions().iter().map(|a| format!("{:?}", a.event)).collect::<Vec<_>>());
        match (p.expectation, path) {
            (Expectation::Sometimes, None) => eprintln!("unreached {}", p.name),
            (Expectation::Sometimes, Some(_)) | (_, None) => {}
            (_, Some(path)) => eprintln!("BROKEN {}\n  {}", p.name, path.join("\n  ")),
        }
    }
    eprintln!("unfollowed {:?}", machine.edges().difference(&machine.followed_edges()).collect::<Vec<_>>());
}
