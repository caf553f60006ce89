//! Collects what people know about failures like this one: the runbooks that ship with Nightshift, those of the
//! team, and the team's steering.

use common::{
    Arn, FailureMode, Gap, Observed, Signal,
    evidence::ReadSource,
    ports::{Reading, TeamKnowledge},
};
use knowledge::{Library, Query};

use crate::collect::{collected_evidence::CollectedEvidence, timeout::with_timeout};
use reasoning::judgement::conclude::Assessment;

/// The file of the team's that is always read: what the application is, where its logs are, what to be
/// careful with.
const STEERING: &str = "NIGHTSHIFT.md";

/// The longest that it may be; what is beyond is cut.
const MOST_STEERING_CHARS: usize = 8_000;

/// Most runbooks that go with a question.
const MOST_RUNBOOKS: usize = 3;

/// Most passages of a knowledge base.
const MOST_PASSAGES: u32 = 3;

/// The runbooks, the steering and the passages that a question is asked with.
pub(crate) struct Knowledge {
    pub(crate) library: Library,
    pub(crate) steering: Option<String>,
    pub(crate) passages: Vec<String>,
}

impl Knowledge {
    /// Reads what the team knows. Runbooks of the team's that cannot be read, or are not in the form of one, are a gap, and those
    /// that ship with Nightshift stand alone.
    pub(crate) async fn read(team: &impl TeamKnowledge, question: &str) -> Option<(Self, Vec<Gap>)> {
        let mut gaps = Vec::new();
        let (files, passages) = tokio::join!(
            with_timeout(ReadSource::TeamKnowledge, team.files()),
            with_timeout(ReadSource::KnowledgeBase, team.passages(question, MOST_PASSAGES)),
        );
        if let Ok(Reading { truncation: Some(truncation), .. }) = &files {
            gaps.push(Gap::new(ReadSource::TeamKnowledge, "the team's knowledge", &truncation.reason));
        }
        let mut files = accept(files, &mut gaps).unwrap_or_default();
        let passages = accept(passages, &mut gaps).unwrap_or_default();
        let at = files.iter().position(|(name, _)| name == STEERING);
        let steering = at.map(|at| files.swap_remove(at).1.chars().take(MOST_STEERING_CHARS).collect());
        let (library, problems) = Library::with_team(&files).ok()?;
        for problem in problems {
            gaps.push(Gap::new(ReadSource::TeamKnowledge, "the team's runbooks", &problem.to_string()));
        }
        Some((Self { library, steering, passages }, gaps))
    }

    /// Returns what ships, without anything of the team's. Held by a test: what ships is sound, so there always is a library.
    pub(crate) fn shipped() -> Option<(Self, Vec<Gap>)> {
        let library = Library::shipped().ok()?;
        Some((Self { library, steering: None, passages: Vec::new() }, Vec::new()))
    }

    /// Returns the runbooks that answer to what is known so far, best first, then what the knowledge base has.
    pub(crate) fn runbooks(&self, query: &Query) -> Vec<investigator::RunbookMatch> {
        let hits = self.library.search(query);
        let passages = (1..).zip(&self.passages).map(|(number, text)| investigator::RunbookMatch {
            source: investigator::RunbookSource::KnowledgeBase,
            id: format!("passage-{number}"),
            title: "A passage of the team's knowledge base".to_owned(),
            applies: String::new(),
            body: text.clone(),
            score: None,
        });
        let found = hits
            .into_iter()
            .take(MOST_RUNBOOKS)
            .map(|hit| investigator::RunbookMatch { score: Some(hit.score), ..brief(hit.runbook) });
        found.chain(passages).collect()
    }
}

fn brief(runbook: &knowledge::Runbook) -> investigator::RunbookMatch {
    investigator::RunbookMatch {
        source: investigator::RunbookSource::Library,
        id: runbook.id.clone(),
        title: runbook.title.clone(),
        applies: runbook.applies.clone(),
        body: runbook.body.clone(),
        score: None,
    }
}

/// Returns what an incident is looked up by.
pub(crate) fn query(signal: &Signal, findings: &Assessment, collected: &CollectedEvidence) -> Query {
    let mut services: Vec<String> = findings
        .hypotheses
        .iter()
        .map(|one| &one.component)
        .chain(&signal.resources)
        .map(|arn: &Arn| arn.service().to_owned())
        .filter(|service| service != "cloudwatch")
        .collect();
    services.sort();
    services.dedup();
    let mut failure_modes: Vec<FailureMode> =
        findings.hypotheses.iter().map(|one| one.failure_mode).collect();
    let mut text = vec![signal.title.clone()];
    text.extend(signal.metric.as_ref().map(|metric| format!("{} {}", metric.namespace, metric.name)));
    for evidence in &collected.evidence {
        match &evidence.observed {
            Observed::Engine { findings } => {
                failure_modes.extend(findings.suspects.first().map(|suspect| suspect.failure_mode));
            }
            Observed::Logs { templates, .. } => {
                text.extend(templates.iter().map(|template| template.template.clone()));
            }
            _ => {}
        }
    }
    failure_modes.dedup();
    Query { services, failure_modes, text: text.join(" ") }
}

fn accept<T>(reading: Result<Reading<T>, Gap>, gaps: &mut Vec<Gap>) -> Option<T> {
    reading.map(|reading| reading.value).map_err(|gap| gaps.push(gap)).ok()
}
