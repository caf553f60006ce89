//! The laws of diagnosis, held to every recorded incident: `tests/scenarios`, and the folders that
//! `NIGHTSHIFT_SCENARIOS` names, separated by colons. No law knows a scenario.
//!
//! A law that has more variants than can be run in a minute takes every so manieth, always the same ones;
//! `NIGHTSHIFT_LAWS=all` runs them all.
#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod bystanders;
mod cause_earlier;
mod less_to_see;
mod remedies;
mod symmetry;

use std::{path::PathBuf, sync::OnceLock};

use simulation::{Expected, Recording, Report, Simulation, folders};

/// A recorded incident, and its result as it was recorded.
struct Incident {
    folder: PathBuf,
    recording: Recording,
    expected: Option<Expected>,
    report: Report,
}

fn simulation() -> &'static Simulation {
    static SIMULATION: OnceLock<Simulation> = OnceLock::new();
    SIMULATION.get_or_init(|| Simulation::shipped().unwrap())
}

/// Every incident, without a model.
fn incidents() -> &'static [Incident] {
    static INCIDENTS: OnceLock<Vec<Incident>> = OnceLock::new();
    INCIDENTS.get_or_init(|| {
        let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let others = std::env::var("NIGHTSHIFT_SCENARIOS").unwrap_or_default();
        let others = others.split(':').filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let folders: Vec<PathBuf> =
            std::iter::once(own).chain(others).flat_map(|dir| folders(&dir).unwrap()).collect();
        let read = |folder: &PathBuf| Recording::read(folder).unwrap().without_model();
        let reports = simulation().run_all(&folders, read).unwrap();
        let with_report = folders.into_iter().zip(reports);
        with_report
            .map(|(folder, report)| Incident {
                recording: read(&folder),
                expected: Expected::read(&folder).unwrap(),
                folder,
                report,
            })
            .collect()
    })
}

/// At most `most` of `all`, spread evenly over them; all where `NIGHTSHIFT_LAWS` asks for it.
fn sample<T>(all: Vec<T>, most: usize) -> Vec<T> {
    if std::env::var("NIGHTSHIFT_LAWS").is_ok_and(|laws| laws == "all") {
        return all;
    }
    let step = all.len().div_ceil(most).max(1);
    // A step that shares no factor with the regular order of the variants takes some of each kind.
    let step = if step.is_multiple_of(2) { step + 1 } else { step };
    all.into_iter().step_by(step).collect()
}

/// Fails with every violation, a line each.
fn assert_holds(law: &str, held: usize, violations: &[String]) {
    assert!(held > 0, "{law}: nothing was run");
    println!("{law}: {} of {held} variants break it", violations.len());
    assert!(
        violations.is_empty(),
        "{law}: broken by {} of {held} variants\n{}",
        violations.len(),
        violations.join("\n")
    );
}

/// `act restore-parameter on /shop/limit; cause /shop/limit bad_configuration 0.89`
fn in_short(report: &Report) -> String {
    let action = report.proposed().map(|it| format!(" {} on {}", it.action, it.target.name()));
    let cause = report.first_place().map_or_else(
        || "no cause".to_owned(),
        |first| {
            let (name, mode) = (first.component.name(), first.failure_mode.as_str());
            format!("cause {name} {mode} {}", first.confidence)
        },
    );
    format!("{}{}; {cause}", report.boldest().as_str(), action.unwrap_or_default())
}
