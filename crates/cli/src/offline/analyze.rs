//! `nightshift analyze` runs the root-cause engine on recorded incidents. It needs no deployment and no account.

mod chart;
mod json;
mod people;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use rca::Findings;
use scenario::{Scenario, SharedFiles};

use crate::{Answer, arguments::Format, failure::Failure};

/// One recorded incident, and the engine's findings.
struct Analyzed {
    scenario: Scenario,
    findings: Findings,
    /// The analysis alone: the files were read before.
    elapsed: Duration,
}

/// All or nothing: a folder that can't be read is an error, and then there is no answer for the others
/// either.
pub(crate) fn run(dirs: &[PathBuf], format: Format) -> Result<Answer, Failure> {
    let mut shared = SharedFiles::default();
    let mut told = Vec::with_capacity(dirs.len());
    for dir in dirs {
        let scenario =
            Scenario::read_sharing(dir, &mut shared).map_err(|error| Failure::Input(error.to_string()))?;
        let began = Instant::now();
        let findings = rca::analyze(&scenario.incident);
        let analyzed = Analyzed { elapsed: began.elapsed(), scenario, findings };
        told.push(match format {
            Format::Json => json::line(&analyzed),
            Format::Table => people::report(&analyzed),
        });
    }
    Ok(Answer::success(told.join(match format {
        Format::Json => "\n",
        Format::Table => "\n\n",
    })))
}

#[cfg(test)]
mod tests {
    use common::FailureMode;
    use jiff::Timestamp;
    use rca::{
        Change, EvidenceItem, Hypothesis, IncidentData, MetricShift, RuledOut, Samples, Series, Symptom,
        Trigger, UnobservedCallee, Verdict,
    };
    use serde_json::Value;

    use super::*;

    const PETSHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/petshop/");

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// An answer with something in each of its parts, not by the engine.
    pub(super) fn analyzed() -> Analyzed {
        let samples = |from: i64, values: &[f64]| Samples {
            times: (0..).take(values.len()).map(|place| from + 60 * place).collect(),
            values: values.to_vec(),
        };
        let series = |component: &str, incident: &[f64]| Series {
            id: component.to_owned(),
            component: component.to_owned(),
            caller: None,
            metric: "latency".to_owned(),
            statistic: "Average".to_owned(),
            baseline: samples(0, &[0.1, 0.1, 0.1]),
            incident: samples(600, incident),
        };
        let change = Change {
            id: "e-1".to_owned(),
            at: at("2026-11-20T02:50:00Z"),
            name: "UpdateFunctionConfiguration".to_owned(),
            source: "lambda.amazonaws.com".to_owned(),
            actor: "arn:aws:iam::123456789012:user/alice".to_owned(),
            read_only: Some(false),
            failed: false,
            touches: vec!["checkout".to_owned()],
        };
        let case = IncidentData {
            symptom: Symptom {
                component: "web".to_owned(),
                metric: "latency".to_owned(),
                statistic: "Average".to_owned(),
                detected_at: Some(at("2026-11-20T03:00:00Z")),
            },
            series: vec![series("web", &[0.1, 0.4, 0.4]), series("checkout", &[0.2, 0.4, f64::NAN])],
            changes: vec![change],
            ..IncidentData::default()
        };
        let shift = MetricShift {
            series: 1,
            caller: None,
            metric: "latency".to_owned(),
            statistic: "Average".to_owned(),
            baseline: 0.1,
            incident: 0.3,
            deviations: 7.0,
            since: Some(at("2026-11-20T02:51:00Z")),
        };
        let hypothesis = |component: &str, score| Hypothesis {
            component: component.to_owned(),
            failure_mode: FailureMode::BadConfiguration,
            measured_mode: FailureMode::Failing,
            score,
            confidence: 0.875,
            supports: vec![
                EvidenceItem::Metric(shift.clone()),
                EvidenceItem::Change { id: "e-1".to_owned() },
            ],
            contradicts: vec![EvidenceItem::NoPath],
        };
        let findings = Findings {
            verdict: Verdict::RootCause,
            onset: Some(at("2026-11-20T02:52:00Z")),
            hypotheses: vec![hypothesis("checkout", 2.5), hypothesis("web\u{1b}[2J", 0.5)],
            unobserved: vec![UnobservedCallee {
                component: "mail".to_owned(),
                caller: "checkout".to_owned(),
                score: 0.75,
            }],
            ruled_out: vec![RuledOut { component: "db".to_owned(), why: "nothing of it moved".to_owned() }],
            triggers: vec![
                Trigger { change: 0, score: 0.9, why: "it names checkout".to_owned() },
                Trigger { change: 7, score: 0.1, why: "there is no such change".to_owned() },
            ],
            symptom_judged: true,
            courses: Vec::new(),
            gaps: vec!["no call graph".to_owned()],
        };
        let scenario = Scenario { name: "shop/slow".to_owned(), incident: case };
        Analyzed { scenario, findings, elapsed: Duration::from_micros(1234) }
    }

    fn folders(names: &[&str]) -> Vec<PathBuf> {
        names.iter().map(|name| PathBuf::from(format!("{PETSHOP}{name}"))).collect()
    }

    #[test]
    fn run_answers_one_line_a_folder_in_order() {
        let answer = run(&folders(&["healthy-latency-0", "test-issue_9", "test-issue_10"]), Format::Json);
        let lines: Vec<Value> =
            answer.ok().unwrap().text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let names: Vec<_> = lines.iter().map(|line| line["scenario"].as_str().unwrap()).collect();
        let prefixed = ["healthy-latency-0", "test-issue_9", "test-issue_10"];
        assert_eq!(names, prefixed.map(|name| format!("petshop-low_traffic/{name}")));
        for line in &lines {
            assert!(line["elapsed_ms"].as_f64().unwrap() > 0.0);
            let has_causes = !line["root_causes"].as_array().unwrap().is_empty();
            assert_eq!(has_causes, line["verdict"] == "root_cause", "{line}");
        }
    }

    #[test]
    fn run_for_people_puts_an_empty_line_between_folders() {
        let text = run(&folders(&["healthy-latency-0", "test-issue_9"]), Format::Table).ok().unwrap().text;
        assert!(text.starts_with("petshop-low_traffic/healthy-latency-0\n  latency (Average) of PetSite"));
        assert!(text.contains("\n\npetshop-low_traffic/test-issue_9\n"), "{text}");
    }

    #[test]
    fn run_with_one_folder_that_is_none_names_the_file_and_answers_nothing() {
        let failure = run(&folders(&["test-issue_9", "there-is-none"]), Format::Json).err().unwrap();
        assert_eq!(failure.exit_code(), 2);
        let expected = "/there-is-none/scenario.json: cannot be read: No such file or directory (os error 2)";
        assert!(failure.to_string().ends_with(expected), "{failure}");
    }
}
