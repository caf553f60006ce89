//! The incident's state machine as it is defined: the transitions are those of `statemachines/incident.asl.json`,
//! with its own conditions and assignments, run by the interpreter that the other tests use.
//!
//! Between two calls of a function an execution does nothing that others could see, so a position is a call, with
//! the variables. Positions are numbered, and each transition is computed once.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::{Hash, Hasher},
    sync::{Mutex, MutexGuard, PoisonError, RwLock},
};

use nightshift_tests::{
    asl::{Machine, State, Task},
    execution::{Execution, Failure},
    walk::incident_machine,
};
use serde_json::{Value, json};

use crate::{
    call::{Call, End, incident_id},
    reply::Reply,
};

/// A quarter of the longest wait for an automation (an hour), so that each loop that a counter ends is short.
const POLL_SECONDS: u32 = 1800;
const APPROVAL_WINDOW_SECONDS: u32 = 3600;

/// The largest number of seconds that the definition compares a counter with: more is the same.
const LONGEST_WAIT_SECONDS: u64 = 10_800;

const MINUTE: u64 = 60;

/// Variables that only people read. That there is a reason is kept.
const REASON: &str = "reason";
const FAILED_STATE: &str = "failedState";

/// A place in the machine where a function is called, or an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    number: usize,
    pub call: Call,
}

impl Hash for Position {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

/// What the machine goes on with from a position.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    state: String,
    /// The state's input where it is read after the call; null elsewhere.
    input: Value,
    execution: Execution,
}

#[derive(Debug, Default)]
struct Known {
    positions: Vec<(Place, Position)>,
    edges: BTreeSet<(String, String)>,
}

/// The definition, with the positions and edges that were met so far.
#[derive(Debug)]
pub struct IncidentMachine {
    machine: Machine,
    known: Mutex<Known>,
    transitions: RwLock<HashMap<(Position, Reply), Position>>,
    /// The end of an execution that died: no state of the machine tells anybody.
    pub(crate) dead: Position,
}

impl IncidentMachine {
    /// Reads the definition.
    ///
    /// # Panics
    /// It cannot be read.
    #[must_use]
    pub fn load() -> Self {
        let machine = incident_machine(POLL_SECONDS, APPROVAL_WINDOW_SECONDS);
        let machine = machine.unwrap_or_else(|error| panic!("{error}"));
        let dead = Position { number: 0, call: Call::Ended(End::Failed) };
        let known = Known {
            positions: vec![(
                Place {
                    state: "the execution died".to_owned(),
                    input: Value::Null,
                    execution: Execution::new(&Value::Null),
                },
                dead,
            )],
            edges: BTreeSet::new(),
        };
        Self { machine, known: known.into(), transitions: RwLock::default(), dead }
    }

    /// The position of a new execution.
    pub fn start(&self) -> Position {
        let input = json!({ "incident_id": incident_id() });
        let execution = Execution::new(&input);
        self.run(&self.machine.start_at, input, execution)
    }

    /// The position after a call was answered.
    pub fn next(&self, from: Position, reply: Reply) -> Position {
        let cached =
            self.transitions.read().unwrap_or_else(PoisonError::into_inner).get(&(from, reply)).copied();
        cached.unwrap_or_else(|| {
            let next = self.answer(from, reply);
            self.transitions.write().unwrap_or_else(PoisonError::into_inner).insert((from, reply), next);
            next
        })
    }

    /// The edges of the definition that were followed.
    pub fn followed_edges(&self) -> BTreeSet<(String, String)> {
        self.known().edges.clone()
    }

    /// The edges of the definition.
    pub fn edges(&self) -> BTreeSet<(String, String)> {
        let edges = |(from, state): (&String, &State)| -> Vec<(String, String)> {
            state.nexts().into_iter().map(|next| (from.clone(), next.to_owned())).collect()
        };
        self.machine.states.iter().flat_map(edges).collect()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, from: Position, reply: Reply) -> Position {
        let (Place { state: name, input, mut execution }, _) = self.known().positions[from.number].clone();
        let Some(State::Task(task)) = self.machine.states.get(&name) else {
            panic!("{name} waits for no answer")
        };
        let followed = match reply.result(task.resource.ends_with(".waitForTaskToken")) {
            Ok(result) => {
                let scope = execution.scope(&name, &input);
                execution.complete(task, scope, result).map(|output| (task.next.clone(), output))
            }
            Err(error) => {
                let failure = Failure { error: error.to_owned(), cause: "the model's".to_owned() };
                execution.catch(&name, task, &input, failure)
            }
        };
        match followed {
            Ok((next, output)) => {
                self.follow(&name, &next);
                self.run(&next, output, execution)
            }
            Err(_) => self.position(&name, Value::Null, execution, Call::Ended(End::Failed)),
        }
    }

    /// Runs on to the next call, or to the end.
    fn run(&self, from: &str, mut data: Value, mut execution: Execution) -> Position {
        let mut name = from.to_owned();
        loop {
            let state = self.machine.states.get(&name).unwrap_or_else(|| panic!("there is no state {name}"));
            match state {
                State::Task(task) => {
                    let call = payload(&name, task, &data, &execution)
                        .unwrap_or_else(|Failure { error, cause }| panic!("{name}: {error}: {cause}"));
                    let input = if reads_its_input_later(task) { data } else { Value::Null };
                    return self.position(&name, input, execution, call);
                }
                State::Succeed(_) => {
                    return self.position(&name, Value::Null, execution, Call::Ended(End::Succeeded));
                }
                State::Fail(_) => {
                    return self.position(&name, Value::Null, execution, Call::Ended(End::Failed));
                }
                State::Pass(_) | State::Choice(_) | State::Wait(_) => {}
            }
            match execution.pass(&name, state, data) {
                Ok(Some(passage)) => {
                    self.follow(&name, &passage.next);
                    (name, data) = (passage.next, passage.output);
                }
                other => panic!("{name}: {other:?}"),
            }
        }
    }

    fn follow(&self, from: &str, to: &str) {
        self.known().edges.insert((from.to_owned(), to.to_owned()));
    }

    fn position(&self, name: &str, input: Value, mut execution: Execution, call: Call) -> Position {
        abstract_variables(&mut execution.variables);
        if matches!(call, Call::Ended(_)) {
            execution.variables.clear();
        }
        let place = Place { state: name.to_owned(), input, execution };
        let mut known = self.known();
        let same = |(known, position): &&(Place, Position)| *known == place && position.call == call;
        if let Some((_, position)) = known.positions.iter().find(same) {
            return *position;
        }
        let position = Position { number: known.positions.len(), call };
        known.positions.push((place, position));
        position
    }
}

/// Returns whether a task passes its input on, or assigns it, once its call was answered.
fn reads_its_input_later(task: &Task) -> bool {
    let outputs = task.catch.iter().map(|catcher| &catcher.output).chain([&task.output]).flatten();
    let assigned = task.catch.iter().map(|catcher| &catcher.assign).chain([&task.assign]);
    outputs
        .chain(assigned.flat_map(|assign| assign.values()))
        .any(|value| value.to_string().contains("$states.input"))
}

/// The function that a state calls and its request, read by the function's own type.
fn payload(name: &str, task: &Task, input: &Value, execution: &Execution) -> Result<Call, Failure> {
    let mut scope = execution.scope(name, input);
    scope.states["context"]["Task"] = json!({ "Token": "token" });
    let mut arguments = nightshift_tests::jsonata::fill(&task.arguments, &scope)?;
    let function = arguments["FunctionName"].as_str().unwrap_or_default().to_owned();
    Ok(Call::parse(&function, arguments["Payload"].take()))
}

fn abstract_variables(variables: &mut BTreeMap<String, Value>) {
    for (name, value) in variables {
        if let Some(seconds) = value.as_u64().filter(|_| name.ends_with("Seconds")) {
            *value = json!(round_down(seconds.min(LONGEST_WAIT_SECONDS)));
        } else if name == FAILED_STATE {
            *value = Value::Null;
        } else if name == REASON && value.is_string() {
            *value = json!("…");
        }
    }
}

/// Rounds to what the conditions tell apart: under a minute, under the first poll, and whole polls. A loop may then
/// go round more often than it can, never less often.
fn round_down(seconds: u64) -> u64 {
    let poll = u64::from(POLL_SECONDS);
    if seconds < poll { if seconds < MINUTE { 0 } else { MINUTE } } else { seconds / poll * poll }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the model forgets of the variables decides nothing.
    #[test]
    fn variables_that_are_abstracted_decide_nothing() {
        let machine = IncidentMachine::load().machine;
        for (name, state) in &machine.states {
            let conditions: Vec<&str> = match state {
                State::Choice(choice) => choice.choices.iter().map(|rule| rule.condition.as_str()).collect(),
                _ => Vec::new(),
            };
            for condition in conditions {
                for text in [REASON, FAILED_STATE] {
                    assert!(!condition.contains(&format!("${text}")), "{name}: {condition}");
                }
                let numbers = condition.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok());
                assert!(numbers.max().unwrap_or(0) <= LONGEST_WAIT_SECONDS, "{name}: {condition}");
            }
        }
    }
}
