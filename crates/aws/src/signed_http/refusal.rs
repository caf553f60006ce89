//! Parses a service's refusal, by its code.

use common::{ports::PortError, secrets::masked, untrusted_text::one_line};
use serde_json::Value;

use super::operation::Protocol;
use crate::error::of_answer;

const CODE_CHARS: usize = 80;
const MESSAGE_CHARS: usize = 300;

#[derive(Debug, thiserror::Error)]
#[error("{code} ({status}): {message}")]
pub(super) struct Refusal {
    code: String,
    status: u16,
    message: String,
}

impl Refusal {
    pub(super) fn into_error(self, operation: String) -> PortError {
        let kind = of_answer(&self.code, self.status);
        PortError::new(operation, kind, self)
    }
}

/// The service's own code for what it refused; empty where there is none.
pub(crate) fn code(error: &PortError) -> &str {
    error.source.downcast_ref::<Refusal>().map_or("", |refusal| &refusal.code)
}

/// Its own words.
pub(crate) fn message(error: &PortError) -> &str {
    error.source.downcast_ref::<Refusal>().map_or("", |refusal| &refusal.message)
}

/// Parses a refusal. A body that cannot be parsed still gives one, from its status.
pub(super) fn parse(protocol: Protocol, status: u16, header: Option<&str>, body: &[u8]) -> Refusal {
    let text = String::from_utf8_lossy(body);
    let (code, message) = match protocol {
        Protocol::AwsJson { .. } | Protocol::RestJson => of_json(header, &text),
        Protocol::Query { .. } | Protocol::RestXml => of_xml(&text),
    };
    Refusal { code: one_line(&code, CODE_CHARS), status, message: one_line(&masked(&message), MESSAGE_CHARS) }
}

fn of_json(header: Option<&str>, text: &str) -> (String, String) {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let field = |names: [&str; 2]| {
        names.iter().find_map(|name| body.get(name)).and_then(Value::as_str).unwrap_or_default()
    };
    let code = header.unwrap_or_else(|| field(["__type", "code"]));
    // `com.amazonaws.codedeploy#ThrottlingException:http://…`
    let code = code.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default();
    (code.to_owned(), field(["message", "Message"]).to_owned())
}

/// Each protocol wraps code and message in other elements.
fn of_xml(text: &str) -> (String, String) {
    let Ok(document) = roxmltree::Document::parse(text) else {
        return (String::new(), String::new());
    };
    let field = |name: &str| {
        let found = document.descendants().find(|node| node.tag_name().name() == name);
        found.and_then(|node| node.text()).unwrap_or_default().to_owned()
    };
    (field("Code"), field("Message"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: Protocol = Protocol::RestJson;
    const XML: Protocol = Protocol::RestXml;

    #[test]
    fn refusal_is_read_from_every_place_a_code_may_be_in() {
        for (protocol, header, body, expected) in [
            (
                JSON,
                None,
                r#"{"__type":"com.amazonaws.x#ThrottlingException","message":"slow"}"#,
                "ThrottlingException (400): slow",
            ),
            (
                JSON,
                Some("AccessDeniedException:http://internal/"),
                r#"{"Message":"no"}"#,
                "AccessDeniedException (400): no",
            ),
            (JSON, None, r#"{"code":"X","message":"password=swordfish"}"#, "X (400): password=[masked]"),
            (JSON, None, "<html>", " (400): "),
            (
                XML,
                None,
                "<ErrorResponse xmlns='x'><Error><Type>Sender</Type><Code>ValidationError</Code><Message>m</Message></Error></ErrorResponse>",
                "ValidationError (400): m",
            ),
            (XML, None, "<Error><Code>NoSuchKey</Code></Error>", "NoSuchKey (400): "),
            (XML, None, "{", " (400): "),
        ] {
            assert_eq!(parse(protocol, 400, header, body.as_bytes()).to_string(), expected, "{body}");
        }
    }
}
