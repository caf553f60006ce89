//! Tests the requests to Bedrock, byte for byte, and the result of each answer that it can give.
#![cfg(all(feature = "model", feature = "store"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

#[path = "support/loopback.rs"]
mod loopback;

use std::time::Duration;

use aws::model::Bedrock;
use common::{
    PortError,
    model::{
        ContentBlock, Guardrail, ModelRequest, ModelResponse, Speaker, StopReason, ToolDefinition, Turn,
        Usage,
    },
    ports::{Model as _, PortErrorKind},
};
use loopback::{Loopback, answer};
use serde_json::{Value, json};

fn said(text: &str) -> ContentBlock {
    ContentBlock::Text { text: text.to_owned() }
}

fn by(speaker: Speaker, said: Vec<ContentBlock>) -> Turn {
    Turn { by: speaker, content: said }
}

fn request() -> ModelRequest {
    ModelRequest {
        model: "eu.anthropic.claude-sonnet-4-5-20250929-v1:0".to_owned(),
        guardrail: None,
        system: "You find causes.".to_owned(),
        tools: vec![],
        must_use: None,
        turns: vec![by(Speaker::Nightshift, vec![said("What is it?")])],
        max_output_tokens: 2_000,
    }
}

/// A request with everything that there is.
fn full() -> ModelRequest {
    let schema = json!({
        "type": "object",
        "required": ["found"],
        "properties": {
            "found": {"type": "array", "maxItems": 5, "items": {"type": "string"}},
            "confidence": {"type": "number", "minimum": 0, "maximum": 0.95},
            "bytes": {"type": "integer", "maximum": u64::MAX},
        },
    });
    let use_tool = |id: &str, name: &str, input: &str| ContentBlock::UseTool {
        id: id.to_owned(),
        name: name.to_owned(),
        input: input.to_owned(),
    };
    let result = |id: &str, text: &str, failed| ContentBlock::ToolResult {
        id: id.to_owned(),
        text: text.to_owned(),
        failed,
    };
    let tool = |name: &str, schema: &Value| ToolDefinition {
        name: name.to_owned(),
        description: format!("What {name} does."),
        schema: schema.clone(),
    };
    ModelRequest {
        guardrail: Some(Guardrail { id: "gr123".to_owned(), version: "1".to_owned() }),
        tools: vec![tool("read_logs", &json!({"type": "object"})), tool("report_line", &schema)],
        must_use: Some("report_line".to_owned()),
        turns: vec![
            by(Speaker::Nightshift, vec![said("What is it?")]),
            by(
                Speaker::Model,
                vec![
                    said(" \n"),
                    use_tool("u1", "read_logs", r#"{"z": 18446744073709551615, "a": [1.5, null]}"#),
                    use_tool("u2", "read logs", "{not json"),
                ],
            ),
            by(Speaker::Nightshift, vec![result("u1", "two lines", false), result("u2", "", true)]),
        ],
        ..request()
    }
}

/// Returns the body that the documentation of `Converse` prescribes for [`full`].
fn golden() -> Value {
    let cache_point = json!({"cachePoint": {"type": "default"}});
    let tool = |name: &str, schema: Value| {
        json!({"toolSpec": {
            "name": name,
            "description": format!("What {name} does."),
            "inputSchema": {"json": schema},
        }})
    };
    let used = |id: &str, name: &str, input: Value| json!({"toolUse": {"toolUseId": id, "name": name, "input": input}});
    let result = |id: &str, text: &str, status: &str| json!({"toolResult": {"toolUseId": id, "content": [{"text": text}], "status": status}});
    json!({
        "system": [{"text": "You find causes."}, cache_point],
        "toolConfig": {
            "tools": [
                tool("read_logs", json!({"type": "object"})),
                tool("report_line", full().tools[1].schema.clone()),
                cache_point,
            ],
            "toolChoice": {"tool": {"name": "report_line"}},
        },
        "inferenceConfig": {"maxTokens": 2000, "temperature": 0.0},
        "guardrailConfig": {"guardrailIdentifier": "gr123", "guardrailVersion": "1", "trace": "disabled"},
        "messages": [
            {"role": "user", "content": [{"text": "What is it?"}]},
            {"role": "assistant", "content": [
                used("u1", "read_logs", json!({"z": u64::MAX, "a": [1.5, null]})),
                used("u2", "read_logs", json!({})),
            ]},
            {"role": "user", "content": [
                result("u1", "two lines", "success"),
                result("u2", "(nothing)", "error"),
            ]},
        ],
    })
}

fn good(content: &Value, stop: &str) -> String {
    let body = json!({
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop,
        "usage": {
            "inputTokens": 30, "outputTokens": 8, "totalTokens": 2086,
            "cacheReadInputTokens": 2048, "cacheWriteInputTokens": 0, "somethingNew": {},
        },
        "metrics": {"latencyMs": 551},
        "somethingNew": [1, {"a": 2}],
    });
    answer(200, &[], &body.to_string())
}

async fn ask(loopback: &Loopback, request: &ModelRequest) -> Result<ModelResponse, PortError> {
    Bedrock::from_config(&loopback.config).converse(request).await
}

/// Returns the result of a request whose only answer is `given`.
async fn converse_answering(given: String) -> Result<ModelResponse, PortError> {
    ask(&Loopback::answering(&[given]).await, &request()).await
}

#[tokio::test]
async fn request_is_what_converse_documents() {
    let loopback = Loopback::answering(&[good(&json!([{"text": "x"}]), "end_turn")]).await;
    ask(&loopback, &full()).await.unwrap();
    let asked = loopback.asked().remove(0);
    let line = asked.head.lines().next().unwrap();
    assert_eq!(line, "post /model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3a0/converse http/1.1");
    assert!(asked.head.contains("credential=test/"), "{}", asked.head);
    assert!(asked.head.contains("/eu-west-1/bedrock/aws4_request"), "{}", asked.head);
    assert_eq!(serde_json::from_str::<Value>(&asked.body).unwrap(), golden());
}

#[tokio::test]
async fn request_without_tools_or_a_system_text_has_neither() {
    let loopback = Loopback::answering(&[good(&json!([]), "end_turn")]).await;
    let given = ModelRequest { system: String::new(), ..request() };
    ask(&loopback, &given).await.unwrap();
    let expected = json!({
        "inferenceConfig": {"maxTokens": 2000, "temperature": 0.0},
        "messages": [{"role": "user", "content": [{"text": "What is it?"}]}],
    });
    assert_eq!(serde_json::from_str::<Value>(&loopback.asked()[0].body).unwrap(), expected);
}

/// Otherwise the service would never find the beginning of a request in its cache.
#[tokio::test]
async fn request_is_the_same_bytes_each_time() {
    let answers: Vec<_> = (0..5).map(|_| good(&json!([]), "end_turn")).collect();
    let loopback = Loopback::answering(&answers).await;
    for _ in &answers {
        ask(&loopback, &full()).await.unwrap();
    }
    let asked = loopback.asked();
    assert!(asked.windows(2).all(|pair| pair[0].body == pair[1].body), "{asked:?}");
}

#[tokio::test]
async fn answer_is_read_with_what_we_know_of_it() {
    let content = json!([
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
        {"text": "I look."},
        {"somethingNew": {"a": 1}},
        {"toolUse": {"toolUseId": "u1", "name": "read_logs", "input": {"b": 18_446_744_073_709_551_615_u64, "a": [true]}}},
    ]);
    let found = converse_answering(good(&content, "tool_use")).await.unwrap();
    let used = ContentBlock::UseTool {
        id: "u1".to_owned(),
        name: "read_logs".to_owned(),
        input: r#"{"a":[true],"b":18446744073709551615}"#.to_owned(),
    };
    assert_eq!(found.content, [said("I look."), used]);
    assert_eq!(found.stop, StopReason::ToolUse);
    assert_eq!(found.usage, Usage { input: 30, output: 8, cache_read: 2048, cache_write: 0 });
}

#[tokio::test]
async fn answer_without_content_says_nothing() {
    let found = converse_answering(good(&json!([]), "guardrail_intervened")).await.unwrap();
    assert_eq!((found.content.len(), found.stop), (0, StopReason::Filtered));
}

#[tokio::test]
async fn answer_that_cannot_be_used_is_an_error_of_its_kind() {
    use PortErrorKind::Invalid;
    let message = json!({"message": {"role": "assistant", "content": [{"text": "x"}]}});
    let usage = json!({"inputTokens": 1, "outputTokens": 1, "totalTokens": 2});
    let without_usage = json!({"output": message, "stopReason": "end_turn"}).to_string();
    let without_message = json!({"stopReason": "end_turn", "usage": usage}).to_string();
    let secret = "the caller's secret";
    let broken = good(&json!([{"text": secret}]), "end_turn");
    let cut_off = broken.chars().take(broken.len() - 40).collect();
    for (given, expected) in [
        (answer(200, &[], &without_usage), Invalid),
        (answer(200, &[], &without_message), Invalid),
        (answer(200, &[], "{\"output\": "), Invalid),
        (answer(200, &[], &format!("<html>{secret}")), Invalid),
        (answer(200, &[], ""), Invalid),
        (cut_off, Invalid),
    ] {
        let error = converse_answering(given.clone()).await.unwrap_err();
        assert_eq!(error.kind, expected, "{given}");
        assert!(error.operation.starts_with("Converse eu.anthropic"), "{error}");
        assert!(!format!("{error:?}").contains(secret), "{error:?}");
    }
}

#[tokio::test]
async fn refusal_is_an_error_of_its_kind_and_is_not_tried_again() {
    use PortErrorKind::{Denied, Invalid, NotFound, Throttled, Unavailable};
    for (status, code, expected) in [
        (400, "ValidationException", Invalid),
        (400, "ServiceQuotaExceededException", Throttled),
        (403, "AccessDeniedException", Denied),
        (404, "ResourceNotFoundException", NotFound),
        (408, "ModelTimeoutException", Unavailable),
        (424, "ModelErrorException", Unavailable),
        (429, "ThrottlingException", Throttled),
        (429, "ModelNotReadyException", Unavailable),
        (500, "InternalServerException", Unavailable),
        (503, "ServiceUnavailableException", Unavailable),
    ] {
        let body = json!({"message": "no"}).to_string();
        let error_type = format!("{code}:http://internal.amazon.com/coral/com.amazon.bedrock/");
        let refused = answer(status, &[("x-amzn-errortype", &error_type)], &body);
        let loopback = Loopback::answering(&[refused]).await;
        assert_eq!(ask(&loopback, &request()).await.unwrap_err().kind, expected, "{code}");
        assert_eq!(loopback.asked().len(), 1, "{code}");
    }
    for (status, expected) in [(429, Throttled), (500, Unavailable), (503, Unavailable), (424, Unavailable)] {
        assert_eq!(
            converse_answering(answer(status, &[], "nonsense")).await.unwrap_err().kind,
            expected,
            "{status}"
        );
    }
}

#[tokio::test]
async fn answer_that_never_comes_is_given_up() {
    let loopback = Loopback::answering(&[String::new()]).await;
    let bedrock = Bedrock::with_timeout(&loopback.config, Duration::from_millis(50));
    assert_eq!(bedrock.converse(&request()).await.unwrap_err().kind, PortErrorKind::Unavailable);
    assert_eq!(loopback.asked().len(), 1);
}

#[tokio::test]
async fn what_a_model_does_not_take_is_left_out_from_then_on() {
    let refused = |status, code, message: &str| {
        answer(status, &[("x-amzn-errortype", code)], &json!({"message": message}).to_string())
    };
    let loopback = Loopback::answering(&[
        refused(403, "AccessDeniedException", "your request did not allow prompt caching"),
        refused(400, "ValidationException", "`temperature` is deprecated for this model."),
        good(&json!([{"text": "x"}]), "end_turn"),
        good(&json!([{"text": "x"}]), "end_turn"),
        good(&json!([{"text": "x"}]), "end_turn"),
    ])
    .await;
    let bedrock = Bedrock::from_config(&loopback.config);
    bedrock.converse(&request()).await.unwrap();
    bedrock.clone().converse(&request()).await.unwrap();
    let another = ModelRequest { model: "another".to_owned(), ..request() };
    bedrock.converse(&another).await.unwrap();
    let asked: Vec<_> = loopback
        .asked()
        .iter()
        .map(|asked| (asked.body.contains("cachePoint"), asked.body.contains("temperature")))
        .collect();
    assert_eq!(asked, [(true, true), (false, true), (false, false), (false, false), (true, true)]);
}
