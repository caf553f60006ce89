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
