//! The state machines as they stand: complete, strict, and in one language with the crates.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "also in what the tests share"
)]

use std::collections::{BTreeMap, BTreeSet};

use nightshift_tests::{
    asl::{self, Machine, State},
    header, jsonata,
    repository::{self, FUNCTIONS},
    template::{Template, fields},
};
use serde_json::Value;

const MACHINES: [&str; 2] = ["intake", "incident"];

/// Errors that AWS raises by these names.
const AWS_ERRORS: [&str; 16] = [
    "Lambda.AWSLambdaException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "SQS.AmazonSQSException",
    "SQS.SdkClientException",
    "Sandbox.Timedout",
    "Runtime.ExitError",
    "States.ALL",
    "States.Timeout",
    "StepFunctions.AWSStepFunctionsException",
    "StepFunctions.ExecutionAlreadyExistsException",
    "StepFunctions.ExecutionLimitExceededException",
    "StepFunctions.SdkClientException",
];

fn machines() -> Vec<(&'static str, Machine)> {
    MACHINES.iter().map(|name| (*name, Machine::load(name, &BTreeMap::new()).unwrap())).collect()
}

#[test]
fn next_states_exist() {
    for (name, machine) in machines() {
        assert!(machine.states.contains_key(&machine.start_at), "{name}: {}", machine.start_at);
        for (from, state) in &machine.states {
            for to in state.nexts() {
                assert!(machine.states.contains_key(to), "{name}: {from} leads to {to}, which is not there");
            }
        }
    }
}

#[test]
fn states_are_all_reachable() {
    for (name, machine) in machines() {
        let mut reached = BTreeSet::new();
        let mut open = vec![machine.start_at.as_str()];
        while let Some(state) = open.pop() {
            if reached.insert(state) {
                open.extend(machine.states[state].nexts());
            }
        }
        let orphans: Vec<_> =
            machine.states.keys().filter(|state| !reached.contains(state.as_str())).collect();
        assert!(orphans.is_empty(), "{name}: {orphans:?}");
    }
}

#[test]
fn ends_are_reachable_from_everywhere() {
    for (name, machine) in machines() {
        let mut ending: BTreeSet<&str> = BTreeSet::new();
        loop {
            let more: Vec<&str> = machine
                .states
                .iter()
                .filter(|(_, state)| {
                    state.nexts().is_empty() || state.nexts().iter().any(|next| ending.contains(next))
                })
                .map(|(state, _)| state.as_str())
                .filter(|state| !ending.contains(state))
                .collect();
            if more.is_empty() {
                break;
            }
            ending.extend(more);
        }
        assert_eq!(ending.len(), machine.states.len(), "{name}: some state cannot come to an end");
    }
}

#[test]
fn comments_say_something_on_every_state() {
    for (name, machine) in machines() {
        for (state_name, state) in &machine.states {
            assert!(state.comment().len() >= 15, "{name}: {state_name} does not say why it is there");
        }
    }
}

#[test]
fn names_are_verb_and_noun_and_choices_are_questions() {
    for (name, machine) in machines() {
        for (state_name, state) in &machine.states {
            let stem = state_name.strip_suffix('?').unwrap_or(state_name);
            assert_eq!(matches!(state, State::Choice(_)), stem != state_name, "{name}: {state_name}");
            assert!(
                stem.starts_with(|c: char| c.is_ascii_uppercase())
                    && stem.chars().all(|c| c.is_ascii_alphabetic()),
                "{name}: {state_name}"
            );
        }
    }
}

/// The state of the intake that leads back to what failed, after a wait.
const RETRIES_LATER: &str = "IsThereTimeLeft?";

#[test]
fn tasks_retry_named_errors_only_and_catch_everything() {
    for (name, machine) in machines() {
        for (task_name, task) in machine.tasks() {
            let waits = task.catch.iter().any(|catcher| catcher.next == RETRIES_LATER);
            assert!(!task.retry.is_empty() || waits, "{name}: {task_name} never retries");
            for error in task.retry.iter().flat_map(|retrier| &retrier.error_equals) {
                assert!(
                    !error.starts_with("States.") || error == "States.Timeout",
                    "{name}: {task_name} retries {error}, which names nothing"
                );
            }
            let last = task.catch.last().map(|catcher| catcher.error_equals.as_slice());
            assert_eq!(last, Some(["States.ALL".to_owned()].as_slice()), "{name}: {task_name}");
        }
    }
}

/// The tasks of an incident that only look, or that repeat what was done without a second effect, while something of
/// ours may be under way: giving up after seconds leaves it to nobody.
const LOOKS: [&str; 5] = ["CheckTarget", "CheckAutomation", "VerifyRecovery", "UndoAction", "CheckUndo"];
/// The least time that these go on trying for, where each wait is as long as it may be.
const LOOKS_FOR_SECONDS: f64 = 300.0;

#[test]
fn tasks_that_look_after_an_action_outlast_a_service_that_is_down_for_minutes() {
    let incident = Machine::load("incident", &BTreeMap::new()).unwrap();
    for name in LOOKS {
        let State::Task(task) = &incident.states[name] else { panic!("{name}") };
        let [retrier] = &task.retry[..] else { panic!("{name}") };
        let waits = (0..retrier.max_attempts).map(|attempt| {
            let exponent = i32::try_from(attempt).unwrap();
            let wait = f64::from(retrier.interval_seconds) * retrier.backoff_rate.powi(exponent);
            wait.min(f64::from(retrier.max_delay_seconds))
        });
        let waited: f64 = waits.sum();
        assert!(waited >= LOOKS_FOR_SECONDS, "{name} gives up after {waited} s");
        assert!(retrier.error_equals.contains(&"States.Timeout".to_owned()), "{name}");
    }
}

#[test]
fn failures_of_an_incident_name_their_state() {
    let incident = Machine::load("incident", &BTreeMap::new()).unwrap();
    for (name, task) in incident.tasks() {
        for catcher in task.catch.iter().filter(|catcher| catcher.next.starts_with("Record")) {
            assert_eq!(catcher.assign.get("failedState"), Some(&Value::from(name)), "{name}");
        }
    }
}

#[test]
fn ways_into_escalate_give_a_reason() {
    let incident = Machine::load("incident", &BTreeMap::new()).unwrap();
    for (name, state) in &incident.states {
        let silent = match state {
            State::Choice(choice) => {
                choice.choices.iter().any(|r| r.next == "Escalate" && !r.assign.contains_key("reason"))
            }
            State::Pass(pass) => pass.next == "Escalate" && !pass.assign.contains_key("reason"),
            _ => state.nexts().contains(&"Escalate"),
        };
        assert!(!silent, "{name}");
    }
}

#[test]
fn errors_are_ones_that_somebody_declares() {
    let mut known: BTreeSet<String> = AWS_ERRORS.iter().map(ToString::to_string).collect();
    let headers = FUNCTIONS.iter().map(|function| header::of(function).unwrap());
    known.extend(headers.flat_map(|header| header.errors));
    for (name, machine) in machines() {
        for (task_name, task) in machine.tasks() {
            let retried = task.retry.iter().flat_map(|retrier| &retrier.error_equals);
            let caught = task.catch.iter().flat_map(|catcher| &catcher.error_equals);
            for error in retried.chain(caught) {
                assert!(known.contains(error), "{name}: {task_name} knows {error}, which nobody raises");
            }
        }
    }
}

#[test]
fn expressions_parse_and_know_their_variables() {
    for (name, machine) in machines() {
        let assigned: BTreeSet<&str> = machine
            .states
            .values()
            .flat_map(|state| match state {
                State::Pass(pass) => pass.assign.keys(),
                _ => EMPTY.keys(),
            })
            .map(String::as_str)
            .collect();
        let text: Value = serde_json::from_str(&asl::source(name).unwrap()).unwrap();
        for expression in jsonata::expressions(&text) {
            // A placeholder is a number by the time that Step Functions reads it.
            let expression =
                asl::placeholders(expression).into_iter().fold(expression.to_owned(), |text, placeholder| {
                    text.replace(&format!("${{{placeholder}}}"), "1")
                });
            jsonata::parse(&expression).unwrap_or_else(|error| panic!("{name}: {error}"));
            for variable in variables(&expression) {
                assert!(
                    assigned.contains(variable),
                    "{name}: `{expression}` reads ${variable} before it has a value"
                );
            }
        }
    }
}

static EMPTY: asl::Assign = BTreeMap::new();

/// The `$names` of an expression that are no functions and not `$states`.
fn variables(expression: &str) -> Vec<&str> {
    expression
        .split('$')
        .skip(1)
        .filter_map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            (!after.starts_with('(') && name != "states").then_some(name)
        })
        .collect()
}

#[test]
fn placeholders_are_those_that_the_template_fills() {
    let template = Template::load("template.yaml").unwrap();
    for (name, resource) in [("intake", "IntakeStateMachine"), ("incident", "IncidentStateMachine")] {
        let source = asl::source(name).unwrap();
        let used: BTreeSet<&str> = asl::placeholders(&source).into_iter().collect();
        let given: BTreeSet<&str> =
            fields(&template.properties(resource)["DefinitionSubstitutions"]).map(|(key, _)| key).collect();
        assert_eq!(used, given, "{name}");
    }
}

/// What is left of the intake's time when everything went as badly as it can, up to and including
/// the keeping of the event; without it, an event would be gone.
const INTAKE_MARGIN_SECONDS: u64 = 5;

/// The intake waits for what may pass, as long as the time that is left suffices for the longest wait, one try of each
/// step and the keeping of the event.
#[test]
fn intake_keeps_the_event_before_its_time_is_over() {
    let intake = Machine::load("intake", &BTreeMap::new()).unwrap();
    let State::Choice(time_left) = &intake.states[RETRIES_LATER] else { panic!("{RETRIES_LATER}") };
    let [rule] = &time_left.choices[..] else { panic!("{RETRIES_LATER} has one rule") };
    let (_, limit) = rule.condition.split_once("< ").unwrap();
    let limit: u64 = limit.trim_end_matches(" %}").parse::<u64>().unwrap() / 1000;
    let State::Wait(wait) = &intake.states[&rule.next] else { panic!("{}", rule.next) };
    let (_, longest_wait) = wait.assign["backoffSeconds"].as_str().unwrap().split_once(", ").unwrap();
    let longest_wait: u64 = longest_wait.trim_end_matches("]) %}").parse().unwrap();
    let rest = longest_seconds(&intake, &intake.start_at, &mut Vec::new());
    let longest = limit + longest_wait + rest;
    assert!(longest + INTAKE_MARGIN_SECONDS <= intake.timeout_seconds, "{longest} s of tries and waits");
    // An express execution is ended after five minutes, whatever the definition says.
    assert!(intake.timeout_seconds < 300);
    // Most of the time is there to be waited for.
    assert!(limit * 2 > intake.timeout_seconds, "{limit} s");
}

/// The time of the tasks on the slowest way from here to an end, without going back to wait.
fn longest_seconds<'a>(machine: &'a Machine, from: &'a str, path: &mut Vec<&'a str>) -> u64 {
    assert!(!path.contains(&from), "the intake goes round: {path:?}");
    path.push(from);
    let state = &machine.states[from];
    let own = match state {
        State::Task(task) => task.longest_seconds().unwrap_or_else(|| panic!("{from} has no fixed timeout")),
        _ => 0,
    };
    let nexts = state.nexts().into_iter().filter(|next| *next != RETRIES_LATER);
    let rest = nexts.map(|next| longest_seconds(machine, next, path)).max();
    path.pop();
    own + rest.unwrap_or(0)
}

#[test]
fn states_that_notify_knows_are_the_incidents() {
    let incident = Machine::load("incident", &BTreeMap::new()).unwrap();
    for state in notify::STATES_THAT_ASK {
        assert!(matches!(incident.states.get(state), Some(State::Task(_))), "{state}");
    }
}

#[test]
fn task_timeouts_leave_the_function_its_own() {
    let template = Template::load("template.yaml").unwrap();
    for (name, machine) in machines() {
        for (task_name, task) in
            machine.tasks().filter(|(_, task)| !task.resource.ends_with("waitForTaskToken"))
        {
            let seconds = task.timeout_seconds.as_u64().unwrap_or_else(|| panic!("{name}: {task_name}"));
            let placeholder = task.arguments["FunctionName"].as_str().unwrap_or_default();
            // The answer of an asynchronous call does not wait for the function.
            if task.arguments["InvocationType"] == "Event" {
                continue;
            }
            let Some(function) = FUNCTIONS
                .iter()
                .find(|function| placeholder == format!("${{{}Arn}}", repository::logical_name(function)))
            else {
                continue;
            };
            let own = template.properties(&repository::logical_name(function))["Timeout"].as_u64().unwrap();
            assert!(seconds > own, "{name}: {task_name} has {seconds} s for a function of {own} s");
        }
    }
}
