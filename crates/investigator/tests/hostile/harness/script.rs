//! Builds the scripts that models follow.

use common::{
    model::{ContentBlock, ModelResponse, StopReason, Usage},
    ports::PortErrorKind,
};
use investigator::ModelFault;
use serde_json::{Value, json};

use crate::harness::stage::{Reply, Script, ScriptedRequest, Stage};

/// Describes one hostile behaviour, and the faults that must be counted for it.
pub(crate) struct HostileBehaviour {
    pub(crate) name: &'static str,
    pub(crate) problems: &'static [ModelFault],
    pub(crate) ends: ExpectedEnding,
    pub(crate) stage: Stage,
    pub(crate) script: Script,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExpectedEnding {
    Hypotheses,
    Abstained,
    Unusable,
}

pub(crate) fn behaviour(
    name: &'static str,
    problems: &'static [ModelFault],
    ends: ExpectedEnding,
    script: impl Fn(&ScriptedRequest<'_>) -> Reply + 'static,
) -> HostileBehaviour {
    HostileBehaviour { name, problems, ends, stage: Stage::usual(), script: Box::new(script) }
}

impl HostileBehaviour {
    pub(crate) fn on(mut self, change: impl FnOnce(&mut Stage)) -> Self {
        change(&mut self.stage);
        self
    }
}

pub(crate) const USAGE: Usage = Usage { input: 4_000, output: 200, cache_read: 0, cache_write: 0 };

pub(crate) fn answer(said: Vec<ContentBlock>, stop: StopReason) -> Reply {
    Reply::Answer(ModelResponse { content: said, stop, usage: USAGE })
}

pub(crate) fn used(id: &str, tool: &str, input: &str) -> ContentBlock {
    ContentBlock::UseTool { id: id.to_owned(), name: tool.to_owned(), input: input.to_owned() }
}

pub(crate) fn uses(tool: &str, input: &str) -> Reply {
    answer(vec![used("t-1", tool, input)], StopReason::ToolUse)
}

pub(crate) fn text(text: &str) -> ContentBlock {
    ContentBlock::Text { text: text.to_owned() }
}

pub(crate) fn says(words: &str) -> Reply {
    answer(vec![text(words)], StopReason::EndTurn)
}

pub(crate) const fn fails(kind: PortErrorKind) -> Reply {
    Reply::Fail(kind)
}

impl ScriptedRequest<'_> {
    pub(crate) fn weighs(&self) -> bool {
        self.line == "weigh"
    }

    /// The tool that ends this conversation.
    pub(crate) fn last_tool(&self) -> &'static str {
        if self.weighs() { "submit_diagnosis" } else { "report_line" }
    }

    /// Ids that may be cited: of the change, and of the log lines.
    pub(crate) fn ids(&self) -> (String, String) {
        let id = |at: usize| self.known.evidence[at].id.to_string();
        (id(1), id(2))
    }
}

/// A diagnosis that holds.
pub(crate) fn good(asked: &ScriptedRequest<'_>) -> Value {
    let (change, logs) = asked.ids();
    json!({
        "verdict": "hypotheses",
        "hypotheses": [{
            "component": "c1",
            "failure_mode": "bad_deployment",
            "action": "rollback-lambda-alias",
            "cause": "Version 8 of c2 fails on prices.",
            "supports": [change],
            "contradicts": [logs],
            "confidence": 0.8,
        }],
        "impact": {"text": "Checkouts fail.", "evidence": [logs]},
        "lasting_fix": {
            "problem": "Versions go live untested.",
            "place": "pipeline",
            "change": "Move the alias in steps.",
            "tests": ["A bad version is rolled back."],
            "evidence": [change],
        },
    })
}

/// A report that holds.
pub(crate) fn good_line(asked: &ScriptedRequest<'_>) -> Value {
    let (change, logs) = asked.ids();
    json!({
        "found": "cause",
        "finding": "The alias was moved when the errors began.",
        "component": "c1",
        "failure_mode": "bad_deployment",
        "supports": [change],
        "contradicts": [logs],
    })
}

/// Looks once, then answers what holds.
pub(crate) fn honest(asked: &ScriptedRequest<'_>) -> Reply {
    if asked.weighs() {
        uses("submit_diagnosis", &good(asked).to_string())
    } else if asked.nth == 1 {
        uses("read_logs", r#"{"component": "c2"}"#)
    } else {
        uses("report_line", &good_line(asked).to_string())
    }
}

/// Honest in the lines of inquiry.
pub(crate) fn in_weighing(
    script: impl Fn(&ScriptedRequest<'_>) -> Reply,
) -> impl Fn(&ScriptedRequest<'_>) -> Reply {
    move |asked| if asked.weighs() { script(asked) } else { honest(asked) }
}

/// Honest in the weighing.
pub(crate) fn in_lines(
    script: impl Fn(&ScriptedRequest<'_>) -> Reply,
) -> impl Fn(&ScriptedRequest<'_>) -> Reply {
    move |asked| if asked.weighs() { honest(asked) } else { script(asked) }
}

/// Honest but in one line and in the weighing: where size is the point, five lines show no more than one.
pub(crate) fn in_one_line_and_weighing(
    script: impl Fn(&ScriptedRequest<'_>) -> Reply,
) -> impl Fn(&ScriptedRequest<'_>) -> Reply {
    move |asked| if asked.weighs() || asked.line == "capacity" { script(asked) } else { honest(asked) }
}

/// A diagnosis that held before `change`.
pub(crate) fn submits(change: impl Fn(&mut Value)) -> impl Fn(&ScriptedRequest<'_>) -> Reply {
    in_weighing(move |asked| {
        let mut diagnosis = good(asked);
        change(&mut diagnosis);
        uses("submit_diagnosis", &diagnosis.to_string())
    })
}

/// A diagnosis whose first hypothesis held before `field` was this.
pub(crate) fn first_with(field: &'static str, value: Value) -> impl Fn(&ScriptedRequest<'_>) -> Reply {
    submits(move |diagnosis| diagnosis["hypotheses"][0][field] = value.clone())
}

/// A diagnosis in these words, with no regard for what JSON is.
pub(crate) fn writes(input: &'static str) -> impl Fn(&ScriptedRequest<'_>) -> Reply {
    in_weighing(move |_| uses("submit_diagnosis", input))
}
