//! `nightshift policy test` runs tables of requests and expected decisions against policies, `policy prove` and
//! `policy diff` ask a solver about all requests. They need no deployment and no account.

pub(crate) mod diff;
mod files;
pub(crate) mod prove;
mod request_text;
mod solver;

use std::{fmt::Write as _, path::Path};

use guard::policy_table::{CaseResult, PolicyTable, SHIPPED_TABLE};
use serde::Serialize;

use crate::{Answer, arguments::Format, failure::Failure};
use files::{TABLES, files, guard_of};

/// The result of all tables; its form is a contract.
#[derive(Debug, Serialize)]
struct PolicyTestJson {
    cases: usize,
    failed: Vec<FailedCaseJson>,
}

#[derive(Debug, Serialize)]
struct FailedCaseJson {
    file: String,
    line: usize,
    name: String,
    action: String,
    expected: &'static str,
    decision: &'static str,
    /// `null` where any policies will do.
    expected_policies: Option<Vec<String>>,
    policies: Vec<String>,
}

/// Tests the policies of `dir` with the tables beside them, or the default policies with their own table.
pub(crate) fn test(dir: Option<&Path>, format: Format) -> Result<Answer, Failure> {
    let (guard, tables) = match dir {
        None => {
            let (file, text) = SHIPPED_TABLE;
            (guard_of(None)?, vec![(file.to_owned(), text.to_owned())])
        }
        Some(dir) => (guard_of(Some(dir))?, files(dir, TABLES)?),
    };
    let tables = tables.iter().map(|(file, text)| PolicyTable::parse(file, text, &guard));
    let tables: Vec<_> =
        tables.collect::<Result<_, _>>().map_err(|error| Failure::Input(error.to_string()))?;
    let results: Vec<_> = tables.iter().flat_map(|table| guard.run_table(table)).collect();
    let failed: Vec<_> = results.iter().filter(|result| !result.passed()).map(failed_case).collect();
    let answer = PolicyTestJson { cases: results.len(), failed };
    Ok(Answer { success: answer.failed.is_empty(), ..Answer::formatted(format, &answer, || people(&answer)) })
}

fn failed_case(result: &CaseResult<'_>) -> FailedCaseJson {
    let case = result.case;
    FailedCaseJson {
        file: case.file.clone(),
        line: case.line,
        name: case.name.clone(),
        action: case.action.to_string(),
        expected: case.expected.as_str(),
        decision: result.decision.as_str(),
        expected_policies: case.expected_policies.clone(),
        policies: result.policies.clone(),
    }
}

fn people(answer: &PolicyTestJson) -> String {
    let mut text = String::new();
    for case in &answer.failed {
        let expected = match &case.expected_policies {
            Some(policies) => format!("{} by {}", case.expected, list(policies)),
            None => case.expected.to_owned(),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}:{}: {}: expected {expected}, got {} by {}",
            case.file,
            case.line,
            case.name,
            case.decision,
            list(&case.policies)
        );
    }
    let cases = if answer.cases == 1 { "case" } else { "cases" };
    let _ = write!(text, "{} {cases}, {} failed", answer.cases, answer.failed.len());
    text
}

fn list(policies: &[String]) -> String {
    if policies.is_empty() { "no policy".to_owned() } else { policies.join(", ") }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/policies");

    /// A folder with the default policies and this table.
    fn folder(name: &str, table: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("nightshift-policy-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        for file in ["permit.cedar", "asks.cedar", "forbid.cedar"] {
            std::fs::copy(Path::new(SHIPPED).join(file), dir.join(file)).unwrap();
        }
        std::fs::write(dir.join("own.tests.toml"), table).unwrap();
        dir
    }

    const CASE: &str = "[[case]]\nname = \"calm\"\naction = \"start-instance\"\nexpect = \"allow\"\n";

    #[test]
    fn test_of_the_default_policies_passes_built_in_and_as_a_folder() {
        for dir in [None, Some(Path::new(SHIPPED))] {
            let answer = test(dir, Format::Table).ok().unwrap();
            assert!(answer.success && answer.text.ends_with(" cases, 0 failed"), "{}", answer.text);
        }
    }

    #[test]
    fn test_failed_case_is_told_with_its_place_and_fails() {
        let dir = folder("failed", &CASE.replace("\"allow\"", "\"ask\"\npolicies = [\"drill\"]"));
        let answer = test(Some(&dir), Format::Table).ok().unwrap();
        assert!(!answer.success);
        let expected =
            "own.tests.toml:1: calm: expected ask by drill, got allow by tier-2-unattended\n1 case, 1 failed";
        assert!(answer.text.ends_with(expected), "{}", answer.text);
        let json: serde_json::Value =
            serde_json::from_str(&test(Some(&dir), Format::Json).ok().unwrap().text).unwrap();
        assert_eq!((&json["cases"], &json["failed"][0]["decision"]), (&1.into(), &"allow".into()));
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn test_invalid_input_is_refused_with_its_place() {
        let dir = folder("invalid", &format!("{CASE}facts = {{ moon = 1 }}\n"));
        let failure = test(Some(&dir), Format::Table).err().unwrap();
        assert_eq!(failure.exit_code(), 2);
        assert!(
            failure.to_string().contains("own.tests.toml:5: unknown fact \"moon\": expected one of "),
            "{failure}"
        );
        std::fs::write(dir.join("own.cedar"), "permit (principal, action, resource);").unwrap();
        let failure = test(Some(&dir), Format::Table).err().unwrap();
        assert!(failure.to_string().contains("own.cedar: missing @"), "{failure}");
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn test_of_a_folder_without_policies_or_that_is_none_is_refused() {
        for (dir, expected) in [
            (Path::new(SHIPPED).join("../prompts"), "no *.cedar in it"),
            ("/there/is/none".into(), "/there/is/none: cannot be read: "),
        ] {
            let failure = test(Some(&dir), Format::Table).err().unwrap();
            assert_eq!(failure.exit_code(), 2);
            assert!(failure.to_string().contains(expected), "{failure}");
        }
    }
}
