//! Runs the table of hostile behaviours: each is played, ends within the bounds, and is counted under its
//! name.

mod form;
mod money;
mod names;
mod service;
mod tools;
mod turns;
mod words;

use common::reasoning::ModelVerdict;

use crate::{
    harness::checks::check,
    harness::script::{ExpectedEnding, HostileBehaviour},
};

fn behaviours() -> Vec<HostileBehaviour> {
    let all = [
        form::behaviours(),
        names::behaviours(),
        words::behaviours(),
        tools::behaviours(),
        turns::behaviours(),
        service::behaviours(),
        money::behaviours(),
    ];
    all.into_iter().flatten().collect()
}

#[tokio::test(start_paused = true)]
async fn hostile_every_behaviour_ends_within_bounds_and_is_named() {
    let behaviours = behaviours();
    assert!(behaviours.len() >= 60, "{} behaviours", behaviours.len());
    let mut wrong = Vec::new();
    for (number, behaviour) in behaviours.iter().enumerate() {
        let played = behaviour.stage.play(&behaviour.script).await;
        let named = format!("{} {}", number + 1, behaviour.name);
        if let Err(broken) = check(&behaviour.stage, &played) {
            wrong.push(format!("{named}: {broken}"));
        }
        let model_use = &played.opinion.model_use;
        for problem in behaviour.problems {
            if !model_use.problems.contains_key(problem.as_str()) {
                wrong.push(format!("{named}: {} is not among {:?}", problem.as_str(), model_use.problems));
            }
        }
        if behaviour.problems.is_empty() && !model_use.problems.is_empty() {
            wrong.push(format!("{named}: nothing is wrong with it, and yet {:?}", model_use.problems));
        }
        let ends = match &model_use.verdict {
            ModelVerdict::Hypotheses => ExpectedEnding::Hypotheses,
            ModelVerdict::Abstained { .. } => ExpectedEnding::Abstained,
            ModelVerdict::Unusable { .. } => ExpectedEnding::Unusable,
        };
        if ends != behaviour.ends {
            wrong.push(format!("{named}: ends as {:?} with {:?}", model_use.verdict, model_use.problems));
        }
    }
    assert!(wrong.is_empty(), "{} behaviours:\n{}", behaviours.len(), wrong.join("\n"));
}
