//! Which servers a team has, and which of their tools may be used.

use std::{collections::BTreeSet, fmt, net::IpAddr};

use http::{HeaderValue, Uri};
use serde::Deserialize;

/// Servers, at most: all are asked in every incident.
const MOST_SERVERS: usize = 8;
/// Tools of a server, at most: a model is told of every one in every request.
const MOST_TOOLS: usize = 32;
/// What Bedrock takes for a tool's name.
const LONGEST_NAME: usize = 64;

/// The servers in `json`: `[{"name": "grafana", "url": "https://…/mcp", "tools": ["query_prometheus"],
/// "confirmed_read_only": ["query_prometheus"], "header_parameter": "/nightshift/grafana"}]`, the last two
/// optional. A tool is only used that its server says only reads, or of which the team confirms it.
pub fn servers(json: &str) -> Result<Vec<Server>, ConfigError> {
    let written: Vec<Written> = serde_json::from_str(json).map_err(ConfigError::Json)?;
    if written.len() > MOST_SERVERS {
        return Err(ConfigError::TooManyServers { found: written.len() });
    }
    let mut names = BTreeSet::new();
    let mut offered = BTreeSet::new();
    let mut servers = Vec::with_capacity(written.len());
    for (place, one) in written.into_iter().enumerate() {
        let server = Server::try_from(one).map_err(|problem| ConfigError::Server { place, problem })?;
        let problem = if names.insert(server.name.clone()) {
            let twice = server.tools.iter().find(|tool| !offered.insert(tool.offered_as.clone()));
            twice.map(|tool| Problem::SameName { tool: tool.name.clone(), name: tool.offered_as.clone() })
        } else {
            Some(Problem::NameTwice { name: server.name.clone() })
        };
        if let Some(problem) = problem {
            return Err(ConfigError::Server { place, problem });
        }
        servers.push(server);
    }
    Ok(servers)
}

/// What is wrong with the list of servers; never quotes an address, which may hold a key.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "the team's tool servers: not a list of {{\"name\", \"url\", \"tools\", \"confirmed_read_only\", \"header_parameter\"}} in JSON"
    )]
    Json(#[source] serde_json::Error),
    #[error("the team's tool servers: {found} of them, where {MOST_SERVERS} are allowed")]
    TooManyServers { found: usize },
    #[error("the team's tool servers: [{place}].{problem}")]
    Server { place: usize, problem: Problem },
    #[error("the authorization of {server} is no value of an HTTP header: visible ASCII on one line is")]
    Authorization { server: String },
}

#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("name: {name:?} is not 1 to 24 letters, digits, hyphens or underscores")]
    Name { name: String },
    #[error("name: {name:?} names two servers; every server needs a name of its own")]
    NameTwice { name: String },
    #[error("url: not an address; https://<host>/<path> is one")]
    NoUrl,
    #[error("url: without TLS, which only an address of this host may be; https:// is right")]
    NoTls,
    #[error("url: holds a user or a password; \"header_parameter\" is the place for them")]
    UserInUrl,
    #[error("url: holds a query, which may be a key; \"header_parameter\" is the place for one")]
    QueryInUrl,
    #[error("tools: names no tool; the names of those to be used are right")]
    NoTools,
    #[error("tools: {found} of them, where {MOST_TOOLS} are allowed")]
    TooManyTools { found: usize },
    #[error(
        "tools: {tool:?} is offered as {name:?}, which is longer than {LONGEST_NAME} characters; a shorter name of the server may help"
    )]
    LongName { tool: String, name: String },
    #[error("tools: an empty name")]
    EmptyTool,
    #[error("tools: {tool:?} would be offered as {name:?}, as another tool is")]
    SameName { tool: String, name: String },
    #[error("confirmed_read_only: {tool:?} is not among tools; a name that is there is right")]
    NotAmongTools { tool: String },
    #[error("header_parameter: empty; the name of a parameter is right, or nothing at all")]
    EmptyParameter,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    url: String,
    tools: Vec<String>,
    #[serde(default)]
    confirmed_read_only: Vec<String>,
    #[serde(default)]
    header_parameter: Option<String>,
}

/// A server of the team's own, and what it may be asked.
#[derive(Debug, Clone)]
pub struct Server {
    name: String,
    url: Url,
    tools: Vec<Tool>,
    header_parameter: Option<String>,
    authorization: Option<Authorization>,
}

/// A tool that the team allows.
#[derive(Debug, Clone)]
pub(crate) struct Tool {
    /// The server's name for it.
    pub(crate) name: String,
    /// The model's.
    pub(crate) offered_as: String,
    /// Whether the team says that it only reads, where its server says nothing.
    pub(crate) confirmed_read_only: bool,
}

/// An address whose path may hold a key.
#[derive(Clone)]
struct Url(Uri);

impl fmt::Debug for Url {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0.host().unwrap_or_default())
    }
}

/// The whole value of an `Authorization` header. It is never shown.
#[derive(Clone)]
pub struct Authorization(HeaderValue);

impl fmt::Debug for Authorization {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[hidden]")
    }
}

impl Server {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameter that holds the `Authorization` header, which the caller reads.
    pub fn header_parameter(&self) -> Option<&str> {
        self.header_parameter.as_deref()
    }

    /// With what the parameter held.
    pub fn authorized(mut self, header: &str) -> Result<Self, ConfigError> {
        let value = HeaderValue::from_str(header.trim());
        let mut value = value
            .ok()
            .filter(|value| !value.is_empty())
            .ok_or_else(|| ConfigError::Authorization { server: self.name.clone() })?;
        value.set_sensitive(true);
        self.authorization = Some(Authorization(value));
        Ok(self)
    }

    pub(crate) const fn url(&self) -> &Uri {
        &self.url.0
    }

    pub(crate) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref().map(|Authorization(value)| value)
    }

    pub(crate) fn tools(&self) -> &[Tool] {
        &self.tools
    }

    /// The tool that a model knows as `offered_as`.
    pub(crate) fn tool(&self, offered_as: &str) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.offered_as == offered_as)
    }
}

impl TryFrom<Written> for Server {
    type Error = Problem;

    fn try_from(written: Written) -> Result<Self, Problem> {
        let Written { name, url, tools, confirmed_read_only, header_parameter } = written;
        if name.is_empty() || name.len() > 24 || !name.chars().all(is_of_name) {
            return Err(Problem::Name { name });
        }
        let url = checked(&url)?;
        if tools.is_empty() {
            return Err(Problem::NoTools);
        }
        if tools.len() > MOST_TOOLS {
            return Err(Problem::TooManyTools { found: tools.len() });
        }
        if header_parameter.as_ref().is_some_and(String::is_empty) {
            return Err(Problem::EmptyParameter);
        }
        if let Some(tool) = confirmed_read_only.iter().find(|tool| !tools.contains(tool)) {
            return Err(Problem::NotAmongTools { tool: tool.clone() });
        }
        let allowed = |tool: String| {
            let confirmed = confirmed_read_only.contains(&tool);
            offered_as(&name, tool, confirmed)
        };
        let tools = tools.into_iter().map(allowed).collect::<Result<_, _>>()?;
        Ok(Self { name, url: Url(url), tools, header_parameter, authorization: None })
    }
}

const fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// `team_<server>_<tool>`; what no name may hold is an underscore in it.
fn offered_as(server: &str, name: String, confirmed_read_only: bool) -> Result<Tool, Problem> {
    if name.is_empty() {
        return Err(Problem::EmptyTool);
    }
    let plain: String = name.chars().map(|c| if is_of_name(c) { c } else { '_' }).collect();
    let offered_as = format!("team_{server}_{plain}");
    if offered_as.len() > LONGEST_NAME {
        return Err(Problem::LongName { tool: name, name: offered_as });
    }
    Ok(Tool { name, offered_as, confirmed_read_only })
}

fn checked(url: &str) -> Result<Uri, Problem> {
    let uri: Uri = url.parse().map_err(|_| Problem::NoUrl)?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(Problem::NoUrl);
    };
    if authority.as_str().contains('@') {
        return Err(Problem::UserInUrl);
    }
    // Also an empty one: what a template's parameter holds, everybody reads who may read the stack.
    if uri.query().is_some() {
        return Err(Problem::QueryInUrl);
    }
    match scheme {
        _ if authority.host().is_empty() || url.contains('#') => Err(Problem::NoUrl),
        "https" => Ok(uri),
        "http" if is_this_host(authority.host()) => Ok(uri),
        "http" => Err(Problem::NoTls),
        _ => Err(Problem::NoUrl),
    }
}

fn is_this_host(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = r#"[
        {"name": "grafana", "url": "https://grafana.example.com/k3y/mcp", "tools": ["query_prometheus", "a.b/c"],
         "confirmed_read_only": ["a.b/c"], "header_parameter": "/nightshift/grafana"},
        {"name": "wiki", "url": "http://127.0.0.1:8080/mcp", "tools": ["search"]}
    ]"#;

    #[test]
    fn servers_written_well_are_read() {
        let servers = servers(GOOD).unwrap();
        let names: Vec<_> =
            servers.iter().flat_map(|server| &server.tools).map(|tool| tool.offered_as.as_str()).collect();
        assert_eq!(names, ["team_grafana_query_prometheus", "team_grafana_a_b_c", "team_wiki_search"]);
        let tool = servers.first().unwrap().tool("team_grafana_a_b_c").unwrap();
        assert_eq!((tool.name.as_str(), tool.confirmed_read_only), ("a.b/c", true));
        assert!(!servers.first().unwrap().tool("team_grafana_query_prometheus").unwrap().confirmed_read_only);
        assert_eq!(servers.first().unwrap().header_parameter(), Some("/nightshift/grafana"));
        assert!(super::servers("[]").unwrap().is_empty());
    }

    #[test]
    fn servers_written_wrong_name_the_field_and_not_the_address() {
        let of = |name: &str, url: &str, tools: &str| {
            format!(r#"[{{"name": "{name}", "url": "{url}", "tools": {tools}}}]"#)
        };
        let url = "https://a.example/k3y";
        let long = format!("{:?}", ["x".repeat(60)]);
        let many = format!("{:?}", (0..33).map(|n| n.to_string()).collect::<Vec<_>>());
        for (json, part) in [
            ("{}".to_owned(), "not a list"),
            (r#"[{"name": "a"}]"#.to_owned(), "missing field `url`"),
            (
                r#"[{"name": "a", "url": "https://a", "tools": ["t"], "header": ""}]"#.to_owned(),
                "unknown field `header`",
            ),
            (of("", url, r#"["t"]"#), "[0].name: \"\" is not"),
            (of("a b", url, r#"["t"]"#), "[0].name: \"a b\" is not"),
            (of("a", "a.example/k3y", r#"["t"]"#), "[0].url: not an address"),
            (of("a", "ftp://a.example/k3y", r#"["t"]"#), "[0].url: not an address"),
            (of("a", "https://a.example/k3y#f", r#"["t"]"#), "[0].url: not an address"),
            (of("a", "http://a.example/k3y", r#"["t"]"#), "[0].url: without TLS"),
            (of("a", "http://127.0.0.1.a.example/k3y", r#"["t"]"#), "[0].url: without TLS"),
            (of("a", "https://k3y:x@a.example/", r#"["t"]"#), "[0].url: holds a user"),
            (of("a", "http://127.0.0.1:k3y@a.example/", r#"["t"]"#), "[0].url: holds a user"),
            (of("a", "https://a.example/mcp?key=k3y", r#"["t"]"#), "[0].url: holds a query"),
            (of("a", "https://a.example?", r#"["t"]"#), "[0].url: holds a query"),
            (of("a", url, "[]"), "[0].tools: names no tool"),
            (of("a", url, r#"[""]"#), "[0].tools: an empty name"),
            (of("a", url, &long), "longer than 64 characters"),
            (of("a", url, &many), "[0].tools: 33 of them"),
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
                "[1].name: \"a\" names two",
            ),
            (
                format!(r#"[{{"name":"a","url":"{url}","tools":["c"],"confirmed_read_only":["d"]}}]"#),
                "[0].confirmed_read_only: \"d\" is not among tools",
            ),
            (
                format!(r#"[{{"name":"a","url":"{url}","tools":["c"],"confirmed_read_only":"c"}}]"#),
                "not a list",
            ),
            (
                format!(r#"[{{"name":"a","url":"{url}","tools":["c"],"header_parameter":""}}]"#),
                "[0].header_parameter: empty",
            ),
        ] {
            let error = servers(&json).unwrap_err();
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
        let server = servers(GOOD).unwrap().remove(0).authorized("Bearer s3cret\n").unwrap();
        assert_eq!(server.authorization().unwrap(), "Bearer s3cret");
        let shown = format!("{server:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("k3y"), "{shown}");
        let error = server.authorized("s3cret\nX-Other: 1").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }

    proptest! {
        #[test]
        fn servers_any_tool_names_are_refused_or_offered_as_bedrock_takes_them(
            tools in proptest::collection::vec(".{0,70}", 0..4),
        ) {
            let json = serde_json::json!([{ "name": "a", "url": "https://a.example", "tools": tools }]);
            if let Ok(servers) = servers(&json.to_string()) {
                let names: Vec<_> = servers.iter().flat_map(|one| &one.tools).map(|tool| &tool.offered_as).collect();
                prop_assert!(names.iter().all(|name| (1..=64).contains(&name.len()) && name.chars().all(is_of_name)));
                prop_assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), tools.len());
            }
        }
    }
}
