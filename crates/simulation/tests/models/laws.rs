//! The laws: whatever a model says, nothing acts and nothing is asked for that would not be without it, and what people read
//! first is in words of ours.

use std::{collections::BTreeMap, sync::Arc};

use diagnose::AskModel;
use fakes::FakeModel;
use investigator::{Bundles, bundle::Shares};
use simulation::{ModeOutcome, Outcome, Report, Score, Simulation};

use crate::{
    case::{Script, for_each_scenario, line, model},
    claims, service, words,
};

/// The shipped bundle with one line of inquiry in place of five: the scripts answer all of them alike, and the weighing is
/// what decides.
fn with_one_line() -> Simulation {
    let incident = sample_incident();
    let mut bundle = Bundles::shipped().unwrap().choose(incident).unwrap().clone();
    bundle.lines.truncate(1);
    let shares = Shares::parse(&format!("[shares]\n{} = 100\n", bundle.id)).unwrap();
    Simulation::shipped().unwrap().with_bundles(Bundles::new(shares, vec![bundle]).unwrap())
}

fn sample_incident() -> common::IncidentId {
    common::Incident::opened_by(fakes::sample::alarm_signal("event-1", "any"), 1).id
}

/// Each script, and with how many incidents in turn it meets one: claims meet every second, words and services every fourth,
/// as these do not depend on what the incident is. Each incident meets each kind.
fn scripts() -> Vec<(Arc<Script>, usize)> {
    let others = words::scripts().into_iter().chain(service::scripts());
    let all = claims::scripts().into_iter().map(|one| (one, 2)).chain(others.map(|one| (one, 4)));
    all.map(|(script, every)| (Arc::new(script), every)).collect()
}

/// The rank of an outcome: nothing is done, a person is asked, an action runs.
fn weight(outcome: &ModeOutcome) -> u8 {
    match outcome.outcome {
        Outcome::Act => 2,
        Outcome::Ask => 1,
        Outcome::Escalate | Outcome::Recovered | Outcome::Ignored => 0,
    }
}

/// Lists the faults of the report beside the one without a model.
fn broken(with: &Report, without: &Report) -> Vec<&'static str> {
    let more = |with: &ModeOutcome, without: &ModeOutcome| weight(with) > weight(without);
    let proposes = with.autonomous.outcome.proposes() || with.supervised.outcome.proposes();
    let first = with.cause.as_ref().map(|cause| cause.sentence.as_str()).unwrap_or_default();
    let found = [
        (more(&with.autonomous, &without.autonomous), "does more in autonomous mode"),
        (more(&with.supervised, &without.supervised), "does more in supervised mode"),
        (proposes && with.proposal != without.proposal, "proposes something else"),
        (first.contains(words::MARK), "the model's words are what people read first"),
    ];
    found.into_iter().filter(|(is, _)| *is).map(|(_, what)| what).collect()
}

#[test]
fn models_whatever_they_say_let_nothing_act_or_be_asked_for_that_would_not_be_without_them() {
    let scripts = scripts();
    assert!(scripts.len() >= 60, "{} scripts", scripts.len());
    let results = for_each_scenario(&with_one_line(), async |simulation, looked, case| {
        let case = Arc::new(case.clone());
        let without = simulation.conclude(looked, FakeModel::default(), AskModel::Never).await.unwrap();
        let mut asked = Vec::new();
        let mut wrong = Vec::new();
        let (mut forbidden, mut told_healthy) = (0u32, 0u32);
        let met = scripts.iter().enumerate().filter(|(at, (_, every))| (at + case.number) % every == 0);
        for (script, _) in met.map(|(_, script)| script) {
            let model = model(script, &case);
            let with = simulation.conclude(looked, model.clone(), AskModel::Always).await.unwrap();
            asked.push((script.name, model.asked().len()));
            wrong.extend(
                broken(&with, &without)
                    .iter()
                    .map(|what| format!("{}: {what}: {}", script.name, line(&with))),
            );
            let score = Score::new(&with, &case.truth);
            forbidden += u32::from(score.forbidden_would_run || score.forbidden_is_asked_for);
            let says_more = with.cause.is_some() && without.cause.is_none();
            told_healthy += u32::from(case.truth.root_cause.is_none() && says_more);
        }
        (asked, wrong, forbidden, told_healthy)
    });
    let mut asked: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut wrong, mut forbidden, mut told_healthy) = (Vec::new(), 0, 0);
    for (_, (of_each, broken, more_forbidden, more_told)) in &results {
        for (name, requests) in of_each {
            *asked.entry(name).or_default() += usize::from(*requests > 0);
        }
        wrong.extend(broken);
        forbidden += more_forbidden;
        told_healthy += more_told;
    }
    println!(
        "{} scripts over {} scenarios: {} incidents; forbidden run or asked for in {forbidden}; a cause told where nothing \
         is wrong and none was told before in {told_healthy}",
        scripts.len(),
        results.len(),
        results.iter().map(|(_, (asked, ..))| asked.len()).sum::<usize>()
    );
    assert!(wrong.is_empty(), "{} broken: {:#?}", wrong.len(), wrong.iter().take(20).collect::<Vec<_>>());
    // A script that nobody asks proves nothing.
    assert_eq!(asked.len(), scripts.len(), "two scripts have one name");
    let unasked: Vec<_> = asked.iter().filter(|(_, incidents)| **incidents < 10).collect();
    assert!(unasked.is_empty(), "hardly asked: {unasked:?}");
}
