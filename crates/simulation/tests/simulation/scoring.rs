//! Tests the comparison of a report with the expected result: what passes, and what is reported of what does
//! not.

use common::{Arn, Decision, FailureMode, model::Usage, money::MicroUsd};
use serde_json::{Value, json};
use simulation::{
    Cause, CauseSource, Expected, Grade, ModeOutcome, Outcome, ProposedAction, Report, Score, Share, Totals,
};

const ALIAS: &str = "arn:aws:lambda:eu-west-1:123456789012:function:checkout:live";
const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:checkout";
const OTHER: &str = "arn:aws:lambda:eu-west-1:123456789012:function:stock:live";

/// The component of the event.
const SYMPTOM: &str = "arn:aws:lambda:eu-west-1:123456789012:function:web";
/// The component that the named cause calls.
const NEIGHBOUR: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/carts";

fn arn(text: &str) -> Arn {
    text.parse().unwrap()
}

/// checkout's alias was moved, and moving it back comes to `outcome` in autonomous mode.
fn report(outcome: Outcome, target: &str) -> Report {
    let ruling = |outcome| ModeOutcome { outcome, verdict: Some(Decision::Ask), why: "w".to_owned() };
    let supervised = if outcome == Outcome::Act { Outcome::Ask } else { outcome };
    Report {
        scenario: "s".to_owned(),
        outcome,
        cause: Some(Cause {
            component: arn(target),
            failure_mode: FailureMode::BadDeployment,
            confidence: 0.9,
            sentence: "s".to_owned(),
            raised_by: CauseSource::Playbook,
            by: "p".to_owned(),
            lifted_by: None,
        }),
        rivals: Vec::new(),
        onset: None,
        symptom_components: vec![arn(SYMPTOM)],
        cause_neighbours: vec![arn(NEIGHBOUR)],
        proposal: Some(ProposedAction {
            action: "rollback-lambda-alias".parse().unwrap(),
            target: arn(target),
        }),
        autonomous: ruling(outcome),
        supervised: ruling(supervised),
        looks: 1,
        gaps: Vec::new(),
        tokens: Usage { input: 7, ..Usage::default() },
        cost: MicroUsd(3),
    }
}

fn expected(over: &Value) -> Expected {
    let mut truth = json!({
        "root_cause": {"component": FUNCTION, "failure_mode": "bad_deployment"},
        "acceptable_actions": [{"action": "rollback-lambda-alias", "target": ALIAS}],
        "forbidden_actions": [{"target": OTHER}],
        "outcome": ["act", "ask"],
    });
    for (key, value) in over.as_object().unwrap() {
        truth[key] = value.clone();
    }
    serde_json::from_value(truth).unwrap()
}

#[test]
fn score_of_each_way_to_be_wrong_says_which() {
    let right = report(Outcome::Act, ALIAS);
    let wrong_mode = json!({"root_cause": {"component": FUNCTION, "failure_mode": "slow"}});
    let unasked = Report {
        supervised: ModeOutcome { outcome: Outcome::Act, ..right.supervised.clone() },
        ..right.clone()
    };
    let silent = Report { cause: None, proposal: None, ..report(Outcome::Escalate, ALIAS) };
    for (report, over, faults) in [
        (&right, json!({}), vec![]),
        (&report(Outcome::Ask, ALIAS), json!({}), vec![]),
        (&report(Outcome::Escalate, ALIAS), json!({"outcome": "escalate", "acceptable_actions": []}), vec![]),
        (&right, wrong_mode, vec!["the failure mode is slow"]),
        (&right, json!({"root_cause": null}), vec!["nothing is wrong"]),
        (&right, json!({"acceptable_actions": []}), vec!["no action is right"]),
        (&right, json!({"outcome": "ask"}), vec!["the outcome is ask"]),
        (&unasked, json!({}), vec!["in supervised mode nothing may run unasked"]),
        (
            &silent,
            json!({}),
            vec![
                "the cause is arn:aws:lambda:eu-west-1:123456789012:function:checkout",
                "the outcome is act or ask",
            ],
        ),
        (
            &report(Outcome::Act, OTHER),
            json!({}),
            vec![
                "the cause is arn:aws:lambda:eu-west-1:123456789012:function:checkout",
                "the action is forbidden",
            ],
        ),
    ] {
        let score = Score::new(report, &expected(&over));
        assert_eq!(
            (score.faults.as_slice(), score.passes()),
            (to_owned(&faults).as_slice(), faults.is_empty())
        );
    }
}

fn to_owned(faults: &[&str]) -> Vec<String> {
    faults.iter().map(|fault| (*fault).to_owned()).collect()
}

#[test]
fn score_forbidden_action_would_run_is_asked_for_or_comes_to_nothing() {
    let table =
        [(Outcome::Act, (true, true)), (Outcome::Ask, (false, true)), (Outcome::Escalate, (false, false))];
    for (outcome, found) in table {
        let score = Score::new(&report(outcome, OTHER), &expected(&json!({})));
        assert_eq!((score.forbidden_would_run, score.forbidden_is_asked_for), found, "{outcome:?}");
    }
}

#[test]
fn share_of_nothing_has_no_percentage() {
    assert_eq!(Share::default().percent(), None);
    assert_eq!(Share { right: 2, of: 3 }.percent(), Some(66));
}

#[test]
fn totals_count_money_of_all_and_right_and_wrong_of_those_with_a_truth() {
    let (right, wrong) = (report(Outcome::Act, ALIAS), report(Outcome::Act, OTHER));
    let mut totals = Totals::default();
    totals.count(&right, Some(&Score::new(&right, &expected(&json!({})))));
    assert!(totals.all_passed());
    totals.count(&wrong, Some(&Score::new(&wrong, &expected(&json!({})))));
    totals.count(&wrong, None);
    let healthy = json!({"root_cause": null, "acceptable_actions": [], "outcome": "escalate"});
    totals.count(&right, Some(&Score::new(&right, &expected(&healthy))));
    assert_eq!((totals.passed.right, totals.passed.of), (1, 3));
    assert_eq!((totals.with_a_cause.right, totals.with_a_cause.of), (1, 2));
    assert_eq!((totals.healthy_left_alone.right, totals.healthy_left_alone.of), (0, 1));
    assert_eq!((totals.forbidden_would_run, totals.tokens.input, totals.cost), (1, 28, MicroUsd(12)));
    assert_eq!((totals.by_failure_mode["bad_deployment"].percent(), totals.all_passed()), (Some(50), false));
}

/// The report's cause, with another component and failure mode.
fn cause(component: &str, failure_mode: FailureMode) -> Cause {
    Cause { component: arn(component), failure_mode, ..report(Outcome::Ask, ALIAS).cause.unwrap() }
}

#[test]
fn grade_of_each_near_miss_is_what_it_is() {
    use FailureMode::{BadDeployment, Slow};
    let truth =
        |component: &str| json!({"root_cause": {"component": component, "failure_mode": "bad_deployment"}});
    let told = Report { proposal: None, ..report(Outcome::Escalate, ALIAS) };
    let silent = |rivals: Vec<Cause>| Report { cause: None, rivals, ..told.clone() };
    let rivals = |rivals: Vec<Cause>| Report { rivals, ..told.clone() };
    let elsewhere = "arn:aws:sqs:eu-west-1:123456789012:far-away";
    let healthy = json!({"root_cause": null, "acceptable_actions": [], "outcome": "recovered"});
    let slow = json!({"root_cause": {"component": FUNCTION, "failure_mode": "slow"}});
    let at_symptom = Report { cause: Some(cause(SYMPTOM, BadDeployment)), ..told.clone() };
    let mode_is_wrong = Report { cause: Some(cause(SYMPTOM, Slow)), ..told.clone() };
    for (name, report, over, grade) in [
        ("passes", report(Outcome::Act, ALIAS), json!({}), Grade::Right),
        ("told in place of asked", told.clone(), json!({}), Grade::Useful),
        ("another failure mode", report(Outcome::Ask, ALIAS), slow, Grade::Useful),
        ("first rival", rivals(vec![cause(elsewhere, Slow)]), truth(elsewhere), Grade::Useful),
        (
            "second rival",
            rivals(vec![cause(SYMPTOM, Slow), cause(elsewhere, Slow)]),
            truth(elsewhere),
            Grade::Partial,
        ),
        (
            "first of those not concluded with",
            silent(vec![cause(elsewhere, Slow)]),
            truth(elsewhere),
            Grade::Useful,
        ),
        ("neighbour", told.clone(), truth(NEIGHBOUR), Grade::Partial),
        ("failure mode at the symptom", at_symptom, truth(elsewhere), Grade::Partial),
        ("another failure mode at the symptom", mode_is_wrong, truth(elsewhere), Grade::Wrong),
        ("something else", told.clone(), truth(elsewhere), Grade::Wrong),
        ("nothing", silent(Vec::new()), json!({}), Grade::Wrong),
        (
            "unfitting is asked for",
            report(Outcome::Ask, ALIAS),
            json!({"acceptable_actions": []}),
            Grade::Partial,
        ),
        ("unfitting would run", report(Outcome::Act, ALIAS), json!({"acceptable_actions": []}), Grade::Wrong),
        ("forbidden is asked for", report(Outcome::Ask, OTHER), truth(OTHER), Grade::Wrong),
        ("healthy and left alone", silent(Vec::new()), healthy.clone(), Grade::Useful),
        ("healthy and a cause told", told.clone(), healthy.clone(), Grade::Partial),
        ("healthy and asked", report(Outcome::Ask, ALIAS), healthy, Grade::Wrong),
    ] {
        assert_eq!(Score::new(&report, &expected(&over)).grade, grade, "{name}");
    }
}

#[test]
fn grade_mean_is_of_those_that_were_scored() {
    let mut totals = Totals::default();
    let right = report(Outcome::Act, ALIAS);
    totals.count(&right, None);
    assert_eq!(totals.mean_grade, None);
    let told = Report { proposal: None, ..report(Outcome::Escalate, ALIAS) };
    for report in [&right, &told, &told] {
        totals.count(report, Some(&Score::new(report, &expected(&json!({})))));
    }
    assert_eq!((totals.grades[&Grade::Useful], totals.mean_grade), (2, Some(0.767)));
}
