use proptest::prelude::*;

use super::*;
use crate::tool_server::is_name_character;

const GOOD: &str = r#"[
    {"name": "grafana", "url": "https://grafana.example.com/k3y/mcp", "tools": ["query_prometheus", "a.b/c"],
     "confirmed_read_only": ["a.b/c"], "header_parameter": "/nightshift/grafana"},
    {"name": "wiki", "url": "http://127.0.0.1:8080/mcp", "tools": ["search"]}
]"#;

#[test]
fn parse_servers_written_well_are_read() {
    let servers = parse_servers(GOOD).unwrap();
    let names: Vec<_> =
        servers.iter().flat_map(ToolServer::tools).map(|tool| tool.offered_as.as_str()).collect();
    assert_eq!(names, ["team_grafana_query_prometheus", "team_grafana_a_b_c", "team_wiki_search"]);
    let tool = servers.first().unwrap().tool("team_grafana_a_b_c").unwrap();
    assert_eq!((tool.name.as_str(), tool.confirmed_read_only), ("a.b/c", true));
    assert!(!servers.first().unwrap().tool("team_grafana_query_prometheus").unwrap().confirmed_read_only);
    assert_eq!(servers.first().unwrap().header_parameter(), Some("/nightshift/grafana"));
    assert!(parse_servers("[]").unwrap().is_empty());
}

#[test]
fn parse_servers_written_wrong_name_the_field_and_not_the_address() {
    let of = |name: &str, url: &str, tools: &str| {
        format!(r#"[{{"name": "{name}", "url": "{url}", "tools": {tools}}}]"#)
    };
    let url = "https://a.example/k3y";
    let long = format!("{:?}", ["x".repeat(60)]);
    let many = format!("{:?}", (0..33).map(|n| n.to_string()).collect::<Vec<_>>());
    for (json, part) in [
        ("{}".to_owned(), "expected a list"),
        (r#"[{"name": "a"}]"#.to_owned(), "missing field `url`"),
        (
            r#"[{"name": "a", "url": "https://a", "tools": ["t"], "header": ""}]"#.to_owned(),
            "unknown field `header`",
        ),
        (of("", url, r#"["t"]"#), "[0].name: invalid name \"\": expected 1 to 24"),
        (of("a b", url, r#"["t"]"#), "[0].name: invalid name \"a b\": expected 1 to 24"),
        (of("a", "a.example/k3y", r#"["t"]"#), "[0].url: invalid address: expected https://<host>/<path>"),
        (
            of("a", "ftp://a.example/k3y", r#"["t"]"#),
            "[0].url: invalid address: expected https://<host>/<path>",
        ),
        (
            of("a", "https://a.example/k3y#f", r#"["t"]"#),
            "[0].url: invalid address: expected https://<host>/<path>",
        ),
        (
            of("a", "http://a.example/k3y", r#"["t"]"#),
            "[0].url: http:// is only allowed for a loopback address: expected https://",
        ),
        (
            of("a", "http://127.0.0.1.a.example/k3y", r#"["t"]"#),
            "[0].url: http:// is only allowed for a loopback address: expected https://",
        ),
        (of("a", "https://k3y:x@a.example/", r#"["t"]"#), "[0].url: holds a user or a password: expected"),
        (
            of("a", "http://127.0.0.1:k3y@a.example/", r#"["t"]"#),
            "[0].url: holds a user or a password: expected",
        ),
        (
            of("a", "https://a.example/mcp?key=k3y", r#"["t"]"#),
            "[0].url: holds a query, which may be a key: expected",
        ),
        (of("a", "https://a.example?", r#"["t"]"#), "[0].url: holds a query, which may be a key: expected"),
        (of("a", url, "[]"), "[0].tools: empty: expected"),
        (of("a", url, r#"[""]"#), "[0].tools: empty tool name: expected"),
        (of("a", url, &long), "expected at most 64 characters"),
        (of("a", url, &many), "[0].tools: 33 tools: expected at most 32"),
        (of("a", url, r#"["t.x", "t/x"]"#), "\"t/x\" would be offered as \"team_a_t_x\""),
        (
            format!(
                r#"[{{"name":"a_b","url":"{url}","tools":["c"]}},{{"name":"a","url":"{url}","tools":["b_c"]}}]"#
            ),
            "[1].tools: \"b_c\" would be offered",
        ),
        (
            format!(
                r#"[{{"name":"a","url":"{url}","tools":["c"]}},{{"name":"a","url":"{url}","tools":["d"]}}]"#
            ),
            "[1].name: \"a\" is the name of another server: expected",
        ),
        (
            format!(r#"[{{"name":"a","url":"{url}","tools":["c"],"confirmed_read_only":["d"]}}]"#),
            "[0].confirmed_read_only: \"d\" is not among \"tools\": expected",
        ),
        (
            format!(r#"[{{"name":"a","url":"{url}","tools":["c"],"confirmed_read_only":"c"}}]"#),
            "expected a list",
        ),
        (
            format!(r#"[{{"name":"a","url":"{url}","tools":["c"],"header_parameter":""}}]"#),
            "[0].header_parameter: empty: expected",
        ),
    ] {
        let error = parse_servers(&json).unwrap_err();
        let said = format!(
            "{error}: {}",
            std::error::Error::source(&error).map_or_else(String::new, ToString::to_string)
        );
        assert!(said.contains(part), "{said:?} of {json}");
        assert!(!said.contains("k3y"), "{said}");
    }
}

#[test]
fn authorization_is_shown_nowhere() {
    let server = parse_servers(GOOD).unwrap().remove(0).with_authorization("Bearer s3cret\n").unwrap();
    assert_eq!(server.authorization().unwrap(), "Bearer s3cret");
    let shown = format!("{server:?}");
    assert!(!shown.contains("s3cret") && !shown.contains("k3y"), "{shown}");
    let error = server.with_authorization("s3cret\nX-Other: 1").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

proptest! {
    #[test]
    fn parse_servers_any_tool_names_are_refused_or_offered_as_bedrock_takes_them(
        tools in proptest::collection::vec(".{0,70}", 0..4),
    ) {
        let json = serde_json::json!([{ "name": "a", "url": "https://a.example", "tools": tools }]);
        if let Ok(servers) = parse_servers(&json.to_string()) {
            let names: Vec<_> = servers.iter().flat_map(ToolServer::tools).map(|tool| &tool.offered_as).collect();
            prop_assert!(names.iter().all(|name| (1..=64).contains(&name.len()) && name.chars().all(is_name_character)));
            prop_assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), tools.len());
        }
    }
}
