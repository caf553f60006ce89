//! What the message says beyond the short form: all that a person needs who takes over something bad.

use common::{
    Diagnosis, Severity,
    diagnosis::{LastingFix, TimelineEntry},
    notification::Occasion,
    reasoning::{ModelUse, ModelVerdict},
    untrusted_text::one_line,
};
use serde::Serialize;

use crate::{
    Input,
    case::Case,
    message::{line, name},
    message_parts::{at_most, percent},
    mitigation::{Mitigation, mitigation},
    runbook,
};

const MOST_MOMENTS: usize = 20;
const MOST_DEPENDANTS: usize = 15;
const MOST_RULED_OUT: usize = 8;
const MOST_OTHERS: usize = 3;
const MOST_TESTS: usize = 6;

/// A specification's paragraph; what is longer stands in the whole one.
const PARAGRAPH_CHARS: usize = 1_200;

#[derive(Debug, Serialize)]
pub(crate) struct Full {
    /// The change that set it off.
    trigger: Option<String>,
    /// Less likely causes.
    others: Vec<String>,
    impact: String,
    dependants: Vec<String>,
    mitigation: Option<Mitigation>,
    timeline: Vec<String>,
    ruled_out: Vec<String>,
    fix: Option<Fix>,
    model: Option<String>,
    runbook: Option<String>,
}

#[derive(Debug, Serialize)]
struct Fix {
    place: String,
    change: String,
    tests: Vec<String>,
    whole: String,
}

/// For the two worst severities, where somebody is to do something and there is a diagnosis to tell of.
pub(crate) fn full(input: &Input, case: &Case) -> Option<Full> {
    let severe = case.incident.as_ref().is_some_and(|incident| incident.severity <= Severity::Sev2);
    let diagnosis = case.diagnosis.as_ref().filter(|_| severe && input.occasion != Occasion::Resolved)?;
    let story = &diagnosis.report;
    let runbook = runbook::fitting(case);
    Some(Full {
        trigger: trigger(case, diagnosis),
        others: others(diagnosis),
        impact: story
            .impact
            .as_deref()
            .map_or_else(|| "Nothing that was measured shows what customers notice.".to_owned(), line),
        dependants: dependants(&story.blast_radius),
        mitigation: mitigation(input, case, runbook),
        timeline: at_most(story.timeline.iter().map(moment).collect(), MOST_MOMENTS),
        ruled_out: ruled_out(diagnosis),
        fix: story.lasting_fix.as_ref().map(|fix| self::fix(input, fix)),
        model: diagnosis.model.as_ref().map(model),
        runbook: runbook.map(runbook::named),
    })
}

fn trigger(case: &Case, diagnosis: &Diagnosis) -> Option<String> {
    let id = diagnosis.report.trigger.as_ref()?;
    let seen = case.evidence.iter().find(|evidence| evidence.id == *id);
    Some(seen.map_or_else(|| format!("evidence {id}"), |evidence| line(&evidence.summary)))
}

fn others(diagnosis: &Diagnosis) -> Vec<String> {
    let lines = diagnosis.hypotheses.iter().skip(1).map(|hypothesis| {
        format!("{} (confidence {})", line(&hypothesis.cause), percent(hypothesis.confidence))
    });
    at_most(lines.collect(), MOST_OTHERS)
}

fn dependants(blast_radius: &[String]) -> Vec<String> {
    if blast_radius.is_empty() {
        return vec!["Nothing, as far as calls are known.".to_owned()];
    }
    // What traced programs call themselves is theirs to choose.
    at_most(blast_radius.iter().map(|name| line(name)).collect(), MOST_DEPENDANTS)
}

fn moment(moment: &TimelineEntry) -> String {
    let evidence = moment.evidence.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    format!("{}  {}{evidence}", moment.at.strftime("%Y-%m-%d %H:%M:%SZ"), line(&moment.what))
}

fn ruled_out(diagnosis: &Diagnosis) -> Vec<String> {
    let lines = diagnosis.ruled_out.iter().map(|out| format!("{}: {}", name(&out.component), line(&out.why)));
    at_most(lines.collect(), MOST_RULED_OUT)
}

fn fix(input: &Input, fix: &LastingFix) -> Fix {
    let paragraph = |text: &str| one_line(&common::secrets::masked(text), PARAGRAPH_CHARS);
    Fix {
        place: paragraph(&fix.place),
        change: paragraph(&fix.change),
        tests: at_most(fix.tests.iter().map(|test| line(test)).collect(), MOST_TESTS),
        whole: format!("nightshift show {} --fix", input.incident_id),
    }
}

/// What asking a model came to, in one line.
fn model(model: &ModelUse) -> String {
    let verdict = match &model.verdict {
        ModelVerdict::Hypotheses => "named a cause that the evidence bears".to_owned(),
        ModelVerdict::Abstained { reason } => format!("abstained: {}", line(reason)),
        ModelVerdict::Unusable { reason } => {
            format!(
                "gave no answer that could be used, and the diagnosis is the one without it: {}",
                line(reason)
            )
        }
    };
    let counted =
        |count: u32, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    format!(
        "{} {verdict} ({}, {}, {})",
        name(&model.bundle),
        counted(model.requests, "request"),
        counted(model.tool_calls, "look"),
        model.cost
    )
}
