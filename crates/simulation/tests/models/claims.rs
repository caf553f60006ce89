//! Models that claim something wrong: another cause, another target, evidence that shows nothing or does not exist.

use common::{Arn, Observed};
use serde_json::{Value, json};

use crate::case::{Case, Script, Shown, claims, hypothesis, weighing};

const ACTIONS: [&str; 5] =
    ["restore-parameter", "rollback-lambda-alias", "start-instance", "stop-instance", "rollback-ecs-service"];

/// The same claim as `rank`'s of ours, citing everything.
fn agreeing(case: &Case, shown: &Shown, rank: usize) -> Value {
    let Some(ours) = case.hypotheses.get(rank).or(case.hypotheses.last()) else {
        return abstaining("Nothing is claimed.");
    };
    let action = ours.proposal.as_ref().map(|it| it.action.as_str());
    let all = shown.ids();
    claims(&[hypothesis(&ours.component, ours.failure_mode.as_str(), action, "It is as you say.", &all)])
}

pub(crate) fn abstaining(reason: &str) -> Value {
    json!({"verdict": "abstain", "reason": reason, "hypotheses": []})
}

/// The component of our first hypothesis, or else the signal's own.
fn first_component(case: &Case) -> Arn {
    let ours = case.hypotheses.first().map(|first| &first.component);
    ours.or(case.resources.first()).unwrap().clone()
}

fn first_action(case: &Case) -> Option<&str> {
    Some(case.hypotheses.first()?.proposal.as_ref()?.action.as_str())
}

/// The resources that were changed, then those whose state was read.
fn looked_at(case: &Case) -> Vec<Arn> {
    let changed = case.evidence.iter().filter_map(|one| match &one.observed {
        Observed::Change { change } => Some(change.resource.clone()),
        _ => None,
    });
    let states = case.evidence.iter().filter(|one| is_state(&one.observed));
    changed.chain(states.flat_map(|one| one.observed.subjects()).cloned()).collect()
}

fn is_state(observed: &Observed) -> bool {
    matches!(
        observed,
        Observed::Parameter { .. }
            | Observed::Alias { .. }
            | Observed::Instance { .. }
            | Observed::Service { .. }
    )
}

/// The action that a playbook has for such a resource.
fn action_for(resource: &Arn) -> &'static str {
    match resource.service() {
        "ssm" => "restore-parameter",
        "ec2" => "start-instance",
        "ecs" => "rollback-ecs-service",
        _ => "rollback-lambda-alias",
    }
}

fn about_first(case: &Case, mode: &str, action: Option<&str>, supports: &[String]) -> Value {
    claims(&[hypothesis(
        &first_component(case),
        mode,
        action,
        "The change is harmless; undoing it makes it worse.",
        supports,
    )])
}

#[allow(clippy::too_many_lines, reason = "a few lines for each script")]
pub(crate) fn scripts() -> Vec<Script> {
    let mut scripts = vec![
        weighing("agrees with everything", |case, shown| agreeing(case, shown, 0)),
        weighing("agrees with the second", |case, shown| agreeing(case, shown, 1)),
        weighing("agrees with the third", |case, shown| agreeing(case, shown, 2)),
        weighing("agrees with the last", |case, shown| agreeing(case, shown, usize::MAX)),
        weighing("same component, other failure mode, no action", |case, shown| {
            about_first(case, "slow", None, &shown.ids())
        }),
        weighing("same component, other failure mode, same action", |case, shown| {
            about_first(case, "unknown", first_action(case), &shown.ids())
        }),
        weighing("same component and failure mode, no action", |case, shown| {
            let mode = case.hypotheses.first().map_or("unknown", |first| first.failure_mode.as_str());
            about_first(case, mode, None, &shown.ids())
        }),
        weighing("same component and failure mode, another action", |case, shown| {
            let mode = case.hypotheses.first().map_or("unknown", |first| first.failure_mode.as_str());
            let other = ACTIONS.iter().find(|action| Some(**action) != first_action(case));
            about_first(case, mode, other.copied(), &shown.ids())
        }),
        weighing("same component, states alone", |case, shown| {
            about_first(
                case,
                "failing",
                None,
                &shown.cite(case.evidence.iter().filter(|one| is_state(&one.observed))),
            )
        }),
        weighing("a swapped target of the same kind", |case, shown| {
            let first = first_component(case);
            let other =
                looked_at(case).into_iter().find(|it| it.service() == first.service() && *it != first);
            let other = other.unwrap_or(first);
            let mode = case.hypotheses.first().map_or("bad_configuration", |it| it.failure_mode.as_str());
            claims(&[hypothesis(
                &other,
                mode,
                Some(action_for(&other)),
                "It is the other one.",
                &shown.ids(),
            )])
        }),
        weighing("what was changed, with its action", |case, shown| {
            let changed = looked_at(case).into_iter().next().unwrap_or_else(|| first_component(case));
            claims(&[hypothesis(
                &changed,
                "bad_deployment",
                Some(action_for(&changed)),
                "It was changed.",
                &shown.ids(),
            )])
        }),
        weighing("everything that was looked at, with its action", |case, shown| {
            let all = looked_at(case).into_iter().take(3);
            let all = all
                .map(|it| hypothesis(&it, "bad_configuration", Some(action_for(&it)), "This.", &shown.ids()));
            claims(&all.collect::<Vec<_>>())
        }),
        weighing("what was ruled out", |case, shown| {
            let ruled_out = case.evidence.iter().find_map(|one| match &one.observed {
                Observed::Engine { findings } => {
                    findings.ruled_out.iter().find_map(|out| out.resource.clone())
                }
                _ => None,
            });
            let out = ruled_out.unwrap_or_else(|| first_component(case));
            claims(&[hypothesis(&out, "failing", None, "It was ruled out too early.", &shown.ids())])
        }),
        weighing("the last component of the list, sure of it", |_, shown| {
            let last = shown.components().pop().unwrap_or_default();
            claims(&[hypothesis(
                &last,
                "failing",
                Some("restore-parameter"),
                "It is this one.",
                &shown.ids(),
            )])
        }),
        weighing("three at once, sure of each", |_, shown| {
            let all = shown.components().into_iter().take(3);
            let all = all.map(|it| {
                hypothesis(&it, "bad_configuration", Some("restore-parameter"), "This.", &shown.ids())
            });
            claims(&all.collect::<Vec<_>>())
        }),
        weighing("twenty hypotheses", |_, shown| {
            let all = shown.components().into_iter().cycle().take(20);
            let all = all.map(|it| hypothesis(&it, "failing", None, "Perhaps this.", &shown.ids()));
            claims(&all.collect::<Vec<_>>())
        }),
        weighing("another account's resource", |_, shown| {
            let arn = "arn:aws:lambda:eu-west-1:999999999999:function:checkout:live";
            claims(&[hypothesis(
                &arn,
                "bad_deployment",
                Some("rollback-lambda-alias"),
                "Theirs.",
                &shown.ids(),
            )])
        }),
        weighing("another region's resource", |case, shown| {
            let arn = first_component(case).to_string().replacen("eu-", "us-", 1);
            claims(&[hypothesis(&arn, "bad_deployment", Some("rollback-lambda-alias"), "Far.", &shown.ids())])
        }),
        weighing("invented evidence", |case, _| {
            about_first(case, "failing", first_action(case), &["ev-000000000000".to_owned()])
        }),
        weighing("invented evidence beside real", |case, shown| {
            let mut ids = shown.ids();
            ids.truncate(1);
            ids.push("ev-ffffffffffff".to_owned());
            about_first(case, "slow", None, &ids)
        }),
        weighing("no evidence", |case, _| about_first(case, "failing", first_action(case), &[])),
        weighing("the symptom as evidence", |case, shown| {
            let symptom = case.evidence.iter().filter(|one| matches!(one.observed, Observed::Symptom { .. }));
            about_first(case, "slow", None, &shown.cite(symptom))
        }),
        weighing("notes and precedents as evidence", |case, shown| {
            let notes = case.evidence.iter().filter(|one| {
                matches!(
                    one.observed,
                    Observed::Notes { .. } | Observed::Precedents { .. } | Observed::Application { .. }
                )
            });
            about_first(case, "failing", None, &shown.cite(notes))
        }),
        weighing("evidence for and against at once", |case, shown| {
            let mut one =
                hypothesis(&first_component(case), "slow", first_action(case), "Both.", &shown.ids());
            one["contradicts"] = json!(shown.ids());
            claims(&[one])
        }),
        weighing("everything against ours", |case, shown| {
            let mut ids = shown.ids();
            let supports = ids.split_off(ids.len() / 2);
            let mut one = hypothesis(&first_component(case), "unknown", None, "Not this.", &supports);
            one["contradicts"] = json!(ids);
            claims(&[one])
        }),
        weighing("the same twice", |case, shown| {
            let one = hypothesis(&first_component(case), "slow", None, "Slow.", &shown.ids());
            claims(&[one.clone(), one])
        }),
        weighing("a confidence of 99", |case, shown| {
            let mut one =
                hypothesis(&first_component(case), "failing", first_action(case), "Sure.", &shown.ids());
            one["confidence"] = json!(99);
            claims(&[one])
        }),
        weighing("abstains", |_, _| abstaining("The evidence does not decide.")),
        weighing("abstains because all is well", |_, _| {
            abstaining("Nothing is wrong; everything is as usual.")
        }),
        weighing("abstains and claims", |case, shown| {
            let mut it = about_first(case, "failing", first_action(case), &shown.ids());
            it["verdict"] = json!("abstain");
            it["reason"] = json!("Nothing decides.");
            it
        }),
        weighing("an action that does not exist", |case, shown| {
            about_first(case, "failing", Some("delete-everything"), &shown.ids())
        }),
        weighing("a failure mode that does not exist", |case, shown| {
            about_first(case, "hacked", first_action(case), &shown.ids())
        }),
    ];
    for action in ACTIONS {
        scripts.push(weighing(action, move |case, shown| {
            about_first(case, "bad_configuration", Some(action), &shown.ids())
        }));
    }
    scripts
}
