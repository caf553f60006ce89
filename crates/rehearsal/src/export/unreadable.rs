//! Which reads failed, from the gaps that they left: a rehearsal must not see more than diagnose did.

use common::{Gap, Observed, Provider};

use super::{
    IncidentFile,
    samples::{LOGS, METRICS},
};

/// How gaps begin, by the read that left them; the first that fits. A rehearsal's own gaps are called as
/// its reads are.
const BEGINNINGS: [(&str, &[&str]); 12] = [
    ("Symptoms::observe", &["observing the symptom", "DescribeAlarms ", "GetMetricData of alarm "]),
    ("AlarmHistory::transitions", &["reading the alarm's history", "DescribeAlarmHistory "]),
    (METRICS, &["reading metrics", "GetMetricData of "]),
    (LOGS, &["reading logs", "FilterLogEvents "]),
    ("Traces::calls", &["reading who calls whom", "GetServiceGraph "]),
    ("Topology::event_sources", &["reading event sources", "ListEventSourceMappings"]),
    ("Topology::resources_of", &["reading the application's resources", "GetResources of application "]),
    ("Topology::application_of", &["reading tags", "GetResources "]),
    ("Topology::read_by", &["reading what a function reads", "GetFunctionConfiguration "]),
    ("Changes::changes", &["reading changes", "LookupEvents false "]),
    ("Changes::pointings", &["reading what was pointed to", "LookupEvents "]),
    (
        "Resources::state",
        &[
            "reading a state",
            "DescribeInstances ",
            "DescribeServices ",
            "DescribeTaskDefinition ",
            "GetAlias ",
            "GetParameterHistory ",
        ],
    ),
];

/// By name, each once. What failed for one resource and was read of another fails for none.
pub(super) fn reads(file: &IncidentFile) -> Vec<String> {
    let mut found: Vec<String> = file.gaps().iter().filter_map(|gap| read(file, gap)).collect();
    let symptom = |observed: &Observed| matches!(observed, Observed::Symptom { .. });
    if !file.observed().any(symptom) {
        found.push("Symptoms::observe".to_owned());
    }
    found.sort();
    found.dedup();
    found
}

fn read(file: &IncidentFile, gap: &Gap) -> Option<String> {
    let source = |provider: &&Provider| gap.query.starts_with(&format!("{}: ", provider.as_str()));
    if let Some(provider) = Provider::ALL.iter().find(source) {
        return Some(format!("Providers::{}", provider.as_str()));
    }
    let begins = |(read, beginnings): &&(&'static str, &[&str])| {
        gap.query.starts_with(read) || beginnings.iter().any(|beginning| gap.query.starts_with(beginning))
    };
    let (read, _) = BEGINNINGS.iter().find(begins)?;
    (!file.observed().any(|observed| is_answer(observed, read))).then(|| (*read).to_owned())
}

/// Whether this is what the read brings where it succeeds.
fn is_answer(observed: &Observed, read: &str) -> bool {
    match observed {
        Observed::Symptom { .. } => read == "Symptoms::observe",
        Observed::AlarmHistory { .. } => read == "AlarmHistory::transitions",
        Observed::Metrics { .. } => read == METRICS,
        Observed::Logs { .. } => read == LOGS,
        Observed::Calls { .. } => read == "Traces::calls",
        Observed::EventSources { .. } => read == "Topology::event_sources",
        Observed::Application { .. } => read == "Topology::resources_of",
        Observed::Reads { .. } => read == "Topology::read_by",
        Observed::Change { .. } => read == "Changes::changes",
        Observed::Parameter { .. }
        | Observed::Alias { .. }
        | Observed::Instance { .. }
        | Observed::Service { .. } => read == "Resources::state",
        Observed::Connections { .. }
        | Observed::Engine { .. }
        | Observed::Notes { .. }
        | Observed::Precedents { .. }
        | Observed::TeamTool { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use common::{Conclusion, Diagnosis, Evidence};
    use fakes::{Faults, MemoryStore, sample};

    use super::*;

    /// A file with these gaps in its diagnosis.
    async fn file(gaps: &[&str], observed: Vec<Observed>) -> IncidentFile {
        let store = MemoryStore::new(&Faults::default());
        let mut file = IncidentFile::read(&store, sample::incident(), BTreeMap::new()).await.unwrap();
        let gap = |query: &&str| Gap { query: (*query).to_owned(), reason: "r".to_owned(), context: false };
        file.diagnosis = Some(Diagnosis {
            incident_id: file.incident.id,
            attempt: 1,
            made_at: sample::at(),
            producer: "p".to_owned(),
            conclusion: Conclusion::Explained,
            hypotheses: Vec::new(),
            ruled_out: Vec::new(),
            gaps: gaps.iter().map(gap).collect(),
            evidence: Vec::new(),
            gathered_in_ms: 0,
            model: None,
            report: common::diagnosis::IncidentReport::default(),
        });
        let evidence = |observed| Evidence::new("q".to_owned(), sample::at(), String::new(), observed);
        file.evidence = observed.into_iter().map(evidence).collect();
        file
    }

    fn symptom() -> Observed {
        let observation = common::Observation {
            state: common::SymptomState::Firing,
            summary: "s".to_owned(),
            since: None,
            excess: None,
            measured_from: None,
        };
        Observed::Symptom { observation }
    }

    #[tokio::test]
    async fn reads_are_named_by_what_aws_or_patience_calls_them() {
        for (gap, expected) in [
            ("GetMetricData of 24 metrics", "Metrics::series"),
            ("reading metrics", "Metrics::series"),
            ("Metrics::series", "Metrics::series"),
            ("FilterLogEvents /aws/lambda/f", "Logs::lines"),
            ("LookupEvents false from a to b", "Changes::changes"),
            ("LookupEvents UpdateAlias20150331 from a to b", "Changes::pointings"),
            ("GetResources of application \"shop\"", "Topology::resources_of"),
            ("GetResources arn:aws:x", "Topology::application_of"),
            ("GetAlias f:live", "Resources::state"),
            ("GetServiceGraph from a to b", "Traces::calls"),
            ("health: DescribeEvents", "Providers::health"),
        ] {
            assert_eq!(reads(&file(&[gap], vec![symptom()]).await), [expected], "{gap}");
        }
        // Left out for its price, or said of what was read.
        let gaps = ["health", "metrics around the symptom", "aws cloudtrail lookup-events"];
        assert!(reads(&file(&gaps, vec![symptom()]).await).is_empty());
    }

    #[tokio::test]
    async fn reads_what_was_seen_of_another_resource_is_readable() {
        let function = sample::arn("lambda", "function:f");
        let logs = Observed::Logs {
            function,
            baseline_lines: 0,
            incident_lines: 0,
            truncated: false,
            templates: Vec::new(),
        };
        let gaps = ["FilterLogEvents /aws/lambda/g"];
        assert_eq!(reads(&file(&gaps, vec![logs]).await), ["Symptoms::observe"]);
        assert_eq!(reads(&file(&gaps, Vec::new()).await), ["Logs::lines", "Symptoms::observe"]);
    }
}
