//! Walks a state machine in-process, as Step Functions would: the real definition, its `JSONata`,
//! retries, catches and task tokens, over any [`Tasks`]; in virtual time, so nothing waits.
//!
//! Not walked: the limits on sizes, and the delay of retries (no time passes between two tries).

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};

use crate::{
    asl::{AslError, Machine, State, Task},
    execution::{Execution, Failure, matches, seconds},
    jsonata,
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
    let mut walker = Walker {
        tasks,
        execution: Execution::new(&input),
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
    Ok(Walk { path, end, elapsed: walker.elapsed, variables: walker.execution.variables })
}

enum Step {
    Next(String, Value),
    End(End),
}

struct Walker<'a, T> {
    tasks: &'a mut T,
    execution: Execution,
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
        match state {
            State::Task(task) => return self.task(name, task, &input).await,
            State::Succeed(_) => return Ok(Step::End(End::Succeeded { state: name.to_owned() })),
            State::Fail(fail) => {
                return Err(Failure { error: fail.error.clone(), cause: fail.cause.clone() });
            }
            State::Pass(_) | State::Choice(_) | State::Wait(_) => {}
        }
        let passage = self.execution.pass(name, state, input)?.ok_or_else(|| Failure {
            error: "States.Runtime".to_owned(),
            cause: format!("{name} has no way out"),
        })?;
        self.pass(passage.waited);
        Ok(Step::Next(passage.next, passage.output))
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
                _ => {
                    let (next, output) = self.execution.catch(name, task, input, failure)?;
                    return Ok(Step::Next(next, output));
                }
            }
        }
    }

    async fn attempt(&mut self, name: &str, task: &Task, input: &Value) -> Result<Value, Failure> {
        let mut scope = self.execution.scope(name, input);
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
        self.execution.complete(task, scope, result)
    }

    fn pass(&mut self, time: Duration) {
        self.elapsed += time;
        self.execution.elapsed = self.elapsed;
        self.tasks.passed(time);
    }
}
