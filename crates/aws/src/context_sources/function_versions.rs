//! Reads the versions that were published of the functions, and what differs between them.

use common::{
    Arn,
    context_source::{Note, Scope},
    evidence::Truncation,
    ports::{PortError, PortErrorKind, Reading},
};
use serde_json::Value;

use super::{
    Paging,
    answer::{Parsed, list, number, required, text, time},
    each,
    note::{is_within, newest, note},
    pages,
};
use crate::{
    cli_command::aws,
    signed_http::{Input, Operation, SignedClient, services::LAMBDA},
};

const LIST: Operation =
    Operation::at(&LAMBDA, "ListVersionsByFunction", "GET", "/2015-03-31/functions/{}/versions");
pub(super) const IAM: &[&str] = &["lambda:ListVersionsByFunction"];

const MOST_FUNCTIONS: usize = 8;
/// Reads ten pages of fifty versions, the oldest first: a function seldom has more.
const PAGING: Paging = Paging { sent: "Marker", told: "NextMarker", most: 10 };
/// The settings beside the code, by their names in the answer. Never the environment.
const SETTINGS: [&str; 9] = [
    "Architectures",
    "EphemeralStorage",
    "Handler",
    "Layers",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
    "VpcConfig",
];
/// The function itself, which is no version yet.
const UNPUBLISHED: &str = "$LATEST";

pub(super) async fn look(client: &SignedClient, scope: &Scope) -> Result<Reading<Vec<Note>>, PortError> {
    let functions = functions(scope, MOST_FUNCTIONS);
    let answers = each(&functions, async |function| {
        let name = function.name();
        let input = Input::new(name.as_str()).label(name.as_str()).pair("MaxItems", "50");
        match pages(client, &LIST, &input, &PAGING).await {
            // Gone since, or of another account.
            Err(error) if error.kind == PortErrorKind::NotFound => Ok((Vec::new(), false)),
            answer => answer,
        }
    })
    .await?;
    let (mut found, mut queries, mut truncated) = (Vec::new(), Vec::new(), Vec::new());
    for (function, (answers, more)) in functions.iter().zip(&answers) {
        found.extend(notes(answers, function, scope).map_err(|why| why.into_error(LIST.name()))?);
        queries.push(aws(["lambda", "list-versions-by-function", "--function-name", &function.name()]));
        if *more {
            truncated.push(format!("{}: too many: the newest versions were not read", function.name()));
        }
    }
    let truncation = (!truncated.is_empty()).then(|| Truncation::new(truncated.join("; ")));
    Ok(Reading::new(queries.join("; "), newest(found)).truncated(truncation))
}

/// The functions of the scope, each once, in its order.
pub(super) fn functions(scope: &Scope, most: usize) -> Vec<Arn> {
    let mut functions: Vec<Arn> = Vec::new();
    for function in scope.resources.iter().filter_map(Arn::function) {
        if functions.len() < most && !functions.contains(&function) {
            functions.push(function);
        }
    }
    functions
}

fn notes(answers: &[Value], function: &Arn, scope: &Scope) -> Parsed<Vec<Note>> {
    let mut published = Vec::new();
    let mut notes = Vec::new();
    let name = function.name();
    for answer in answers {
        for version in list(answer, "Versions")? {
            let id = required(version, "Version")?;
            let at = time(version, "LastModified");
            if id == UNPUBLISHED {
                if at.is_some_and(|at| is_within(at, scope)) {
                    let what = format!("{name}: code or configuration of {UNPUBLISHED} was changed");
                    notes.push(note(at, Some(function.clone()), None, &what));
                }
            } else {
                published.push((id.parse::<u64>().ok(), id, version));
            }
        }
    }
    published.sort_by_key(|(number, ..)| *number);
    let before = std::iter::once(None).chain(published.iter().map(Some));
    for ((_, id, version), before) in published.iter().zip(before) {
        let Some(at) = time(version, "LastModified").filter(|at| is_within(*at, scope)) else { continue };
        let compared = before.map(|(_, old, before)| format!("; {}", difference(before, old, version)));
        let size = number(version, "CodeSize").map(|bytes| format!(", {bytes} bytes of code"));
        let what = format!(
            "{name}: version {id} published{}{}",
            size.unwrap_or_default(),
            compared.unwrap_or_default()
        );
        notes.push(note(Some(at), Some(function.clone()), None, &what));
    }
    Ok(notes)
}

fn difference(before: &Value, id: &str, after: &Value) -> String {
    let code = text(before, "CodeSha256") == text(after, "CodeSha256");
    let same = if code { "the same code as" } else { "other code than" };
    let settings: Vec<_> =
        SETTINGS.iter().filter(|key| before.get(**key) != after.get(**key)).copied().collect();
    let settings =
        if settings.is_empty() { String::new() } else { format!(", other {}", settings.join(", ")) };
    format!("{same} version {id}{settings}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::context_sources::tests::{at, garbled, scope};

    fn recorded() -> Value {
        let version = |version: &str, modified: &str, sha: &str, memory: u32| {
            json!({
                "FunctionName": "checkout",
                "FunctionArn": format!("arn:aws:lambda:eu-west-1:123456789012:function:checkout:{version}"),
                "Runtime": "python3.13",
                "Role": "arn:aws:iam::123456789012:role/checkout",
                "Handler": "app.handler",
                "CodeSize": 1234,
                "Timeout": 3,
                "MemorySize": memory,
                "LastModified": modified,
                "CodeSha256": sha,
                "Version": version,
                "Environment": {"Variables": {"PASSWORD": "swordfish"}},
                "TracingConfig": {"Mode": "Active"},
                "PackageType": "Zip",
            })
        };
        json!({"NextMarker": null, "Versions": [
            version("$LATEST", "2026-11-20T02:59:00.000+0000", "b", 128),
            version("10", "2026-11-20T03:00:00.000+0000", "b", 128),
            version("9", "2026-11-01T03:00:00.000+0000", "a", 256),
        ]})
    }

    #[test]
    fn version_of_the_window_is_compared_with_the_one_before() {
        let notes = notes(&[recorded()], &scope().resources[0], &scope()).unwrap();
        let said: Vec<_> = notes.iter().map(|note| (note.at.unwrap(), note.what.as_str())).collect();
        assert_eq!(
            said,
            [
                (at("02:59:00"), "checkout: code or configuration of $LATEST was changed"),
                (
                    at("03:00:00"),
                    "checkout: version 10 published, 1234 bytes of code; other code than version 9, \
                     other MemorySize"
                ),
            ]
        );
        assert!(!format!("{notes:?}").contains("swordfish"));
    }

    #[test]
    fn version_without_its_number_is_malformed() {
        assert!(notes(&[json!({"Versions": [{}]})], &scope().resources[0], &scope()).is_err());
    }

    proptest! {
        #[test]
        fn versions_any_answer_is_read_or_malformed(answer in garbled(recorded())) {
            let _ = notes(&[answer], &scope().resources[0], &scope());
        }
    }
}
