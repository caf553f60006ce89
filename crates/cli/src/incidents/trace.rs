//! `nightshift trace` prints every request to the model about an incident, and its answers.

mod quoted;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Diagnosis, Incident, IncidentId, MicroUsd, PortError,
    model::{ContentBlock, Usage},
    ports::{CaseFile, Reasoning},
    reasoning::{ModelUse, ReasoningStep},
};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    Answer,
    account::{session, stack::Stack},
    arguments::{Format, IncidentSelector},
    failure::Failure,
    incidents::{find, purged::ensure_not_purged, show::diagnoses},
};

/// Its form is a contract.
#[derive(Debug, Serialize)]
struct Trace {
    incident_id: IncidentId,
    title: String,
    steps: Vec<ReasoningStep>,
    totals: Totals,
    /// The model use of each diagnosis, by attempt.
    diagnoses: BTreeMap<u32, Option<ModelUse>>,
}

/// All steps together.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Totals {
    requests: u64,
    investigations: u64,
    elapsed_ms: u64,
    usage: Usage,
    cost: MicroUsd,
    /// Steps with which something was wrong.
    with_problems: u64,
    /// The number of calls of each tool.
    tools: BTreeMap<String, u64>,
}

pub(crate) async fn run(stack: &str, incident: &IncidentSelector, format: Format) -> Result<Answer, Failure> {
    let config = session::load().await?;
    let store = Stack::find(&config, stack).await?.store(&config)?;
    let incident = find::incident(&store, incident).await?;
    ensure_not_purged(&incident)?;
    traced(&store, &incident, format).await
}

async fn traced(
    store: &(impl Reasoning + CaseFile),
    incident: &Incident,
    format: Format,
) -> Result<Answer, Failure> {
    let trace = gather(store, incident).await?;
    Ok(Answer::formatted(format, &trace, || text::for_people(&trace)))
}

async fn gather(store: &(impl Reasoning + CaseFile), incident: &Incident) -> Result<Trace, PortError> {
    let steps = in_order(store.steps(incident.id).await?);
    let diagnoses = diagnoses(store, incident.id).await?;
    Ok(Trace {
        incident_id: incident.id,
        title: incident.signal.title.clone(),
        totals: Totals::from_steps(&steps),
        steps,
        diagnoses: diagnoses.into_iter().map(|Diagnosis { attempt, model, .. }| (attempt, model)).collect(),
    })
}

/// By investigation; in it the lines of inquiry, which run side by side, each whole and the earliest first.
fn in_order(mut steps: Vec<ReasoningStep>) -> Vec<ReasoningStep> {
    let mut began: BTreeMap<(Timestamp, String), Timestamp> = BTreeMap::new();
    for step in &steps {
        let first = began.entry((step.investigation, step.line.clone())).or_insert(step.at);
        *first = step.at.min(*first);
    }
    steps.sort_by_cached_key(|step| {
        let line_began = began.get(&(step.investigation, step.line.clone())).copied();
        (step.investigation, line_began, step.line.clone(), step.step, step.at)
    });
    steps
}

impl Totals {
    fn from_steps(steps: &[ReasoningStep]) -> Self {
        let mut totals = Self::default();
        let investigations: BTreeSet<_> = steps.iter().map(|step| step.investigation).collect();
        totals.investigations = u64::try_from(investigations.len()).unwrap_or(u64::MAX);
        for step in steps {
            totals.requests = totals.requests.saturating_add(1);
            totals.elapsed_ms = totals.elapsed_ms.saturating_add(step.elapsed_ms);
            totals.usage = totals.usage.plus(step.usage);
            totals.cost += step.cost;
            totals.with_problems = totals.with_problems.saturating_add(u64::from(!step.problems.is_empty()));
            for said in &step.answered {
                if let ContentBlock::UseTool { name, .. } = said {
                    let count = totals.tools.entry(name.clone()).or_default();
                    *count = count.saturating_add(1);
                }
            }
        }
        totals
    }
}

#[cfg(test)]
mod tests {
    use common::{model::StopReason, ports::Reasoning as _};
    use fakes::{Faults, MemoryStore, sample};
    use jiff::SignedDuration;
    use serde_json::Value;

    use super::*;

    fn text(text: &str) -> ContentBlock {
        ContentBlock::Text { text: text.to_owned() }
    }

    fn step(line: &str, number: u32, second: i64) -> ReasoningStep {
        ReasoningStep {
            incident_id: sample::incident().id,
            attempt: 1,
            investigation: sample::at(),
            line: line.to_owned(),
            step: number,
            at: sample::at() + SignedDuration::from_secs(second),
            elapsed_ms: 2_150,
            bundle: "standard@0123456789ab".to_owned(),
            model: "eu.example.model-v1".to_owned(),
            asked: vec![text("What was deployed?")],
            answered: vec![text("Nothing.")],
            stop: Some(StopReason::EndTurn),
            usage: Usage { input: 400, output: 80, cache_read: 800, cache_write: 0 },
            cost: MicroUsd(3_100),
            problems: Vec::new(),
        }
    }

    /// Two lines of inquiry, of which the first looks at something, and one that weighs them.
    fn steps() -> Vec<ReasoningStep> {
        let (id, name) = ("tool-1".to_owned(), "deployments".to_owned());
        let input = r#"{"from": "02:50", "application": "petshop"}"#.to_owned();
        let looks = ContentBlock::UseTool { id: id.clone(), name, input };
        let seen = "UpdateAlias checkout:live\nTotals\n\u{1b}[2Jrequests 0\u{202e}".to_owned();
        vec![
            ReasoningStep {
                answered: vec![text("I look at the deployments first."), looks],
                stop: Some(StopReason::ToolUse),
                ..step("deployment", 1, 1)
            },
            ReasoningStep {
                asked: vec![ContentBlock::ToolResult { id, text: seen, failed: false }],
                problems: vec!["it named evidence that is not there".to_owned()],
                ..step("deployment", 2, 4)
            },
            ReasoningStep {
                answered: Vec::new(),
                stop: None,
                problems: vec!["throttled".to_owned()],
                ..step("saturation", 1, 2)
            },
            step("weigh", 1, 9),
        ]
    }

    async fn answer(steps: &[ReasoningStep], format: Format) -> String {
        let store = MemoryStore::new(&Faults::default());
        for step in steps {
            store.put_step(step).await.unwrap();
        }
        traced(&store, &sample::incident(), format).await.ok().unwrap().text
    }

    #[tokio::test]
    async fn trace_for_people_is_the_golden_one_and_its_quotations_fake_nothing() {
        let text = answer(&steps(), Format::Table).await;
        assert!(text.lines().all(|line| line.chars().count() <= crate::output::plain::WIDTH), "{text}");
        assert!(!text.chars().any(|c| c != '\n' && common::untrusted_text::is_hidden(c)));
        assert_eq!(text.lines().filter(|line| line.trim() == "Totals").count(), 1, "{text}");
        if std::env::var_os("BLESS").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/incidents/trace/golden_trace.txt");
            std::fs::write(path, &text).unwrap();
        }
        assert_eq!(text, include_str!("trace/golden_trace.txt"), "\n{text}");
    }

    #[tokio::test]
    async fn trace_as_json_has_every_step_and_the_totals() {
        let json: Value = serde_json::from_str(&answer(&steps(), Format::Json).await).unwrap();
        let lines: Vec<_> = json["steps"].as_array().unwrap().iter().map(|step| &step["line"]).collect();
        assert_eq!(lines, ["deployment", "deployment", "saturation", "weigh"]);
        assert_eq!(json["totals"]["requests"], 4);
        assert_eq!(json["totals"]["cost"], 12_400);
        assert_eq!(json["totals"]["usage"]["cache_read"], 3_200);
        assert_eq!(json["totals"]["with_problems"], 2);
        assert_eq!(json["totals"]["tools"]["deployments"], 1);
    }

    #[tokio::test]
    async fn trace_where_no_model_was_asked_says_so() {
        let text = answer(&[], Format::Table).await;
        assert!(text.contains("No model was asked about this incident"), "{text}");
        let json: Value = serde_json::from_str(&answer(&[], Format::Json).await).unwrap();
        assert_eq!((&json["steps"], &json["totals"]["requests"]), (&Value::Array(vec![]), &0.into()));
    }

    #[tokio::test]
    async fn trace_whose_steps_are_lost_does_not_say_that_none_was_asked() {
        let store = crate::incidents::show::test_incident::stored().await;
        let text = traced(&store, &sample::incident(), Format::Table).await.ok().unwrap().text;
        assert!(text.contains("A model was asked, but its requests are not stored"), "{text}");
    }

    #[test]
    fn in_order_keeps_a_line_together_and_the_earlier_investigation_first() {
        let later = sample::at() + SignedDuration::from_mins(5);
        let mut mixed = steps();
        mixed.reverse();
        mixed.push(ReasoningStep { investigation: later, ..step("deployment", 1, 300) });
        let order: Vec<_> =
            in_order(mixed).into_iter().map(|step| (step.investigation, step.line, step.step)).collect();
        let expected = [("deployment", 1), ("deployment", 2), ("saturation", 1), ("weigh", 1)];
        let mut expected: Vec<_> =
            expected.map(|(line, number)| (sample::at(), line.to_owned(), number)).into();
        expected.push((later, "deployment".to_owned(), 1));
        assert_eq!(order, expected);
    }
}
