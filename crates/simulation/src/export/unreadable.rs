//! Derives which reads failed from the gaps that they left: a simulation must not see more than diagnose did.

use common::{Gap, Observed, evidence::ReadSource};

use super::{
    IncidentFile,
    samples::{ALIAS_METRICS, LOGS, METRICS},
};

/// By name, each once. What failed for one resource and was read of another fails for none.
pub(super) fn reads(file: &IncidentFile) -> Vec<String> {
    let mut found: Vec<String> = file.gaps().iter().filter_map(|gap| failed_read(file, gap)).collect();
    let symptom = |observed: &Observed| matches!(observed, Observed::Symptom { .. });
    if !file.observed().any(symptom) {
        found.push("Symptoms::observe".to_owned());
    }
    found.sort();
    found.dedup();
    found
}

fn failed_read(file: &IncidentFile, gap: &Gap) -> Option<String> {
    // Of what was left out, or of which only a part was kept, the rest was read.
    gap.failure?;
    if let ReadSource::Context(provider) = &gap.source {
        return Some(format!("Providers::{}", provider.as_str()));
    }
    let read = read_of(&gap.source)?;
    (!file.observed().any(|observed| is_answer(observed, read))).then(|| read.to_owned())
}

/// Returns the name under which a simulation makes a read of this source fail; `None` where it has none.
const fn read_of(source: &ReadSource) -> Option<&'static str> {
    match source {
        ReadSource::Symptom => Some("Symptoms::observe"),
        ReadSource::AlarmHistory => Some("AlarmHistory::transitions"),
        ReadSource::ApplicationTag => Some("Topology::application_of"),
        ReadSource::ApplicationResources => Some("Topology::resources_of"),
        ReadSource::FunctionEnvironment => Some("Topology::read_by"),
        ReadSource::Changes => Some("Changes::changes"),
        ReadSource::TargetChanges => Some("Changes::target_changes"),
        ReadSource::ResourceState => Some("Resources::state"),
        ReadSource::ResourceTags => Some("Topology::tags_of"),
        ReadSource::Habit => Some("Changes::changes_of"),
        ReadSource::SecurityFindings => Some("SecurityFindings::open_findings"),
        ReadSource::Traces => Some("Traces::calls"),
        ReadSource::EventSources => Some("Topology::event_sources"),
        ReadSource::Metrics => Some(METRICS),
        ReadSource::AliasMetrics => Some(ALIAS_METRICS),
        ReadSource::Logs => Some(LOGS),
        ReadSource::Unrecorded
        | ReadSource::Context(_)
        | ReadSource::Connections(_)
        | ReadSource::TopologyCache
        | ReadSource::CallGraph
        | ReadSource::TeamKnowledge
        | ReadSource::KnowledgeBase
        | ReadSource::TeamTools
        | ReadSource::Precedents
        | ReadSource::ModelEvidence
        | ReadSource::Configuration(_) => None,
    }
}

/// Returns true if `observed` is what `read` returns where it succeeds.
fn is_answer(observed: &Observed, read: &str) -> bool {
    match observed {
        Observed::Symptom { .. } => read == "Symptoms::observe",
        Observed::AlarmHistory { .. } => read == "AlarmHistory::transitions",
        Observed::Metrics { .. } => read == METRICS,
        Observed::AliasTraffic { .. } => read == ALIAS_METRICS,
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
        // Three reads make one.
        | Observed::Intent { .. }
        | Observed::Notes { .. }
        | Observed::Precedents { .. }
        | Observed::TeamTool { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use common::{Conclusion, ContextSource, Diagnosis, Evidence, PortError, ports::PortErrorKind};
    use fakes::{Faults, MemoryStore, sample};

    use super::*;

    /// A file with these gaps in its diagnosis.
    async fn file(gaps: Vec<Gap>, observed: Vec<Observed>) -> IncidentFile {
        let store = MemoryStore::new(&Faults::default());
        let mut file = IncidentFile::read(&store, sample::incident(), BTreeMap::new()).await.unwrap();
        file.diagnosis = Some(Diagnosis {
            incident_id: file.incident.id,
            attempt: 1,
            made_at: sample::at(),
            producer: "p".to_owned(),
            conclusion: Conclusion::Explained,
            hypotheses: Vec::new(),
            ruled_out: Vec::new(),
            gaps,
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

    fn failed(source: ReadSource) -> Gap {
        Gap::from_error(source, &PortError::new("x", PortErrorKind::Denied, "r"))
    }

    #[tokio::test]
    async fn reads_are_named_by_the_source_of_the_gap() {
        for (source, expected) in [
            (ReadSource::Metrics, "Metrics::series"),
            (ReadSource::AliasMetrics, "Metrics::alias_series"),
            (ReadSource::Logs, "Logs::lines"),
            (ReadSource::Changes, "Changes::changes"),
            (ReadSource::TargetChanges, "Changes::target_changes"),
            (ReadSource::ApplicationResources, "Topology::resources_of"),
            (ReadSource::ApplicationTag, "Topology::application_of"),
            (ReadSource::FunctionEnvironment, "Topology::read_by"),
            (ReadSource::EventSources, "Topology::event_sources"),
            (ReadSource::AlarmHistory, "AlarmHistory::transitions"),
            (ReadSource::ResourceState, "Resources::state"),
            (ReadSource::Traces, "Traces::calls"),
            (ReadSource::Context(ContextSource::Health), "Providers::health"),
        ] {
            let gaps = vec![failed(source.clone())];
            assert_eq!(reads(&file(gaps, vec![symptom()]).await), [expected], "{source}");
        }
        // Left out for its price, or said of what was read, or nothing that a simulation reads.
        let gaps = vec![
            Gap::new(ReadSource::Context(ContextSource::Health), "health", "left out"),
            Gap::new(ReadSource::Metrics, "metrics around the symptom", "so many were kept"),
            Gap::new(ReadSource::Changes, "aws cloudtrail lookup-events", "so many were kept"),
            failed(ReadSource::Precedents),
        ];
        assert!(reads(&file(gaps, vec![symptom()]).await).is_empty());
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
        let gaps = vec![failed(ReadSource::Logs)];
        assert_eq!(reads(&file(gaps.clone(), vec![logs]).await), ["Symptoms::observe"]);
        assert_eq!(reads(&file(gaps, Vec::new()).await), ["Logs::lines", "Symptoms::observe"]);
    }
}
