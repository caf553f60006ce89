//! What was said, kept step by step. What cannot be kept is not used.

use common::{
    MicroUsd,
    model::{Said, Usage},
    ports::Reasoning as _,
    reasoning::ReasoningStep,
    secrets,
};
use jiff::Timestamp;

use crate::{
    brief::Outside,
    conversation::request::{Asked, Thread},
    conversation::response::Heard,
    investigate::Investigation,
    model_fault::Problem,
};

/// The texts of one step, together.
pub(crate) const STEP_BYTES: usize = 64 * 1024;
/// So much more is read than may be kept.
const READ_BEYOND: usize = 4 * 1024;
/// The longest name or id of a tool's use that is kept.
const WORD_CHARS: usize = 128;

/// Keeps the step that `asked` was, with what its answer came to.
pub(crate) async fn heard<O: Outside>(
    it: &Investigation<'_, O>,
    thread: &mut Thread<'_>,
    asked: &Asked,
    heard: &Heard,
) -> Result<(), Problem> {
    for problem in &heard.problems {
        it.met(*problem);
    }
    let step = ReasoningStep {
        at: asked.at,
        elapsed_ms: asked.elapsed_ms,
        answered: asked.answer.said.clone(),
        stop: Some(asked.answer.stop.clone()),
        usage: asked.usage,
        cost: asked.cost,
        problems: heard.problems.iter().map(|problem| problem.as_str().to_owned()).collect(),
        ..blank(it, thread, asked.at)
    };
    put(it, step).await
}

/// Keeps a step that had no answer.
pub(crate) async fn unanswered<O: Outside>(
    it: &Investigation<'_, O>,
    thread: &mut Thread<'_>,
    at: Timestamp,
    elapsed_ms: u64,
    cost: MicroUsd,
    problem: Problem,
) -> Result<(), Problem> {
    let problems = vec![problem.as_str().to_owned()];
    let step = ReasoningStep { elapsed_ms, cost, problems, ..blank(it, thread, at) };
    put(it, step).await
}

/// The next step of the thread, with what was said since the one before.
fn blank<O: Outside>(it: &Investigation<'_, O>, thread: &mut Thread<'_>, at: Timestamp) -> ReasoningStep {
    thread.step = thread.step.saturating_add(1);
    ReasoningStep {
        incident_id: it.brief.incident.id,
        attempt: it.brief.attempt,
        investigation: it.began,
        line: thread.inquiry.line.to_owned(),
        step: thread.step,
        at,
        elapsed_ms: 0,
        bundle: it.bundle_name.to_owned(),
        model: thread.inquiry.model.id.clone(),
        asked: std::mem::take(&mut thread.unrecorded),
        answered: Vec::new(),
        stop: None,
        usage: Usage::default(),
        cost: MicroUsd::ZERO,
        problems: Vec::new(),
    }
}

async fn put<O: Outside>(it: &Investigation<'_, O>, step: ReasoningStep) -> Result<(), Problem> {
    let mut left = STEP_BYTES;
    let step = ReasoningStep {
        // Of a huge answer and a huge question, the answer is what nobody can make again.
        answered: kept(step.answered, &mut left, secrets::masked),
        // What is asked was masked before it was.
        asked: kept(step.asked, &mut left, str::to_owned),
        ..step
    };
    it.outside.reasoning().put_step(&step).await.map_err(|_| {
        it.used.stop(Problem::TraceUnwritable);
        Problem::TraceUnwritable
    })
}

/// `said`, each text through `mask`, as far as there is room.
fn kept(said: Vec<Said>, left: &mut usize, mask: impl Fn(&str) -> String) -> Vec<Said> {
    let part = |text: &str, left: &mut usize| part(text, left, &mask);
    let all = said.len();
    let mut kept = Vec::new();
    for one in said {
        // A part without text takes room too.
        let Some(room) = left.checked_sub(32) else {
            let more = all.saturating_sub(kept.len());
            kept.push(Said::Text { text: format!("[cut: {more} more parts]") });
            break;
        };
        *left = room;
        kept.push(match one {
            Said::Text { text } => Said::Text { text: part(&text, left) },
            Said::UseTool { id, name, input } => {
                Said::UseTool { id: word(&id), name: word(&name), input: part(&input, left) }
            }
            Said::ToolResult { id, text, failed } => {
                Said::ToolResult { id: word(&id), text: part(&text, left), failed }
            }
        });
    }
    kept
}

/// As much of `text` as there is room for.
fn part(text: &str, left: &mut usize, mask: impl Fn(&str) -> String) -> String {
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

fn word(text: &str) -> String {
    secrets::masked(&text.chars().take(WORD_CHARS).collect::<String>())
}
