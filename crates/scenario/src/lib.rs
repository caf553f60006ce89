//! Recorded incidents as folders: metrics, a call graph, log lines and change records, read into the
//! [`IncidentData`] that the root-cause engine takes.
//!
//! | file | |
//! | --- | --- |
//! | `scenario.json` | the symptom, the series, who calls whom, and the two windows of the metrics |
//! | CSV files that it names | `time` in Unix seconds, then one column a series; a blank cell is missing |
//! | `logs.ndjson` | optional: `{"time","component","message"}`, a line each |
//! | `changes.ndjson` | optional: CloudTrail records, a line each |
//!
//! Nothing else is opened; what the truth was (`expected.json`) least of all.
//!
//! Read tolerantly: unknown fields and columns, series without a column, a byte order mark, CRLF,
//! blank lines, times out of order or twice, `NaN` and `inf` (missing values, as the engine has it).
//! Everything else that makes no sense is a [`ScenarioError`], one line that names the file and the
//! place in it.
//!
//! [`parse`] holds the same as pure functions over bytes.

mod changes;
mod document;
mod error;
mod field;
mod files;
mod lists;
mod logs;
pub mod parse;
mod table;
mod time;

use std::{collections::BTreeSet, path::Path};

pub use error::{Problem, ScenarioError};
pub use files::SharedFiles;
use lists::NamedSeries;
use rca::{ComponentRoles, IncidentData, Series};

/// One recorded incident.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The name in `scenario.json`, which may differ from the folder's.
    pub name: String,
    /// The folder's content, as the root-cause engine takes it.
    pub incident: IncidentData,
}

impl Scenario {
    /// Reads the folder `dir`. The error is one line that names the file and the place in it.
    ///
    /// ```
    /// use std::path::Path;
    ///
    /// use scenario::Scenario;
    ///
    /// # let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    /// // Of the folders in `examples/`: a window in which a pet shop's site was slow.
    /// let scenario = Scenario::read(&examples.join("petshop/test-issue_9"))?;
    ///
    /// let findings = rca::analyze(&scenario.incident);
    /// assert_eq!(findings.verdict, rca::Verdict::RootCause);
    ///
    /// let error = Scenario::read(Path::new("no-such-folder")).unwrap_err();
    /// assert!(error.to_string().starts_with("no-such-folder/scenario.json: cannot be read"));
    /// # Ok::<(), scenario::ScenarioError>(())
    /// ```
    pub fn read(dir: &Path) -> Result<Self, ScenarioError> {
        Self::read_sharing(dir, &mut SharedFiles::default())
    }

    /// Reads like [`read`](Self::read), for many folders that name the same files: each is read once.
    pub fn read_sharing(dir: &Path, shared: &mut SharedFiles) -> Result<Self, ScenarioError> {
        let parts = files::read_parts(dir, shared)?;
        let named = parts.series.iter().filter(|named| !is_part_of_function(named, &parts.series));
        let named = named.map(|named| Series {
            id: named.id.clone(),
            component: named.component.clone(),
            caller: named.caller.clone(),
            metric: named.metric.clone(),
            statistic: named.statistic.clone(),
            ..Series::default()
        });
        let mut series: Vec<Series> = named.collect();
        parts.tables.fill(&mut series, &parts.document)?;
        let components: BTreeSet<&str> = series
            .iter()
            .flat_map(|series| [Some(series.component.as_str()), series.caller.as_deref()])
            .flatten()
            .collect();
        let roles = ComponentRoles::from_names(components);
        Ok(Self {
            name: parts.document.name,
            incident: IncidentData {
                symptom: parts.document.symptom,
                series,
                calls: parts.calls.map(|calls| calls.to_vec()),
                changes: parts.changes,
                logs: parts.logs,
                roles,
            },
        })
    }
}

/// Returns true for a series of a function's alias, or of a version of it, beside which there are series of the function:
/// its requests would count twice.
fn is_part_of_function(named: &NamedSeries, all: &[NamedSeries]) -> bool {
    let function = named.component.rsplit_once(':').map(|(function, _)| function);
    let of_alias = function
        .filter(|function| function.contains(":function:"))
        .is_some_and(|function| all.iter().any(|other| other.component == function));
    named.executed_version.is_some() || of_alias
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_part_of_function_table() {
        let series = |component: &str, version: Option<&str>| NamedSeries {
            id: component.to_owned(),
            component: component.to_owned(),
            caller: None,
            metric: "Errors".to_owned(),
            statistic: "Sum".to_owned(),
            executed_version: version.map(str::to_owned),
        };
        let function = "arn:aws:lambda:r:1:function:f";
        let alias = "arn:aws:lambda:r:1:function:f:live";
        let both = [series(function, None), series(alias, None)];
        for (one, all, expected) in [
            (series(function, None), both.as_slice(), false),
            (series(alias, None), both.as_slice(), true),
            (series(alias, None), &both[1..], false),
            (series(alias, Some("7")), &both[1..], true),
            (series("shop:web", None), &[series("shop", None)], false),
        ] {
            assert_eq!(is_part_of_function(&one, all), expected, "{one:?}");
        }
    }
}
