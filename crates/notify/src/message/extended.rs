//! Writes the sections that a message about a severe incident has beyond the short form.

use common::{
    Severity,
    diagnosis::{LastingFix, TimelineEntry},
    notification::Occasion,
    reasoning::{ModelUse, ModelVerdict},
    untrusted_text::one_line,
};
use serde::Serialize;

use super::{
    mitigation::{Mitigation, mitigation},
    runbook,
    text::{at_most, line, name, time},
};
use crate::{Input, incident_snapshot::IncidentSnapshot};

const MAX_TIMELINE: usize = 20;
const MAX_DEPENDENTS: usize = 15;
const MAX_TESTS: usize = 6;

/// The longest paragraph of a specification; the whole one is in `nightshift show --fix`.
const PARAGRAPH_CHARS: usize = 1_200;

#[derive(Debug, Serialize)]
pub(super) struct ExtendedSections {
    impact: String,
    dependents: Vec<String>,
    mitigation: Option<Mitigation>,
    timeline: Vec<String>,
    permanent_fix: Option<PermanentFix>,
    model: Option<String>,
    runbook: Option<String>,
}

#[derive(Debug, Serialize)]
struct PermanentFix {
    place: String,
    change: String,
    tests: Vec<String>,
    specification: String,
}

/// Returns the sections for sev1 and sev2, where somebody has to act and there is a diagnosis.
pub(super) fn extended_sections(input: &Input, snapshot: &IncidentSnapshot) -> Option<ExtendedSections> {
    let severe = snapshot.severity().is_some_and(|severity| severity <= Severity::Sev2);
    let diagnosis = snapshot.diagnosis.as_ref().filter(|_| severe && !asks_nobody_to_act(input.occasion))?;
    let story = &diagnosis.report;
    let runbook = runbook::best_match(snapshot);
    Some(ExtendedSections {
        impact: story
            .impact
            .as_deref()
            .map_or_else(|| "Unknown: no metric shows how customers are affected.".to_owned(), line),
        dependents: dependents(&story.blast_radius),
        mitigation: mitigation(input, snapshot, runbook),
        timeline: at_most(story.timeline.iter().map(moment).collect(), MAX_TIMELINE),
        permanent_fix: story.lasting_fix.as_ref().map(|fix| permanent_fix(input, fix)),
        model: diagnosis.model.as_ref().map(model),
        runbook: runbook.map(runbook::reference),
    })
}

/// Returns true where nobody has to act any more, or yet: whoever mends what Nightshift still works on takes it over first.
const fn asks_nobody_to_act(occasion: Occasion) -> bool {
    matches!(occasion, Occasion::Preliminary | Occasion::Resolved | Occasion::Closed)
}

fn dependents(blast_radius: &[String]) -> Vec<String> {
    if blast_radius.is_empty() {
        return vec!["None found in the call graph.".to_owned()];
    }
    // Traced programs choose their own names.
    at_most(blast_radius.iter().map(|name| line(name)).collect(), MAX_DEPENDENTS)
}

fn moment(moment: &TimelineEntry) -> String {
    let evidence = moment.evidence.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    format!("{}  {}{evidence}", time(moment.at), line(&moment.what))
}

fn permanent_fix(input: &Input, fix: &LastingFix) -> PermanentFix {
    let paragraph = |text: &str| one_line(&common::secrets::masked(text), PARAGRAPH_CHARS);
    PermanentFix {
        place: paragraph(&fix.place),
        change: paragraph(&fix.change),
        tests: at_most(fix.tests.iter().map(|test| line(test)).collect(), MAX_TESTS),
        specification: format!("nightshift show {} --fix", input.incident_id),
    }
}

/// Renders the model's assessment on one line.
fn model(model: &ModelUse) -> String {
    let verdict = match &model.verdict {
        ModelVerdict::Hypotheses => "named a cause and cited evidence".to_owned(),
        ModelVerdict::Abstained { reason } => format!("named no cause: {}", line(reason)),
        ModelVerdict::Unusable { reason } => {
            format!("gave no usable answer, so the diagnosis was made without it: {}", line(reason))
        }
    };
    let counted =
        |count: u32, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    // Quoted, and only here: its words are as untrusted as a log line.
    let quoted =
        model.statement.as_ref().map(|text| format!(". In its own words, unchecked: “{}”", line(text)));
    format!(
        "{} {verdict} ({}, {}, {}){}",
        name(&model.bundle),
        counted(model.requests, "request"),
        counted(model.tool_calls, "tool call"),
        model.cost,
        quoted.unwrap_or_default()
    )
}
