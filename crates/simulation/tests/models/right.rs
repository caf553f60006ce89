//! A model that is right: where Nightshift is in doubt and wrong, its cause is told.

use std::sync::Arc;

use common::{Arn, Evidence, Observed};
use diagnose::AskModel;
use fakes::FakeModel;
use serde_json::Value;
use simulation::{Report, RootCause, Score, Simulation};

use crate::{
    case::{Case, Script, Shown, claims, for_each_scenario, hypothesis, model, weighing},
    claims::abstaining,
};

/// The least share of what is told wrong without a model, and could be named, that is told right with a right one, in
/// percent.
const LEAST_TOLD_RIGHT_PERCENT: u32 = 50;

fn right() -> Script {
    weighing("right", |case, shown| match &case.truth.root_cause {
        Some(truth) => told(case, truth, shown),
        None => abstaining("Nothing is wrong."),
    })
}

/// The truth, in whichever of its components can be named, citing what is about it and what shows a fault.
fn told(case: &Case, truth: &RootCause, shown: &Shown) -> Value {
    let supports = shown.cite(telling(case, &truth.component));
    let named: Vec<Value> = std::iter::once(&truth.component)
        .chain(&truth.also_acceptable_components)
        .map(|component| {
            let action = case.truth.acceptable_actions.iter().find(|one| one.target == *component);
            let action = action.map(|one| one.action.as_str());
            hypothesis(component, truth.failure_mode.as_str(), action, "It is this.", &supports)
        })
        .take(3)
        .collect();
    claims(&named)
}

/// The evidence about the component first, then what shows that something is wrong at all.
fn telling<'a>(case: &'a Case, component: &Arn) -> Vec<&'a Evidence> {
    let is_it = |arn: Option<&Arn>| arn.is_some_and(|arn| arn.component() == component.component());
    let about = |one: &&Evidence| match &one.observed {
        Observed::Metrics { series, .. } => series.iter().any(|one| is_it(one.resource.as_ref())),
        Observed::Logs { function, .. } => is_it(Some(function)),
        Observed::Notes { notes, .. } => notes.iter().any(|note| is_it(note.resource.as_ref())),
        Observed::Engine { findings } => findings.suspects.iter().any(|one| is_it(one.resource.as_ref())),
        Observed::Application { .. } => false,
        other => other.subjects().iter().any(|arn| is_it(Some(arn))),
    };
    let shows = |one: &&Evidence| {
        matches!(one.observed, Observed::Metrics { .. } | Observed::Logs { .. } | Observed::Engine { .. })
    };
    let (first, rest): (Vec<&Evidence>, Vec<&Evidence>) = case.evidence.iter().partition(about);
    first.into_iter().chain(rest.into_iter().filter(shows)).collect()
}

fn is_told_right(report: &Report, case: &Case) -> bool {
    let score = Score::new(report, &case.truth);
    score.component_is_right && score.failure_mode_is_right
}

#[test]
fn right_model_in_doubt_has_its_cause_told_and_does_nothing_else() {
    let script = Arc::new(right());
    let results = for_each_scenario(&Simulation::shipped().unwrap(), async |simulation, looked, case| {
        let case = Arc::new(case.clone());
        let without = simulation.conclude(looked, FakeModel::default(), AskModel::Never).await.unwrap();
        let model = model(&script, &case);
        let with = simulation.conclude(looked, model.clone(), AskModel::InDoubt).await.unwrap();
        let requests = model.asked();
        // What nothing shows cannot be named.
        let names = case.truth.root_cause.iter().flat_map(|truth| {
            std::iter::once(&truth.component)
                .chain(&truth.also_acceptable_components)
                .map(common::Arn::component)
        });
        let listed = requests.first().map(|request| format!("{:?}", request.turns)).unwrap_or_default();
        let nameable =
            names.into_iter().any(|arn| listed.contains(&format!("{} {}", arn.service(), arn.resource())));
        let wrong = case.truth.root_cause.is_some() && !is_told_right(&without, &case);
        (wrong, !requests.is_empty(), nameable, is_told_right(&with, &case), is_told_right(&without, &case))
    });
    let (mut all, mut asked, mut nameable, mut right) = (0u32, 0u32, 0u32, 0u32);
    for (name, (wrong, was_asked, can_be_named, told_right, right_before)) in &results {
        assert!(
            *told_right || !right_before,
            "{name} was told right without the model that is right, and now is not"
        );
        if *wrong {
            println!("{name}: asked {was_asked}, can be named {can_be_named}, told right {told_right}");
            all += 1;
            asked += u32::from(*was_asked);
            nameable += u32::from(*was_asked && *can_be_named);
            right += u32::from(*told_right);
        }
    }
    println!(
        "told right with a right model: {right} of {all} that are wrong without one (asked in {asked}, can be named in {nameable})"
    );
    assert!(right * 100 >= nameable * LEAST_TOLD_RIGHT_PERCENT, "{right} of {nameable}");
}
