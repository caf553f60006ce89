//! The doc header that each function's crate opens with, in its fixed form. Its IAM actions are a list of
//! its own, one service a line:
//!
//! ```text
//! - IAM:
//!   - dynamodb: `GetItem`, `PutItem`
//!   - ecs: `DescribeServices`
//! - Timeout: 30 s
//! ```

use std::collections::BTreeSet;

use crate::repository;

#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    #[error("could not read the crate {function}")]
    Read { function: String, source: std::io::Error },
    #[error("the header of {function} has no line `- {field}:`, or not in its fixed form")]
    Field { function: String, field: &'static str },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub errors: BTreeSet<String>,
    pub environment: BTreeSet<String>,
    pub actions: BTreeSet<String>,
    pub timeout_seconds: u64,
}

/// The header of a function's crate.
pub fn of(function: &str) -> Result<Header, HeaderError> {
    let text = repository::read(&format!("crates/{function}/src/lib.rs"))
        .map_err(|source| HeaderError::Read { function: function.to_owned(), source })?;
    parse(&text).map_err(|field| HeaderError::Field { function: function.to_owned(), field })
}

fn parse(text: &str) -> Result<Header, &'static str> {
    let doc: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//!")).collect();
    let doc = doc.join("\n");
    let field = |name: &'static str| {
        let (_, rest) = doc.split_once(&format!("\n - {name}:")).ok_or(name)?;
        // The next item, or the paragraph after the list, ends it.
        let end = rest.find("\n - ").into_iter().chain(rest.find("\n\n")).min().unwrap_or(rest.len());
        Ok::<_, &'static str>(rest.get(..end).unwrap_or(rest).trim().to_owned())
    };
    let timeout = field("Timeout")?;
    Ok(Header {
        errors: quoted(&field("Errors")?),
        environment: quoted(&field("Environment")?),
        actions: actions(&field("IAM")?).ok_or("IAM")?,
        timeout_seconds: timeout.strip_suffix(" s").and_then(|n| n.parse().ok()).ok_or("Timeout")?,
    })
}

/// The actions of a list of services, each as `service:Action`. `None` where services or their actions are
/// not in order, one stands twice, or a line holds anything else.
fn actions(list: &str) -> Option<BTreeSet<String>> {
    let services: Vec<(&str, Vec<&str>)> =
        list.lines().map(|line| service_actions(line.trim_start())).collect::<Option<_>>()?;
    let named = |(service, actions): &(&str, Vec<&str>)| {
        actions.iter().map(|action| format!("{service}:{action}")).collect::<Vec<_>>()
    };
    (!services.is_empty() && services.is_sorted_by(|(one, _), (next, _)| one < next))
        .then(|| services.iter().flat_map(named).collect())
}

fn service_actions(line: &str) -> Option<(&str, Vec<&str>)> {
    let (service, actions) = line.strip_prefix("- ")?.split_once(": ")?;
    let actions: Vec<&str> = actions
        .split(", ")
        .map(|action| action.strip_prefix('`')?.strip_suffix('`').filter(|name| is_action(name)))
        .collect::<Option<_>>()?;
    let is_service = !service.is_empty()
        && service.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    (is_service && actions.is_sorted_by(|one, next| one < next)).then_some((service, actions))
}

fn is_action(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// What stands in backticks.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_over_several_lines_is_read() {
        let text = "//! Does it.\n//!\n//! - Input: x\n//! - Output: y\n//! - Errors: `A.B`,\n//!   `C.D`\n\
                    //! - Environment: none\n//! - IAM:\n//!   - s3: `GetObject`\n//! - Timeout: 30 s\n//!\n//! More `words`.\n";
        let header = parse(text).unwrap();
        assert_eq!(header.errors, BTreeSet::from(["A.B".to_owned(), "C.D".to_owned()]));
        assert!(header.environment.is_empty());
        assert_eq!(header.actions, BTreeSet::from(["s3:GetObject".to_owned()]));
        assert_eq!(header.timeout_seconds, 30);
    }

    #[test]
    fn actions_are_listed_one_service_a_line_and_nothing_else_is() {
        let listed = |list: &str| actions(list).map(|all| all.into_iter().collect::<Vec<_>>());
        assert_eq!(
            listed("- dynamodb: `GetItem`, `PutItem`\n   - s3: `GetObject`"),
            Some(vec![
                "dynamodb:GetItem".to_owned(),
                "dynamodb:PutItem".to_owned(),
                "s3:GetObject".to_owned()
            ])
        );
        for list in [
            "",
            "`s3:GetObject`",
            "- s3:`GetObject`",
            "- s3: GetObject",
            "- s3: `Get*`",
            "- s3: `s3:GetObject`",
            "- s3: `GetObject`,",
            "- s3: `GetObject` of the bucket",
            "- s3: `GetObject`,\n     `ListBucket`",
            "- s3: `ListBucket`, `GetObject`",
            "- s3: `GetObject`, `GetObject`",
            "- s3: `GetObject`\n- dynamodb: `GetItem`",
            "- s3: `GetObject`\n- s3: `ListBucket`",
            "- S3: `GetObject`",
        ] {
            assert_eq!(listed(list), None, "{list:?}");
        }
    }

    #[test]
    fn header_without_a_field_names_it() {
        assert_eq!(parse("//! Does it.\n//!\n//! - Timeout: 30 s\n"), Err("Errors"));
    }
}
