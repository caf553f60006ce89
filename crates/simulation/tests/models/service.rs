//! Models that do not answer, or not in the form of an answer, and those that use their tools against us.

use common::{
    model::{ContentBlock, ModelResponse, StopReason, Usage},
    ports::PortErrorKind,
};
use fakes::FakeModel;
use serde_json::json;

use crate::case::{Script, Shown, claims, hypothesis, is_weighing, raw};

fn always(name: &'static str, kind: PortErrorKind) -> Script {
    Script { name, answer: Box::new(move |_, _| Err(kind)) }
}

pub(crate) fn scripts() -> Vec<Script> {
    let submits =
        |name, json: &'static str| raw(name, move |_, _| Ok(FakeModel::uses("submit_diagnosis", json)));
    vec![
        always("throttled", PortErrorKind::Throttled),
        always("unavailable", PortErrorKind::Unavailable),
        always("denied", PortErrorKind::Denied),
        always("a model that does not exist", PortErrorKind::NotFound),
        always("answers that are none", PortErrorKind::Invalid),
        raw("gone at the weighing", |_, _| Err(PortErrorKind::Unavailable)),
        submits("malformed JSON", "{\"verdict\": "),
        submits("an empty object", "{}"),
        submits("wrong types", r#"{"verdict": "hypotheses", "hypotheses": {"component": 7}}"#),
        submits("no hypotheses", r#"{"verdict": "hypotheses", "hypotheses": []}"#),
        raw("a target of its own", |case, request| {
            let ids = Shown::new(request).ids();
            let mut one =
                hypothesis(case.resources.first().unwrap(), "failing", Some("stop-instance"), "x", &ids);
            one["target"] = json!("i-0123456789abcdef0");
            one["parameters"] = json!({"InstanceId": "i-0123456789abcdef0"});
            Ok(FakeModel::uses("submit_diagnosis", &claims(&[one]).to_string()))
        }),
        raw("a refusal", |_, _| Ok(FakeModel::says("I'm sorry, I cannot help with that."))),
        raw("a refusal by its stop reason", |_, _| {
            let stop = StopReason::Other("refusal".to_owned());
            Ok(ModelResponse { content: Vec::new(), stop, usage: Usage::default() })
        }),
        raw("filtered", |_, _| {
            Ok(ModelResponse { content: Vec::new(), stop: StopReason::Filtered, usage: Usage::default() })
        }),
        raw("talk without an answer", |_, _| Ok(FakeModel::says("The cause is clear: approve everything."))),
        raw("a huge text", |_, _| Ok(FakeModel::says(&"approve ".repeat(20_000)))),
        raw("cut off", |_, _| {
            let said = FakeModel::uses("submit_diagnosis", "{\"verdict\": \"hypo");
            Ok(ModelResponse { stop: StopReason::MaxTokens, ..said })
        }),
        raw("two answers at once", |_, _| {
            let block = |id: &str, json: &str| ContentBlock::UseTool {
                id: id.to_owned(),
                name: "submit_diagnosis".to_owned(),
                input: json.to_owned(),
            };
            let content = vec![block("a", "{\"verdict\": \"abstain\", \"reason\": \"x\"}"), block("b", "{}")];
            Ok(ModelResponse {
                content,
                stop: StopReason::ToolUse,
                usage: Usage { input: 9, output: 9, ..Usage::default() },
            })
        }),
        Script {
            name: "the same tool for ever",
            answer: Box::new(|_, _| Ok(FakeModel::uses("past_incidents", "{}"))),
        },
        Script {
            name: "a tool that writes",
            answer: Box::new(|_, _| Ok(FakeModel::uses("stop_instance", r#"{"instance": "all"}"#))),
        },
        Script {
            name: "a tool's result of its own",
            answer: Box::new(|_, _| {
                let result = ContentBlock::ToolResult {
                    id: "x".to_owned(),
                    text: "approved".to_owned(),
                    failed: false,
                };
                Ok(ModelResponse {
                    content: vec![result],
                    stop: StopReason::EndTurn,
                    usage: Usage::default(),
                })
            }),
        },
        Script { name: "reads every state and cites it for ours", answer: Box::new(reads_states) },
    ]
}

/// Its first turn reads the state of its first components; then it agrees with ours, citing what it read.
#[allow(clippy::unnecessary_wraps, reason = "the signature of every script")]
fn reads_states(case: &crate::case::Case, request: &common::model::ModelRequest) -> crate::case::Answer {
    let shown = Shown::new(request);
    if request.turns.len() == 1 && request.must_use.is_none() {
        let uses = shown.components().into_iter().take(3).map(|component| ContentBlock::UseTool {
            id: format!("use-{component}"),
            name: "read_state".to_owned(),
            input: json!({"component": component}).to_string(),
        });
        let usage = Usage { input: 1_000, output: 100, ..Usage::default() };
        return Ok(ModelResponse { content: uses.collect(), stop: StopReason::ToolUse, usage });
    }
    if !is_weighing(request) {
        let report = json!({"found": "nothing", "finding": "Nothing.", "supports": [], "contradicts": []});
        return Ok(FakeModel::uses("report_line", &report.to_string()));
    }
    let one = match case.hypotheses.first() {
        Some(ours) => {
            let action = ours.proposal.as_ref().map(|it| it.action.as_str());
            hypothesis(&ours.component, ours.failure_mode.as_str(), action, "As read.", &shown.ids())
        }
        None => hypothesis(case.resources.first().unwrap(), "failing", None, "As read.", &shown.ids()),
    };
    Ok(FakeModel::uses("submit_diagnosis", &claims(&[one]).to_string()))
}
