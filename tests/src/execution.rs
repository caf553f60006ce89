//! The data of one execution, and the states that call nothing: how variables, inputs and outputs pass from state
//! to state. Shared by the walker, which follows one path, and by the model check, which follows them all.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    asl::{Assign, Catcher, State, Task},
    jsonata::{self, QueryError, Scope},
};

/// An error as a state raises it.
#[derive(Debug, Clone)]
pub struct Failure {
    pub error: String,
    pub cause: String,
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        Self { error: "States.QueryEvaluationError".to_owned(), cause: error.to_string() }
    }
}

/// The way out of a state that calls nothing.
#[derive(Debug, Clone)]
pub struct Passage {
    pub next: String,
    pub output: Value,
    pub waited: Duration,
}

/// The variables of an execution, and what its expressions see under `$states.context`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    pub variables: BTreeMap<String, Value>,
    /// The time since the start, in whole seconds.
    pub elapsed: Duration,
    context: Value,
}

impl Execution {
    pub fn new(input: &Value) -> Self {
        let context = json!({
            "Id": "execution", "Name": "execution", "Input": input, "StartTime": Timestamp::UNIX_EPOCH,
        });
        Self { variables: BTreeMap::new(), elapsed: Duration::ZERO, context }
    }

    /// The values that the expressions of the state `name` see.
    pub fn scope(&self, name: &str, input: &Value) -> Scope {
        let entered = SignedDuration::try_from(self.elapsed)
            .ok()
            .and_then(|elapsed| Timestamp::UNIX_EPOCH.checked_add(elapsed).ok());
        let context = json!({ "Execution": self.context, "State": { "Name": name, "EnteredTime": entered } });
        Scope { variables: self.variables.clone(), states: json!({ "input": input, "context": context }) }
    }

    /// Runs a state that calls nothing. `None` for a task and for an end.
    pub fn pass(&mut self, name: &str, state: &State, input: Value) -> Result<Option<Passage>, Failure> {
        let scope = self.scope(name, &input);
        let through = |next: &str, output, waited| Some(Passage { next: next.to_owned(), output, waited });
        match state {
            State::Pass(pass) => {
                let output =
                    pass.output.as_ref().map_or(Ok(input), |output| jsonata::fill(output, &scope))?;
                self.assign(&pass.assign, &scope)?;
                Ok(through(&pass.next, output, Duration::ZERO))
            }
            State::Choice(choice) => {
                for rule in &choice.choices {
                    let condition = Value::String(rule.condition.clone());
                    if boolean(&jsonata::fill(&condition, &scope)?, &rule.condition)? {
                        self.assign(&rule.assign, &scope)?;
                        return Ok(through(&rule.next, input, Duration::ZERO));
                    }
                }
                Ok(through(&choice.default, input, Duration::ZERO))
            }
            State::Wait(wait) => {
                let waited = seconds(&jsonata::fill(&wait.seconds, &scope)?)?;
                self.assign(&wait.assign, &scope)?;
                Ok(through(&wait.next, input, waited))
            }
            State::Task(_) | State::Succeed(_) | State::Fail(_) => Ok(None),
        }
    }

    /// Ends a task with its result: the output, with the variables assigned.
    pub fn complete(&mut self, task: &Task, mut scope: Scope, result: Value) -> Result<Value, Failure> {
        scope.states["result"] = result.clone();
        let output = task.output.as_ref().map_or(Ok(result), |output| jsonata::fill(output, &scope))?;
        self.assign(&task.assign, &scope)?;
        Ok(output)
    }

    /// Ends a task with a failure, by the first catcher that knows it; without one, the failure is the execution's.
    pub fn catch(
        &mut self,
        name: &str,
        task: &Task,
        input: &Value,
        failure: Failure,
    ) -> Result<(String, Value), Failure> {
        let knows = |catcher: &&Catcher| matches(&catcher.error_equals, &failure.error);
        let Some(catcher) = task.catch.iter().find(knows) else { return Err(failure) };
        let output = json!({ "Error": failure.error, "Cause": failure.cause });
        let mut scope = self.scope(name, input);
        scope.states["errorOutput"] = output.clone();
        let output = catcher.output.as_ref().map_or(Ok(output), |output| jsonata::fill(output, &scope))?;
        self.assign(&catcher.assign, &scope)?;
        Ok((catcher.next.clone(), output))
    }

    /// All of them see the variables as they were.
    fn assign(&mut self, assign: &Assign, scope: &Scope) -> Result<(), QueryError> {
        let values: Result<Vec<_>, _> =
            assign.iter().map(|(name, value)| Ok((name.clone(), jsonata::fill(value, scope)?))).collect();
        self.variables.extend(values?);
        Ok(())
    }
}

/// Returns whether a retrier or catcher with these names knows the error.
pub(crate) fn matches(names: &[String], error: &str) -> bool {
    let all = !matches!(error, "States.DataLimitExceeded" | "States.Runtime");
    names.iter().any(|name| name == error || (name == "States.ALL" && all))
}

fn boolean(value: &Value, condition: &str) -> Result<bool, Failure> {
    value.as_bool().ok_or_else(|| Failure {
        error: "States.QueryEvaluationError".to_owned(),
        cause: format!("`{condition}` gave {value}, which is neither true nor false"),
    })
}

pub(crate) fn seconds(value: &Value) -> Result<Duration, Failure> {
    value.as_u64().map(Duration::from_secs).ok_or_else(|| Failure {
        error: "States.QueryEvaluationError".to_owned(),
        cause: format!("{value} is no number of seconds"),
    })
}
