//! One finding of `doctor`, and the report of all.

use serde::Serialize;

use crate::output::{plain, table::table};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Ok,
    Warn,
    Fail,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) what: String,
    pub(super) level: Level,
    /// The state and, where it is not well, what to do.
    pub(super) detail: String,
}

impl Finding {
    pub(super) fn ok(what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { what: what.into(), level: Level::Ok, detail: detail.into() }
    }

    pub(super) fn warn(what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { what: what.into(), level: Level::Warn, detail: detail.into() }
    }

    pub(super) fn fail(what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { what: what.into(), level: Level::Fail, detail: detail.into() }
    }
}

pub(super) fn healthy(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.level != Level::Fail)
}

pub(super) fn for_people(findings: &[Finding]) -> String {
    let rows = findings.iter().map(|finding| {
        let level = match finding.level {
            Level::Ok => "ok",
            Level::Warn => "warn",
            Level::Fail => "FAIL",
        };
        vec![level.to_owned(), finding.what.clone(), plain::line(&finding.detail)]
    });
    table(&["", "CHECK", "RESULT"], rows.collect(), &[0, 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_people_shows_levels_and_what_to_do() {
        let findings = [
            Finding::ok("table", "nightshift-table answers"),
            Finding::warn("alert topic", "nobody is subscribed"),
            Finding::fail("document", "absent: run `make deploy`"),
        ];
        assert!(!healthy(&findings) && healthy(&findings[..2]));
        let text = for_people(&findings);
        let lines: Vec<_> = text.lines().map(str::trim_end).collect();
        assert_eq!(
            lines,
            [
                "      CHECK        RESULT",
                "ok    table        nightshift-table answers",
                "warn  alert topic  nobody is subscribed",
                "FAIL  document     absent: run `make deploy`",
            ],
            "\n{text}"
        );
    }
}
