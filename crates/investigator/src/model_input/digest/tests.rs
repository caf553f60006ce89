use std::sync::LazyLock;

use common::{
    Arn, Gap, Incident, Observation, Observed, SymptomState,
    evidence::ReadSource,
    findings::{LogTemplate, MetricDigest},
};
use fakes::sample;
use proptest::prelude::*;

use super::*;
use crate::{
    brief::{RunbookMatch, RunbookSource},
    bundle::Bundles,
};

static LIMITS: LazyLock<Limits> =
    LazyLock::new(|| Bundles::shipped().unwrap().choose(sample::incident().id).unwrap().limits);

fn components() -> Vec<Arn> {
    vec![sample::arn("lambda", "function:checkout"), sample::arn("dynamodb", "table/orders")]
}

fn series(metric: &str, deviations: f64) -> MetricDigest {
    MetricDigest {
        resource: components().first().cloned(),
        metric: metric.to_owned(),
        statistic: "Sum".to_owned(),
        baseline_samples: 60,
        incident_samples: 12,
        baseline: Some(0.0),
        incident: Some(11.5),
        last: Some(14.0),
        deviations: Some(deviations),
        sparkline: String::new(),
        within_usual: false,
    }
}

fn evidence(number: usize, observed: Observed) -> Evidence {
    Evidence::new(format!("query {number}"), sample::at(), "summary".to_owned(), observed)
}

fn some_evidence() -> Vec<Evidence> {
    let symptom = Observation {
        state: SymptomState::Firing,
        summary: "ALARM".to_owned(),
        since: None,
        excess: Some(4.0),
        measured_from: None,
    };
    let metrics = Observed::Metrics {
        from: sample::at(),
        incident_from: sample::at(),
        to: sample::at(),
        period_seconds: 60,
        series: vec![series("Duration", 1.5), series("Errors", -9.5)],
    };
    let template = |text: &str, incident| LogTemplate { template: text.to_owned(), baseline: 2, incident };
    let logs = Observed::Logs {
        function: components().remove(0),
        baseline_lines: 10,
        incident_lines: 90,
        truncated: true,
        templates: vec![template("slow", 5), template("KeyError: 'prices'", 60)],
    };
    vec![evidence(1, metrics), evidence(2, logs), evidence(3, Observed::Symptom { observation: symptom })]
}

fn digest_of(incident: &Incident, evidence: &[Evidence], most: usize) -> Digest {
    with_runbooks(incident, evidence, most, &[])
}

fn with_runbooks(
    incident: &Incident,
    evidence: &[Evidence],
    most: usize,
    runbooks: &[RunbookMatch],
) -> Digest {
    let components = components();
    let gaps = [Gap::new(ReadSource::Traces, "xray", "denied")];
    let brief = Brief {
        incident,
        attempt: 2,
        evidence,
        gaps: &gaps,
        hypotheses: &[],
        ruled_out: &[],
        components: &components,
        actions: &[],
        runbooks,
        steering: None,
        team_tools: &[],
        fence: "abcdefghijklmnop",
    };
    let fence = Fence::new(brief.fence).unwrap();
    let limits = Limits { digest_bytes: most, ..*LIMITS };
    digest(&brief, &fence, ComponentNames::new(&components), &limits)
}

#[test]
fn digest_shows_numbers_before_and_during_and_what_moved_most_first() {
    let evidence = some_evidence();
    let digest = digest_of(&sample::incident(), &evidence, 10_000);
    for line in [
        "c1 Errors Sum: 0 → 11.50, last 14, -9.50 deviations (60 and 12 samples)",
        "2 → 60 lines: KeyError: 'prices'",
        "c2 dynamodb table/orders",
        "xray (denied)",
    ] {
        assert!(digest.text.lines().any(|shown| shown == line), "{line} is not in {}", digest.text);
    }
    let at = |text: &str| digest.text.find(text).unwrap();
    assert!(at("Errors Sum") < at("Duration Sum") && at("KeyError") < at("slow"));
    // The symptom before the logs, and these before the metrics.
    assert!(at(evidence[2].id.as_str()) < at(evidence[1].id.as_str()));
    assert!(at(evidence[1].id.as_str()) < at(evidence[0].id.as_str()));
    assert_eq!(digest.shown.len(), 3);
}

#[test]
fn digest_without_room_says_what_it_left_out_and_shows_no_id_of_it() {
    let evidence = some_evidence();
    let whole = digest_of(&sample::incident(), &evidence, 10_000).text.len();
    let digest = digest_of(&sample::incident(), &evidence, whole - 200);
    assert!(digest.text.ends_with("Left out, because there is no room: 1 × evidence."), "{}", digest.text);
    assert_eq!(digest.shown.len(), 2);
    assert!(!digest.text.contains(evidence[0].id.as_str()));
}

#[test]
fn digest_runbooks_leave_places_for_passages_and_the_rest_is_counted() {
    let runbook = |(source, id): (RunbookSource, String)| RunbookMatch {
        source,
        id,
        title: "T".to_owned(),
        applies: "A".to_owned(),
        body: "B".to_owned(),
        score: None,
    };
    for (runbooks, passages, shown, left_out) in [
        (3, 0, (3, 0), ""),
        (5, 0, (3, 0), "2 × runbook."),
        (3, 1, (3, 1), ""),
        (3, 2, (2, 2), "1 × runbook."),
        (4, 5, (2, 2), "2 × runbook, 3 × passage of the knowledge base."),
        (0, 2, (0, 2), ""),
        (0, 3, (0, 2), "1 × passage of the knowledge base."),
    ] {
        let all = (0..runbooks)
            .map(|at| (RunbookSource::Library, format!("book-{at}")))
            .chain((0..passages).map(|at| (RunbookSource::KnowledgeBase, format!("passage-{at}"))));
        let all: Vec<RunbookMatch> = all.map(runbook).collect();
        let text = with_runbooks(&sample::incident(), &[], 10_000, &all).text;
        let found = (text.matches("id: book-").count(), text.matches("id: passage-").count());
        assert_eq!(found, shown, "{runbooks} and {passages}");
        let (_, said) = text.split_once("Left out, because there is no room: ").unwrap_or_default();
        assert_eq!(said, left_out, "{runbooks} and {passages}");
    }
}

proptest! {
    #[test]
    fn digest_any_room_shows_just_the_ids_in_it_and_is_not_longer(
        most in 1_000usize..6_000, number in 0usize..60, text in "\\PC{0,400}",
    ) {
        let evidence: Vec<Evidence> = (0..number)
            .map(|at| evidence(at, Observed::TeamTool { tool: "wiki".to_owned(), text: format!("{at} {text}") }))
            .collect();
        let digest = digest_of(&sample::incident(), &evidence, most);
        // What is always there, and the line about what is not.
        prop_assert!(digest.text.len() <= most.max(1_200) + 100, "{}", digest.text.len());
        for one in &evidence {
            prop_assert_eq!(digest.text.contains(&format!("[{}]", one.id)), digest.shown.contains(&one.id));
        }
    }
}
