//! Runs the tool calls of a conversation: each is checked, made, and answered with as much as the model may
//! see.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use common::{ContextSource, Evidence, EvidenceId, model::ContentBlock};
use futures_util::future::join_all;
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::response::{ToolUse, scrubbed};
use crate::{
    budget::{time_left, within},
    bundle::{BuiltInTool, InputKind},
    context::InvestigationContext,
    model_fault::ModelFault,
    model_input::{gathered_digest, tool_schemas::INPUT_CHARS},
    ports::{InvestigatorPorts, ReadOnlyTools as _, ToolAnswer},
};

/// Bytes of the longest input that a tool of the team's own is given.
const TEAM_INPUT_BYTES: usize = 4_000;
/// Characters of the longest line of a tool's answer.
const LINE_CHARS: usize = 400;

/// Makes the tool calls of one conversation, and keeps which evidence its model has seen.
pub(super) struct ToolCaller {
    left: u32,
    made: BTreeSet<String>,
    shown: BTreeSet<EvidenceId>,
}

/// A call that has been checked.
struct ToolCall {
    name: String,
    input: Value,
}

impl ToolCaller {
    pub(super) fn new(most: u32, shown: BTreeSet<EvidenceId>) -> Self {
        Self { left: most, made: BTreeSet::new(), shown }
    }

    /// The evidence that the model has seen, and may cite.
    pub(super) const fn shown(&self) -> &BTreeSet<EvidenceId> {
        &self.shown
    }

    /// Makes those calls that may be made, all at once. The results are in the order of `uses`.
    pub(super) async fn call_all<P: InvestigatorPorts>(
        &mut self,
        context: &InvestigationContext<'_, P>,
        deadline: Instant,
        uses: &[ToolUse],
    ) -> Vec<ContentBlock> {
        let prepared: Vec<_> = uses.iter().map(|one| self.prepare(context, one)).collect();
        let answers = join_all(prepared.into_iter().map(async |prepared| match prepared {
            Ok(call) => Ok((call.name.clone(), call_tool(context, deadline, &call).await)),
            Err(fault) => Err(fault),
        }))
        .await;
        let results = uses.iter().zip(answers).map(|(one, answer)| {
            let (text, failed) = match answer {
                Ok((name, Ok(answer))) => (self.show(context, &name, &answer), answer.failed),
                Ok((_, Err(fault))) | Err(fault) => {
                    context.count_fault(fault);
                    (refusal(fault).to_owned(), true)
                }
            };
            ContentBlock::ToolResult { id: one.id.clone(), text, failed }
        });
        results.collect()
    }

    fn prepare<P: InvestigatorPorts>(
        &mut self,
        context: &InvestigationContext<'_, P>,
        one: &ToolUse,
    ) -> Result<ToolCall, ModelFault> {
        self.left = self.left.checked_sub(1).ok_or(ModelFault::TooManyToolCalls)?;
        let input = checked_input(context, one)?;
        if !self.made.insert(format!("{} {input}", one.name)) {
            return Err(ModelFault::RepeatedCall);
        }
        context.usage.with(|totals| totals.tool_calls = totals.tool_calls.saturating_add(1));
        Ok(ToolCall { name: one.name.clone(), input })
    }

    /// Returns the answer as the model sees it. The evidence that is shown in it may be cited from now on.
    fn show<P: InvestigatorPorts>(
        &mut self,
        context: &InvestigationContext<'_, P>,
        name: &str,
        answer: &ToolAnswer,
    ) -> String {
        if answer.failed {
            context.count_fault(ModelFault::ToolFailed);
        }
        context.usage.gather(&answer.evidence, &ids_of(context.brief.evidence));
        let most = context.bundle.limits.tool_answer_bytes;
        let digest = gathered_digest(&answer.evidence, context.fence, context.names, most);
        let lines = context.fence.lines(&answer.text, most.saturating_sub(digest.text.len()), LINE_CHARS);
        self.shown.extend(digest.shown);
        let mut parts = vec![digest.text];
        if !lines.is_empty() {
            parts.push(context.fence.enclose(&format!("tool-{name}"), &lines));
        }
        parts.retain(|part| !part.is_empty());
        if parts.is_empty() { "Nothing.".to_owned() } else { parts.join("\n\n") }
    }
}

async fn call_tool<P: InvestigatorPorts>(
    context: &InvestigationContext<'_, P>,
    deadline: Instant,
    call: &ToolCall,
) -> Result<ToolAnswer, ModelFault> {
    let limit = Duration::from_secs(context.bundle.limits.seconds_per_tool).min(time_left(deadline));
    within(limit, || ModelFault::ToolTimedOut, async {
        Ok(context.ports.tools().call(&call.name, &call.input).await)
    })
    .await
}

fn ids_of(evidence: &[Evidence]) -> BTreeSet<EvidenceId> {
    evidence.iter().map(|one| one.id.clone()).collect()
}

/// The result of a call that was not made, in words of ours alone.
const fn refusal(fault: ModelFault) -> &'static str {
    match fault {
        ModelFault::TooManyToolCalls => "Not run: there are no calls left.",
        ModelFault::RepeatedCall => "Not run: you asked this already.",
        ModelFault::UnknownTool => "There is no such tool.",
        ModelFault::UnknownComponent => "Not run: the component is not in the list.",
        ModelFault::UnknownProvider => "Not run: the provider is not in the list.",
        ModelFault::ToolTimedOut => "The tool did not answer in time.",
        _ => "Not run: the input is not of the tool's form.",
    }
}

/// Checks the input, and returns it as the tool is given it.
fn checked_input<P: InvestigatorPorts>(
    context: &InvestigationContext<'_, P>,
    one: &ToolUse,
) -> Result<Value, ModelFault> {
    let tool = context.bundle.tools.iter().find(|tool| tool.name == one.name);
    if tool.is_none() && !context.team_tools.contains(&one.name) {
        return Err(ModelFault::UnknownTool);
    }
    let value: Value = serde_json::from_str(&one.input).map_err(|_| ModelFault::MalformedJson)?;
    let Value::Object(fields) = value else { return Err(ModelFault::WrongType) };
    match tool {
        Some(tool) => built_in_input(context, tool, &fields),
        None if one.input.len() > TEAM_INPUT_BYTES => Err(ModelFault::OversizedAnswer),
        // A model that is steered by what it reads must not pass secrets on to a server outside the account.
        None => Ok(scrubbed(&Value::Object(fields), context.fence)),
    }
}

fn built_in_input<P: InvestigatorPorts>(
    context: &InvestigationContext<'_, P>,
    tool: &BuiltInTool,
    fields: &Map<String, Value>,
) -> Result<Value, ModelFault> {
    if fields.keys().any(|name| !tool.input.contains_key(name)) {
        return Err(ModelFault::UnknownField);
    }
    let inputs: Result<BTreeMap<&String, String>, ModelFault> = tool
        .input
        .iter()
        .map(|(name, input)| {
            let text = fields.get(name).ok_or(ModelFault::MissingField)?;
            let text = text.as_str().ok_or(ModelFault::WrongType)?;
            let taken = match input.kind {
                InputKind::Component => {
                    context.names.resolve(text).ok_or(ModelFault::UnknownComponent)?.to_string()
                }
                InputKind::ContextSource => {
                    let known = ContextSource::ALL.into_iter().find(|known| known.as_str() == text);
                    known.ok_or(ModelFault::UnknownProvider)?.as_str().to_owned()
                }
                InputKind::Text | InputKind::Id => context.fence.fit(text, INPUT_CHARS).text,
            };
            Ok((name, taken))
        })
        .collect();
    serde_json::to_value(inputs?).map_err(|_| ModelFault::WrongType)
}
