//! Calls of tools: which are made, with what, and what the model sees of their answers.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use common::{ContextSource, Evidence, EvidenceId, model::Said};
use futures_util::future::join_all;
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout};

use crate::{
    brief::{Outside, ToolAnswer, Tools as _},
    bundle::{BuiltIn, InputKind},
    conversation::response::{Use, scrubbed},
    investigate::Investigation,
    model_fault::Problem,
    model_input::digest::gathered,
    model_input::tool_schemas::INPUT_CHARS,
};

/// The longest input that a tool of the team's own is given.
const TEAM_INPUT_BYTES: usize = 4_000;
/// The widest line of what a tool says.
const WIDEST: usize = 400;

/// The calls of one line of inquiry.
pub(crate) struct Calls {
    left: u32,
    made: BTreeSet<String>,
    shown: BTreeSet<EvidenceId>,
}

/// A call as it is made.
struct Call {
    name: String,
    input: Value,
}

impl Calls {
    pub(crate) fn new(most: u32, shown: BTreeSet<EvidenceId>) -> Self {
        Self { left: most, made: BTreeSet::new(), shown }
    }

    /// The evidence that the model has seen.
    pub(crate) const fn shown(&self) -> &BTreeSet<EvidenceId> {
        &self.shown
    }

    /// Makes the calls that may be made, at once, and answers each in its order.
    pub(crate) async fn run<O: Outside>(
        &mut self,
        it: &Investigation<'_, O>,
        until: Instant,
        uses: &[Use],
    ) -> Vec<Said> {
        let prepared: Vec<_> = uses.iter().map(|one| self.prepare(it, one)).collect();
        let answers = join_all(prepared.into_iter().map(async |prepared| match prepared {
            Ok(call) => Ok((call.name.clone(), made(it, until, &call).await)),
            Err(problem) => Err(problem),
        }))
        .await;
        let results = uses.iter().zip(answers).map(|(one, answer)| {
            let (text, failed) = match answer {
                Ok((name, Ok(answer))) => (self.show(it, &name, &answer), answer.failed),
                Ok((_, Err(problem))) | Err(problem) => {
                    it.met(problem);
                    (refusal(problem).to_owned(), true)
                }
            };
            Said::ToolResult { id: one.id.clone(), text, failed }
        });
        results.collect()
    }

    fn prepare<O: Outside>(&mut self, it: &Investigation<'_, O>, one: &Use) -> Result<Call, Problem> {
        self.left = self.left.checked_sub(1).ok_or(Problem::TooManyToolCalls)?;
        let input = input(it, one)?;
        if !self.made.insert(format!("{} {input}", one.name)) {
            return Err(Problem::RepeatedCall);
        }
        it.used.with(|totals| totals.tool_calls = totals.tool_calls.saturating_add(1));
        Ok(Call { name: one.name.clone(), input })
    }

    /// The answer as the model sees it. What is shown of its evidence may be cited from now on.
    fn show<O: Outside>(&mut self, it: &Investigation<'_, O>, name: &str, answer: &ToolAnswer) -> String {
        if answer.failed {
            it.met(Problem::ToolFailed);
        }
        it.used.gather(&answer.evidence, &ids_of(it.brief.evidence));
        let most = it.bundle.limits.tool_answer_bytes;
        let digest = gathered(&answer.evidence, it.fence, it.names, most);
        let lines = it.fence.lines(&answer.text, most.saturating_sub(digest.text.len()), WIDEST);
        self.shown.extend(digest.shown);
        let mut parts = vec![digest.text];
        if !lines.is_empty() {
            parts.push(it.fence.around(&format!("tool-{name}"), &lines));
        }
        parts.retain(|part| !part.is_empty());
        if parts.is_empty() { "Nothing.".to_owned() } else { parts.join("\n\n") }
    }
}

async fn made<O: Outside>(
    it: &Investigation<'_, O>,
    until: Instant,
    call: &Call,
) -> Result<ToolAnswer, Problem> {
    let most = Duration::from_secs(it.bundle.limits.seconds_per_tool);
    let most = most.min(until.saturating_duration_since(Instant::now()));
    let answer = timeout(most, it.outside.tools().call(&call.name, &call.input)).await;
    answer.map_err(|_| Problem::ToolTimedOut)
}

fn ids_of(evidence: &[Evidence]) -> BTreeSet<EvidenceId> {
    evidence.iter().map(|one| one.id.clone()).collect()
}

const fn refusal(problem: Problem) -> &'static str {
    match problem {
        Problem::TooManyToolCalls => "Not run: there are no calls left.",
        Problem::RepeatedCall => "Not run: you asked this already.",
        Problem::UnknownTool => "There is no such tool.",
        Problem::UnknownComponent => "Not run: the component is not in the list.",
        Problem::UnknownProvider => "Not run: the provider is not in the list.",
        Problem::ToolTimedOut => "The tool did not answer in time.",
        _ => "Not run: the input is not of the tool's form.",
    }
}

/// The input as the tool is given it.
fn input<O: Outside>(it: &Investigation<'_, O>, one: &Use) -> Result<Value, Problem> {
    let tool = it.bundle.tools.iter().find(|tool| tool.name == one.name);
    if tool.is_none() && !it.team_tools.contains(&one.name) {
        return Err(Problem::UnknownTool);
    }
    let value: Value = serde_json::from_str(&one.input).map_err(|_| Problem::MalformedJson)?;
    let Value::Object(fields) = value else { return Err(Problem::WrongType) };
    match tool {
        Some(tool) => of_built_in(it, tool, &fields),
        None if one.input.len() > TEAM_INPUT_BYTES => Err(Problem::OversizedAnswer),
        // What a steered model passes on leaves the account: nothing secret may.
        None => Ok(scrubbed(&Value::Object(fields), it.fence)),
    }
}

fn of_built_in<O: Outside>(
    it: &Investigation<'_, O>,
    tool: &BuiltIn,
    fields: &Map<String, Value>,
) -> Result<Value, Problem> {
    if fields.keys().any(|name| !tool.input.contains_key(name)) {
        return Err(Problem::UnknownField);
    }
    let inputs: Result<BTreeMap<&String, String>, Problem> = tool
        .input
        .iter()
        .map(|(name, input)| {
            let text = fields.get(name).ok_or(Problem::MissingField)?;
            let text = text.as_str().ok_or(Problem::WrongType)?;
            let taken = match input.kind {
                InputKind::Component => it.names.find(text).ok_or(Problem::UnknownComponent)?.to_string(),
                InputKind::ContextSource => {
                    let known = ContextSource::ALL.into_iter().find(|known| known.as_str() == text);
                    known.ok_or(Problem::UnknownProvider)?.as_str().to_owned()
                }
                InputKind::Text | InputKind::Id => it.fence.fit(text, INPUT_CHARS).text,
            };
            Ok((name, taken))
        })
        .collect();
    serde_json::to_value(inputs?).map_err(|_| Problem::WrongType)
}
