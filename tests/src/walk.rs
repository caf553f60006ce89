//! Walks a state machine in-process, as Step Functions would: the real definition, its `JSONata`,
//! retries, catches and task tokens, over any [`Tasks`]; in virtual time, so nothing waits.
//!
//! Not walked: the limits on sizes, and the delay of retries (no time passes between two tries).

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    asl::{AslError, Assign, Catcher, Machine, State, Task},
    jsonata::{self, QueryError, Scope},
};

/// What the machine's tasks do.
#[allow(async_fn_in_trait)] // used as a generic, by one task at a time
pub trait Tasks {
    /// Answers a task: the function's name (or, for another service, the resource's, as in
    /// `states:startExecution`) and its input. The error is a name and a cause.
    async fn invoke(&mut self, function: &str, input: Value) -> Result<Value, (String, String)>;

    /// What comes back for a task token; `None` when nothing does before the task's timeout.
    async fn answer(&mut self, _token: &str) -> Option<Value> {
        None
    }

    /// Is told of the time that passes while the machine waits.
    fn passed(&mut self, _time: Duration) {}
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Succeeded { state: String },
    Failed { state: String, error: String, cause: String },
    TimedOut { state: String },
}

#[derive(Debug, Clone)]
pub struct Walk {
    pub path: Vec<String>,
    pub end: End,
    pub elapsed: Duration,
    pub variables: BTreeMap<String, Value>,
}

/// The definition asks for something that no execution could do.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    #[error("there is no state {0}")]
    NoSuchState(String),
    #[error("no end after {MAX_STATES} states; the last were {last:?}")]
    Endless { last: Vec<String> },
}

/// More states than any execution can pass through: its history would end at 25,000 events, and the
/// least that a state leaves there is two.
const MAX_STATES: usize = 12_500;

/// The incident's machine with the functions' own names for their ARNs.
pub fn incident_machine(poll_seconds: u32, approval_window_seconds: u32) -> Result<Machine, AslError> {
    let function = |name: &str, function: &str| (format!("{name}FunctionArn"), function.to_owned());
    Machine::load(
        "incident",
        &BTreeMap::from([
            function("Diagnose", "diagnose"),
            function("Remediate", "remediate"),
            function("Approve", "approve"),
            function("Verify", "verify"),
            function("Notify", "notify"),
            ("PollSeconds".to_owned(), poll_seconds.to_string()),
            ("ApprovalWindowSeconds".to_owned(), approval_window_seconds.to_string()),
        ]),
    )
}

/// The intake's machine with the functions' own names for their ARNs.
pub fn intake_machine() -> Result<Machine, AslError> {
    Machine::load(
        "intake",
        &BTreeMap::from([
            ("IngestFunctionArn".to_owned(), "ingest".to_owned()),
            ("DedupFunctionArn".to_owned(), "dedup".to_owned()),
            ("NotifyFunctionArn".to_owned(), "notify".to_owned()),
        ]),
    )
}

/// Runs the machine from its start to its end.
pub async fn walk(machine: &Machine, input: Value, tasks: &mut impl Tasks) -> Result<Walk, WalkError> {
    let execution = json!({
        "Id": "execution", "Name": "execution", "Input": input, "StartTime": Timestamp::UNIX_EPOCH,
    });
    let mut walker = Walker {
        tasks,
        execution,
        variables: BTreeMap::new(),
        elapsed: Duration::ZERO,
        limit: Duration::from_secs(machine.timeout_seconds),
        tokens: 0,
    };
    let mut path = Vec::new();
    let mut name = machine.start_at.clone();
    let mut data = input;
    let end = loop {
        let state = machine.states.get(&name).ok_or_else(|| WalkError::NoSuchState(name.clone()))?;
        path.push(name.clone());
        if path.len() > MAX_STATES {
            return Err(WalkError::Endless { last: path.split_off(MAX_STATES - 8) });
        }
        match walker.run(&name, state, data).await {
            Step::Next(next, output) => (name, data) = (next, output),
            Step::End(end) => break end,
        }
    };
    Ok(Walk { path, end, elapsed: walker.elapsed, variables: walker.variables })
}

enum Step {
    Next(String, Value),
    End(End),
}

#[derive(Debug, Clone)]
struct Failure {
    error: String,
    cause: String,
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        Self { error: "States.QueryEvaluationError".to_owned(), cause: error.to_string() }
    }
}

struct Walker<'a, T> {
    tasks: &'a mut T,
    execution: Value,
    variables: BTreeMap<String, Value>,
    elapsed: Duration,
    limit: Duration,
    tokens: u32,
}

impl<T: Tasks> Walker<'_, T> {
    async fn run(&mut self, name: &str, state: &State, input: Value) -> Step {
        let step = self.enter(name, state, input).await;
        if self.elapsed > self.limit {
            return Step::End(End::TimedOut { state: name.to_owned() });
        }
        step.unwrap_or_else(|Failure { error, cause }| {
            Step::End(End::Failed { state: name.to_owned(), error, cause })
        })
    }

    async fn enter(&mut self, name: &str, state: &State, input: Value) -> Result<Step, Failure> {
        let scope = self.scope(name, &input);
        match state {
            State::Pass(pass) => {
                let output =
                    pass.output.as_ref().map_or(Ok(input), |output| jsonata::fill(output, &scope))?;
                self.assign(&pass.assign, &scope)?;
                Ok(Step::Next(pass.next.clone(), output))
            }
            State::Choice(choice) => {
                for rule in &choice.choices {
                    let condition = Value::String(rule.condition.clone());
                    if boolean(&jsonata::fill(&condition, &scope)?, &rule.condition)? {
                        self.assign(&rule.assign, &scope)?;
                        return Ok(Step::Next(rule.next.clone(), input));
                    }
                }
                Ok(Step::Next(choice.default.clone(), input))
            }
            State::Wait(wait) => {
                self.pass(seconds(&jsonata::fill(&wait.seconds, &scope)?)?);
                self.assign(&wait.assign, &scope)?;
                Ok(Step::Next(wait.next.clone(), input))
            }
            State::Task(task) => self.task(name, task, &input).await,
            State::Succeed(_) => Ok(Step::End(End::Succeeded { state: name.to_owned() })),
            State::Fail(fail) => Err(Failure { error: fail.error.clone(), cause: fail.cause.clone() }),
        }
    }

    /// Tries until it succeeds, or no retrier has a try left; then what catches decides.
    async fn task(&mut self, name: &str, task: &Task, input: &Value) -> Result<Step, Failure> {
        let mut tried = vec![0; task.retry.len()];
        loop {
            let failure = match self.attempt(name, task, input).await {
                Ok(output) => return Ok(Step::Next(task.next.clone(), output)),
                Err(failure) => failure,
            };
            // The first retrier that knows the error decides, also when it has no try left.
            let retrier =
                task.retry.iter().zip(&mut tried).find(|(r, _)| matches(&r.error_equals, &failure.error));
            match retrier {
                Some((retrier, count)) if *count < retrier.max_attempts => *count += 1,
                _ => return self.caught(name, task, input, failure),
            }
        }
    }

    fn caught(&mut self, name: &str, task: &Task, input: &Value, failure: Failure) -> Result<Step, Failure> {
        let knows = |catcher: &&Catcher| matches(&catcher.error_equals, &failure.error);
        let Some(catcher) = task.catch.iter().find(knows) else { return Err(failure) };
        let output = json!({ "Error": failure.error, "Cause": failure.cause });
        let mut scope = self.scope(name, input);
        scope.states["errorOutput"] = output.clone();
        let output = catcher.output.as_ref().map_or(Ok(output), |output| jsonata::fill(output, &scope))?;
        self.assign(&catcher.assign, &scope)?;
        Ok(Step::Next(catcher.next.clone(), output))
    }

    async fn attempt(&mut self, name: &str, task: &Task, input: &Value) -> Result<Value, Failure> {
        let mut scope = self.scope(name, input);
        let (service, waits) = match task.resource.strip_suffix(".waitForTaskToken") {
            Some(service) => (service, true),
            None => (task.resource.as_str(), false),
        };
        let token = format!("token-{}", self.tokens);
        if waits {
            self.tokens += 1;
            scope.states["context"]["Task"] = json!({ "Token": token });
        }
        let mut arguments = jsonata::fill(&task.arguments, &scope)?;
        let service = service.trim_start_matches("arn:aws:states:::");
        let mut result = if service == "lambda:invoke" {
            let function = arguments["FunctionName"].as_str().unwrap_or_default().to_owned();
            let answer = self.tasks.invoke(&function, arguments["Payload"].take()).await;
            answer.map(|payload| json!({ "StatusCode": 200, "Payload": payload }))
        } else {
            self.tasks.invoke(service, arguments).await
        }
        .map_err(|(error, cause)| Failure { error, cause })?;
        if waits {
            let Some(answer) = self.tasks.answer(&token).await else {
                self.pass(seconds(&jsonata::fill(&task.timeout_seconds, &scope)?)?);
                return Err(Failure { error: "States.Timeout".to_owned(), cause: String::new() });
            };
            result = answer;
        }
        scope.states["result"] = result.clone();
        let output = task.output.as_ref().map_or(Ok(result), |output| jsonata::fill(output, &scope))?;
        self.assign(&task.assign, &scope)?;
        Ok(output)
    }

    fn scope(&self, name: &str, input: &Value) -> Scope {
        let entered = SignedDuration::try_from(self.elapsed)
            .ok()
            .and_then(|elapsed| Timestamp::UNIX_EPOCH.checked_add(elapsed).ok());
        let context =
            json!({ "Execution": self.execution, "State": { "Name": name, "EnteredTime": entered } });
        Scope { variables: self.variables.clone(), states: json!({ "input": input, "context": context }) }
    }

    /// All of them see the variables as they were.
    fn assign(&mut self, assign: &Assign, scope: &Scope) -> Result<(), QueryError> {
        let values: Result<Vec<_>, _> =
            assign.iter().map(|(name, value)| Ok((name.clone(), jsonata::fill(value, scope)?))).collect();
        self.variables.extend(values?);
        Ok(())
    }

    fn pass(&mut self, time: Duration) {
        self.elapsed += time;
        self.tasks.passed(time);
    }
}

fn matches(names: &[String], error: &str) -> bool {
    let all = !matches!(error, "States.DataLimitExceeded" | "States.Runtime");
    names.iter().any(|name| name == error || (name == "States.ALL" && all))
}

fn boolean(value: &Value, condition: &str) -> Result<bool, Failure> {
    value.as_bool().ok_or_else(|| Failure {
        error: "States.QueryEvaluationError".to_owned(),
        cause: format!("`{condition}` gave {value}, which is neither true nor false"),
    })
}

fn seconds(value: &Value) -> Result<Duration, Failure> {
    value.as_u64().map(Duration::from_secs).ok_or_else(|| Failure {
        error: "States.QueryEvaluationError".to_owned(),
        cause: format!("{value} is no number of seconds"),
    })
}
