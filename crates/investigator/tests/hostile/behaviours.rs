//! The table of hostile behaviours: each is played, ends within the bounds, and is counted under its name.

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
    harness::script::{Case, Ends},
};

fn cases() -> Vec<Case> {
    let all = [
        form::cases(),
        names::cases(),
        words::cases(),
        tools::cases(),
        turns::cases(),
        service::cases(),
        money::cases(),
    ];
    all.into_iter().flatten().collect()
}

#[tokio::test(start_paused = true)]
async fn hostile_every_behaviour_ends_within_bounds_and_is_named() {
    let cases = cases();
    assert!(cases.len() >= 60, "{} behaviours", cases.len());
    let mut wrong = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let played = case.stage.play(&case.script).await;
        let named = format!("{} {}", number + 1, case.name);
        if let Err(broken) = check(&case.stage, &played) {
            wrong.push(format!("{named}: {broken}"));
        }
        let model_use = &played.opinion.model_use;
        for problem in case.problems {
            if !model_use.problems.contains_key(problem.as_str()) {
                wrong.push(format!("{named}: {} is not among {:?}", problem.as_str(), model_use.problems));
            }
        }
        if case.problems.is_empty() && !model_use.problems.is_empty() {
            wrong.push(format!("{named}: nothing is wrong with it, and yet {:?}", model_use.problems));
        }
        let ends = match &model_use.verdict {
            ModelVerdict::Hypotheses => Ends::Hypotheses,
            ModelVerdict::Abstained { .. } => Ends::Abstained,
            ModelVerdict::Unusable { .. } => Ends::Unusable,
        };
        if ends != case.ends {
            wrong.push(format!("{named}: ends as {:?} with {:?}", model_use.verdict, model_use.problems));
        }
    }
    assert!(wrong.is_empty(), "{} behaviours:\n{}", cases.len(), wrong.join("\n"));
}
