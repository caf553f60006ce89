//! A trace for people: headings are ours, everything behind a bar is quoted.

use std::fmt::Write as _;

use common::{
    model::{ContentBlock, StopReason},
    reasoning::ReasoningStep,
};

use super::{Totals, Trace, quoted::quoted};
use crate::{
    incidents::show::tokens,
    output::plain::{date_time, hanging, line, wrapped},
};

pub(super) fn for_people(trace: &Trace) -> String {
    let mut text = wrapped(&format!("{}  {}", trace.incident_id, trace.title), 0);
    if trace.steps.is_empty() {
        text.push('\n');
        text.push_str(&wrapped(nothing(trace), 0));
        return text;
    }
    let mut before: Option<&ReasoningStep> = None;
    for step in &trace.steps {
        let begins = before.is_none_or(|before| before.investigation != step.investigation);
        if begins {
            let said = format!(
                "Investigation of {}, attempt {}, {}",
                date_time(step.investigation),
                step.attempt,
                step.bundle
            );
            text.push('\n');
            text.push_str(&wrapped(&said, 0));
        }
        if begins || before.is_none_or(|before| before.line != step.line) {
            // Writing into a string does not fail.
            let _ = writeln!(text, "\n  Line of inquiry: {}", line(&step.line));
        }
        text.push_str(&one_step(step));
        before = Some(step);
    }
    text.push_str(&totals(&trace.totals));
    text
}

/// Says why there are no steps to show.
fn nothing(trace: &Trace) -> &'static str {
    if trace.diagnoses.values().any(Option::is_some) {
        "A model was asked, but its requests are not stored. Its assessment: `nightshift show`."
    } else {
        "No model was asked about this incident. Its diagnosis comes from playbooks and the root-cause engine."
    }
}

fn one_step(step: &ReasoningStep) -> String {
    let ended = match &step.stop {
        None => "no answer".to_owned(),
        Some(StopReason::EndTurn) => "answered".to_owned(),
        Some(StopReason::ToolUse) => "called a tool".to_owned(),
        Some(StopReason::MaxTokens) => "cut off at the token limit".to_owned(),
        Some(StopReason::Filtered) => "stopped by a content filter".to_owned(),
        Some(StopReason::Other(word)) => format!("stopped: {word}"),
    };
    let said = format!(
        "{} {}, {}, {}, {}; {ended}",
        date_time(step.at),
        step.model,
        seconds(step.elapsed_ms),
        tokens(step.usage),
        step.cost
    );
    let mut text = hanging(&format!("step {}  ", step.step), &said, 4, 12);
    for problem in &step.problems {
        text.push_str(&hanging("problem  ", problem, 6, 15));
    }
    for (who, all) in [("request", &step.asked), ("answer", &step.answered)] {
        for one in all {
            text.push_str(&quotation(who, one));
        }
    }
    text
}

fn quotation(who: &str, said: &ContentBlock) -> String {
    let (heading, body) = match said {
        ContentBlock::Text { text } => (who.to_owned(), text),
        ContentBlock::UseTool { id, name, input } => {
            (format!("{who}: tool call {} ({})", line(name), line(id)), input)
        }
        ContentBlock::ToolResult { id, text, failed } => {
            let what = if *failed { "error of" } else { "result of" };
            (format!("{who}: {what} tool call {}", line(id)), text)
        }
    };
    format!("{}{}", wrapped(&heading, 6), quoted(body, 8))
}

fn totals(totals: &Totals) -> String {
    let mut text = String::from("\nTotals\n");
    let _ = writeln!(text, "  requests       {}", totals.requests);
    let _ = writeln!(text, "  investigations {}", totals.investigations);
    let _ = writeln!(text, "  with problems  {}", totals.with_problems);
    let _ = writeln!(text, "  time           {}", seconds(totals.elapsed_ms));
    let _ = writeln!(text, "  tokens         {}", tokens(totals.usage));
    let _ = writeln!(text, "  cost           {}", totals.cost);
    if !totals.tools.is_empty() {
        let tools: Vec<String> =
            totals.tools.iter().map(|(name, count)| format!("{} {count}", line(name))).collect();
        text.push_str(&hanging("tool calls     ", &tools.join(", "), 2, 17));
    }
    text
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100)
}
