//! Records a conversation, step by step. An answer that cannot be recorded is not used.

use common::{
    MicroUsd,
    model::{ContentBlock, Usage},
    ports::Reasoning as _,
    reasoning::ReasoningStep,
    secrets,
};
use jiff::Timestamp;

use super::{
    response::{ParsedResponse, ReceivedResponse},
    spec::ConversationSpec,
};
use crate::{context::InvestigationContext, model_fault::ModelFault, ports::InvestigatorPorts};

/// Bytes of the texts of one step, together.
const STEP_BYTES: usize = 64 * 1024;
/// Bytes that are read beyond those that may be kept, to find a secret that begins before the cut.
const READ_BEYOND: usize = 4 * 1024;
/// Characters of a tool's name or a tool use's id that are kept.
const NAME_CHARS: usize = 128;

/// Records the steps of one conversation.
pub(super) struct StepRecorder<'a> {
    pub(super) spec: &'a ConversationSpec<'a>,
    /// The number of the last step; the first is 1.
    step: u32,
    /// The blocks that were sent since the last step.
    unrecorded: Vec<ContentBlock>,
}

impl<'a> StepRecorder<'a> {
    pub(super) fn new(spec: &'a ConversationSpec<'a>, opening: &[ContentBlock]) -> Self {
        Self { spec, step: 0, unrecorded: opening.to_vec() }
    }

    /// Adds what the next request sends.
    pub(super) fn add_asked(&mut self, blocks: &[ContentBlock]) {
        self.unrecorded.extend_from_slice(blocks);
    }

    /// Records a step with its response, and counts the faults in it.
    pub(super) async fn record_response<P: InvestigatorPorts>(
        &mut self,
        context: &InvestigationContext<'_, P>,
        received: &ReceivedResponse,
        parsed: &ParsedResponse,
    ) -> Result<(), ModelFault> {
        for fault in &parsed.faults {
            context.count_fault(*fault);
        }
        let step = ReasoningStep {
            elapsed_ms: received.elapsed_ms,
            answered: received.response.content.clone(),
            stop: Some(received.response.stop.clone()),
            usage: received.usage,
            cost: received.cost,
            problems: parsed.faults.iter().map(|fault| fault.as_str().to_owned()).collect(),
            ..self.next_step(context, received.at)
        };
        put(context, step).await
    }

    /// Records a step that had no response.
    pub(super) async fn record_failure<P: InvestigatorPorts>(
        &mut self,
        context: &InvestigationContext<'_, P>,
        at: Timestamp,
        elapsed_ms: u64,
        cost: MicroUsd,
        fault: ModelFault,
    ) -> Result<(), ModelFault> {
        let problems = vec![fault.as_str().to_owned()];
        let step = ReasoningStep { elapsed_ms, cost, problems, ..self.next_step(context, at) };
        put(context, step).await
    }

    /// The next step, with everything sent since the one before.
    fn next_step<P: InvestigatorPorts>(
        &mut self,
        context: &InvestigationContext<'_, P>,
        at: Timestamp,
    ) -> ReasoningStep {
        self.step = self.step.saturating_add(1);
        ReasoningStep {
            incident_id: context.brief.incident.id,
            attempt: context.brief.attempt,
            investigation: context.began,
            line: self.spec.line.to_owned(),
            step: self.step,
            at,
            elapsed_ms: 0,
            bundle: context.bundle_name.to_owned(),
            model: self.spec.model.id.clone(),
            asked: std::mem::take(&mut self.unrecorded),
            answered: Vec::new(),
            stop: None,
            usage: Usage::default(),
            cost: MicroUsd::ZERO,
            problems: Vec::new(),
        }
    }
}

async fn put<P: InvestigatorPorts>(
    context: &InvestigationContext<'_, P>,
    step: ReasoningStep,
) -> Result<(), ModelFault> {
    let mut left = STEP_BYTES;
    let step = ReasoningStep {
        // Where both are huge the answer comes first: nobody can make it again.
        answered: fitted(step.answered, &mut left, secrets::masked),
        // The question was masked before it was sent.
        asked: fitted(step.asked, &mut left, str::to_owned),
        ..step
    };
    context.ports.reasoning().put_step(&step).await.map_err(|_| {
        context.usage.stop(ModelFault::TraceUnwritable);
        ModelFault::TraceUnwritable
    })
}

/// Returns as many of `blocks` as there is room for, each text masked by `mask`.
fn fitted(blocks: Vec<ContentBlock>, left: &mut usize, mask: impl Fn(&str) -> String) -> Vec<ContentBlock> {
    let fit = |text: &str, left: &mut usize| fitted_text(text, left, &mask);
    let all = blocks.len();
    let mut kept = Vec::new();
    for block in blocks {
        // A block without text takes room too.
        let Some(room) = left.checked_sub(32) else {
            let more = all.saturating_sub(kept.len());
            kept.push(ContentBlock::Text { text: format!("[cut: {more} more parts]") });
            break;
        };
        *left = room;
        kept.push(match block {
            ContentBlock::Text { text } => ContentBlock::Text { text: fit(&text, left) },
            ContentBlock::UseTool { id, name, input } => ContentBlock::UseTool {
                id: short_name(&id),
                name: short_name(&name),
                input: fit(&input, left),
            },
            ContentBlock::ToolResult { id, text, failed } => {
                ContentBlock::ToolResult { id: short_name(&id), text: fit(&text, left), failed }
            }
        });
    }
    kept
}

/// Returns as much of `text` as there is room for, masked by `mask`.
fn fitted_text(text: &str, left: &mut usize, mask: impl Fn(&str) -> String) -> String {
    // Masked before it is cut off, because half a secret looks like none; and cut off roughly before that,
    // because it may be huge.
    let read = text.floor_char_boundary(text.len().min(left.saturating_add(READ_BEYOND)));
    let (read, unread) = text.split_at(read);
    let masked = mask(read);
    let (kept, rest) = masked.split_at(masked.floor_char_boundary(masked.len().min(*left)));
    *left = left.saturating_sub(kept.len());
    let lost = rest.len().saturating_add(unread.len());
    if lost == 0 { kept.to_owned() } else { format!("{kept}[cut: {lost} more bytes]") }
}

fn short_name(text: &str) -> String {
    secrets::masked(&text.chars().take(NAME_CHARS).collect::<String>())
}
