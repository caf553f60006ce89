//! Gaps: what could not be read, and how they are told to people.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::ReadSource;
use crate::{
    port_error::{PortError, PortErrorKind},
    untrusted_text::one_line,
};

/// The longest operation and reason that a gap keeps.
const TEXT_CHARS: usize = 600;

/// Something that could not be read, or of which only a part was kept, and so is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    #[serde(default, skip_serializing_if = "ReadSource::is_unrecorded")]
    pub source: ReadSource,
    /// The call that was tried, with the ids it was tried on.
    #[serde(rename = "query")]
    pub operation: String,
    /// Says to people what went wrong or what was left out, with the service's own words.
    pub reason: String,
    /// The kind of failure; `None` where the source was read and only a part was kept, or where it was not
    /// asked at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<PortErrorKind>,
    /// True if only context is missing: conclusions never rest on it, and are no less sure without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub context: bool,
}

impl Gap {
    /// A gap of a source that was not asked, or of which `reason` says what was left out.
    pub fn new(source: ReadSource, operation: &str, reason: &str) -> Self {
        Self {
            context: source.is_context(),
            source,
            operation: one_line(operation, TEXT_CHARS),
            reason: one_line(reason, TEXT_CHARS),
            failure: None,
        }
    }

    /// A gap of a read that failed.
    pub fn from_error(source: ReadSource, error: &PortError) -> Self {
        let reason = format!("{}: {}", error.kind.as_str(), error.source);
        // Operations of optional sources do not say which of them was asked.
        let operation = match &source {
            ReadSource::Context(context) => format!("{}: {}", context.as_str(), error.operation),
            _ => error.operation.clone(),
        };
        Self { failure: Some(error.kind), ..Self::new(source, &operation, &reason) }
    }

    /// The same gap, of which no conclusion is less sure.
    #[must_use]
    pub fn as_context(self) -> Self {
        Self { context: true, ..self }
    }

    /// The same gap, which makes conclusions less sure.
    #[must_use]
    pub fn as_essential(self) -> Self {
        Self { context: false, ..self }
    }

    /// Returns the reason in a few words: `access denied`.
    fn short_reason(&self) -> &str {
        match self.failure {
            Some(kind) => kind.words(),
            None => &self.reason,
        }
    }
}

impl fmt::Display for Gap {
    /// One short line for people: `CodeDeploy: access denied`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            // All that is known of it is its operation.
            ReadSource::Unrecorded => write!(f, "{}: {}", self.operation, self.reason),
            source => write!(f, "{source}: {}", self.short_reason()),
        }
    }
}

/// The gaps as people read them: a line for each that conclusions are less sure for, each once, and one
/// line for all optional sources together.
///
/// ```
/// use common::{Gap, ContextSource, evidence::{ReadSource, gap_lines}};
///
/// let gaps = [
///     Gap::new(ReadSource::Metrics, "GetMetricData", "no answer"),
///     Gap::new(ReadSource::Context(ContextSource::Quotas), "ListServiceQuotas", "over budget"),
///     Gap::new(ReadSource::Context(ContextSource::Health), "DescribeEvents", "over budget"),
/// ];
/// assert_eq!(
///     gap_lines(&gaps),
///     ["Metrics: no answer", "Optional sources not read: Service Quotas, AWS Health (over budget)"]
/// );
/// ```
pub fn gap_lines<'a>(gaps: impl IntoIterator<Item = &'a Gap>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    // By reason, in the order in which the first of each came.
    let mut reasons: Vec<&str> = Vec::new();
    let mut optional: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for gap in gaps {
        if gap.context {
            let name = match &gap.source {
                ReadSource::Unrecorded => gap.operation.clone(),
                source => source.to_string(),
            };
            let reason = gap.short_reason();
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
            let names = optional.entry(reason).or_default();
            if !names.contains(&name) {
                names.push(name);
            }
        } else {
            let line = gap.to_string();
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    let optional: Vec<String> = reasons
        .into_iter()
        .filter_map(|reason| Some(format!("{} ({reason})", optional.get(reason)?.join(", "))))
        .collect();
    if !optional.is_empty() {
        lines.push(format!("Optional sources not read: {}", optional.join("; ")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ContextSource;

    fn denied(source: ReadSource, operation: &str) -> Gap {
        Gap::from_error(source, &PortError::new(operation, PortErrorKind::Denied, "403"))
    }

    #[test]
    fn gap_lines_table() {
        use ReadSource::{Changes, Configuration, Context, Logs, Metrics, Unrecorded};
        let deployments = || denied(Context(ContextSource::Deployments), "ListDeployments");
        let pipelines = || denied(Context(ContextSource::Pipelines), "ListPipelines");
        let kept = Gap::new(Changes, "lookup-events", "120 changes were found; the newest 100 were kept");
        for (gaps, expected) in [
            (vec![], vec![]),
            (vec![denied(Metrics, "GetMetricData of 3 metrics")], vec!["Metrics: access denied"]),
            (vec![denied(Logs, "of a"), denied(Logs, "of b")], vec!["Logs: access denied"]),
            (vec![kept], vec!["Changes: 120 changes were found; the newest 100 were kept"]),
            (
                vec![deployments(), denied(Metrics, "x"), pipelines(), deployments()],
                vec![
                    "Metrics: access denied",
                    "Optional sources not read: CodeDeploy, CodePipeline (access denied)",
                ],
            ),
            (
                vec![deployments(), Gap::new(Configuration("TEAM_TOOLS".to_owned()), "", "no JSON")],
                vec![
                    "Optional sources not read: CodeDeploy (access denied); Configuration TEAM_TOOLS (no JSON)",
                ],
            ),
            (
                vec![Gap::new(Unrecorded, "GetMetricData", "GetMetricData: denied: 403")],
                vec!["GetMetricData: GetMetricData: denied: 403"],
            ),
        ] {
            assert_eq!(gap_lines(&gaps), expected);
        }
    }

    #[test]
    fn gap_that_was_stored_without_its_source_is_read() {
        let old = r#"{"query": "GetMetricData", "reason": "denied", "context": true}"#;
        let gap: Gap = serde_json::from_str(old).unwrap();
        assert_eq!((gap.source, gap.failure, gap.context), (ReadSource::Unrecorded, None, true));
        assert_eq!(gap.operation, "GetMetricData");
    }

    #[test]
    fn gap_survives_being_stored() {
        for source in [
            ReadSource::Symptom,
            ReadSource::Context(ContextSource::Health),
            ReadSource::Connections(crate::evidence::ConnectionSource::Rules),
            ReadSource::Configuration("MODEL".to_owned()),
        ] {
            let gap = denied(source, "x");
            let json = serde_json::to_string(&gap).unwrap();
            assert_eq!(serde_json::from_str::<Gap>(&json).unwrap(), gap);
        }
    }
}
