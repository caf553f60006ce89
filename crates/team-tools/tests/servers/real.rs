//! Tests the client against a server of the SDK's own, in a process of its own.

use common::ports::{PortErrorKind, TeamTools};
use serde_json::json;
use team_tools::ServerTimeouts;

use crate::{
    confirmed, in_time, limits,
    real_server::{Process, serve_if_started},
    short, team,
};

#[test]
fn server_process_when_a_test_starts_it_serves() {
    serve_if_started();
}

#[tokio::test]
async fn definitions_of_a_real_server_are_those_allowed_that_read() {
    let server = Process::start();
    let tools = team(&[("s", &server.url, &["echo", "plain", "write", "destroy", "none"])], limits());
    let (definitions, gaps) = tools.definitions().await;
    let names: Vec<_> = definitions.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["team_s_echo", "team_s_plain"]);
    let echo = definitions.first().unwrap();
    assert_eq!(echo.description, "Says what it is told.");
    assert_eq!(echo.schema, json!({"type": "object", "properties": {"text": {"type": "string"}}}));
    let gaps: Vec<_> = gaps.iter().map(|gap| (gap.operation.as_str(), gap.kind)).collect();
    assert_eq!(
        gaps,
        [
            ("tool team_s_write", PortErrorKind::Denied),
            ("tool team_s_destroy", PortErrorKind::Denied),
            ("tool team_s_none", PortErrorKind::NotFound),
        ],
    );
}

#[tokio::test]
async fn tools_that_say_nothing_of_themselves_are_used_only_where_the_team_confirms_them() {
    let server = Process::start();
    let tools = ["echo", "plain", "header", "write", "destroy"];
    let tools = confirmed(&[("s", &server.url, &tools, &["plain", "write", "destroy"])], limits());
    let (definitions, gaps) = tools.definitions().await;
    let names: Vec<_> = definitions.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["team_s_echo", "team_s_plain"]);
    // Whatever the team confirms: what says that it changes things does.
    for (gap, (name, why)) in gaps.iter().zip([
        ("tool team_s_header", "does not say that this tool only reads"),
        ("tool team_s_write", "changes things"),
        ("tool team_s_destroy", "changes things"),
    ]) {
        assert_eq!((gap.operation.as_str(), gap.kind), (name, PortErrorKind::Denied));
        assert!(gap.source.to_string().contains(why), "{}", gap.source);
    }
    assert_eq!(gaps.len(), 3);
    // Before a call it is looked up again.
    let error = tools.call("team_s_header", &json!({})).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Denied);
    assert!(tools.call("team_s_echo", &json!({"text": "one"})).await.is_ok());
}

#[tokio::test]
async fn call_of_a_real_server_answers_again_and_again() {
    let server = Process::start();
    let tools = team(&[("s", &server.url, &["echo", "header"])], limits());
    for text in ["one", "zwei"] {
        let answer = tools.call("team_s_echo", &json!({ "text": text })).await.unwrap();
        assert_eq!(answer, format!("you said {text}\n[an image of image/png was left out]"));
    }
    // The header that the caller found goes out as it is.
    assert_eq!(tools.call("team_s_header", &json!({})).await.unwrap(), "Basic dGVhbQ==");
}

#[tokio::test]
async fn call_of_what_is_not_allowed_is_refused() {
    let mut server = Process::start();
    let tools = team(&[("s", &server.url, &["echo", "write", "none"])], limits());
    for (name, input, kind, why) in [
        ("team_s_plain", json!({}), PortErrorKind::NotFound, "allows no such tool"),
        ("plain", json!({}), PortErrorKind::NotFound, "allows no such tool"),
        ("team_s_write", json!({}), PortErrorKind::Denied, "changes things"),
        ("team_s_none", json!({}), PortErrorKind::NotFound, "no such tool"),
        ("team_s_echo", json!("text"), PortErrorKind::Invalid, "no JSON object"),
    ] {
        let error = tools.call(name, &input).await.unwrap_err();
        assert_eq!((error.kind, error.operation.as_str()), (kind, format!("tool {name}").as_str()));
        assert!(error.source.to_string().contains(why), "{}", error.source);
    }
    assert!(!server.has_said("wrote"));
}

#[tokio::test]
async fn call_that_fails_says_so_on_one_masked_line() {
    let server = Process::start();
    let tools = team(&[("s", &server.url, &["fail", "refuse"])], limits());
    let error = tools.call("team_s_fail", &json!({})).await.unwrap_err();
    assert_eq!(error.source.to_string(), "the tool failed: no luck: password=[masked]");
    let error = tools.call("team_s_refuse", &json!({})).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Invalid);
    assert!(error.source.to_string().contains("token=[masked]"), "{}", error.source);
}

#[tokio::test]
async fn call_with_a_long_answer_is_cut() {
    let server = Process::start();
    let tools = team(&[("s", &server.url, &["long"])], limits());
    let answer = tools.call("team_s_long", &json!({})).await.unwrap();
    assert!(answer.len() < 17 * 1024 && answer.contains("[the answer was cut after"), "{}", answer.len());
}

#[tokio::test]
async fn call_of_a_hanging_tool_ends_in_time() {
    let server = Process::start();
    let tools = team(&[("s", &server.url, &["hang"])], ServerTimeouts { call: short(), ..limits() });
    let error = in_time(tools.call("team_s_hang", &json!({}))).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Unavailable);
    assert!(error.source.to_string().contains("no answer within"), "{}", error.source);
}

#[tokio::test]
async fn call_of_a_server_that_is_killed_meanwhile_fails_in_time() {
    let mut server = Process::start();
    let url = server.url.clone();
    let tools = team(&[("s", &url, &["hang"])], limits());
    let input = json!({});
    let killed = async {
        server.says("hangs").await;
        server.kill();
    };
    let (called, ()) = in_time(futures_util::future::join(tools.call("team_s_hang", &input), killed)).await;
    assert_eq!(called.unwrap_err().kind, PortErrorKind::Unavailable);
    // And the next one finds nobody there.
    let error = tools.call("team_s_hang", &input).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Unavailable);
}

#[tokio::test]
async fn definitions_with_one_server_down_are_those_of_the_other() {
    let mut down = Process::start();
    down.kill();
    let up = Process::start();
    let tools = team(&[("down", &down.url, &["echo"]), ("up", &up.url, &["echo"])], limits());
    let (definitions, gaps) = tools.definitions().await;
    assert_eq!(definitions.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["team_up_echo"]);
    let gaps: Vec<_> = gaps.iter().map(|gap| (gap.operation.as_str(), gap.kind)).collect();
    assert_eq!(gaps, [("tools of down", PortErrorKind::Unavailable)]);
}
