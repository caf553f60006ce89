//! The message: what a person who is awake for one minute needs to know, in that order. Pure.

use common::{
    AuditRecord, Conclusion, Incident, Resolution,
    evidence::gap_lines,
    notification::{Message, Occasion},
    secrets::masked,
    untrusted_text::one_line,
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    Input, Links,
    case::Case,
    ending,
    full::{self, Full},
    message_parts::{self, Why},
};

const TEMPLATE: &str = include_str!("message.txt.j2");
const MAX_GAPS: usize = 8;
const DRILL: &str = "THIS IS A DRILL: the event was sent by hand; what Nightshift does about it is real.";

/// What the template sees: texts that are fit to be shown.
#[derive(Debug, Serialize)]
struct View {
    headline: String,
    what: String,
    since: Option<String>,
    whereabouts: Option<String>,
    handed_over: Option<String>,
    why: Why,
    done: Vec<String>,
    todo: Vec<String>,
    /// `None` where the short form will do.
    full: Option<Full>,
    unknown: Vec<String>,
    links: Vec<String>,
    anchor: String,
}

/// `anchor` is the newest record of the audit trail: whoever keeps the message can tell later
/// whether the trail up to there is still the one that was.
pub(crate) fn compose(
    input: &Input,
    case: &Case,
    links: &Links,
    subject: &str,
    anchor: Option<&AuditRecord>,
    now: Timestamp,
) -> Message {
    let incident = case.incident.as_ref();
    let view = View {
        headline: headline(input, incident),
        what: incident.map_or_else(|| format!("incident {}", input.incident_id), |it| line(&it.signal.title)),
        since: incident.map(|incident| since(incident, now)),
        whereabouts: incident.map(whereabouts),
        handed_over: input.hands_over().then(|| masked(&ending::reason(input))),
        why: message_parts::why(case),
        done: message_parts::done(case),
        todo: message_parts::todo(input, case),
        full: full::full(input, case),
        unknown: unknown(case),
        links: all_links(input, incident, links),
        anchor: anchor.map_or_else(
            || "The audit trail could not be written: this message is not on record.".to_owned(),
            |record| format!("Audit record {}, SHA-256 {}", record.sequence, record.hash),
        ),
    };
    let body = render(&view).unwrap_or_else(|error| {
        tracing::error!(incident.id = %input.incident_id, %error, "the message's template failed");
        plainly(&view)
    });
    Message { subject: subject.to_owned(), body }
}

/// A text from anywhere, fit to be shown.
pub(crate) fn line(text: &str) -> String {
    one_line(&masked(text), 400)
}

/// The name of a resource or of a person: what looks like a secret in it is none.
pub(crate) fn name(name: &impl ToString) -> String {
    one_line(&name.to_string(), 400)
}

fn render(view: &View) -> Result<String, minijinja::Error> {
    minijinja::Environment::new().render_named_str("message.txt", TEMPLATE, minijinja::value::Serde(view))
}

/// Should the template ever fail, a human hears all the same.
fn plainly(view: &View) -> String {
    let parts = [&view.done, &view.todo, &view.unknown, &view.links].map(|lines| lines.join("\n"));
    [&[view.headline.clone(), view.what.clone(), view.why.sentence.clone()], &parts[..]].concat().join("\n\n")
}

fn headline(input: &Input, incident: Option<&Incident>) -> String {
    let resolution =
        incident.and_then(|incident| incident.outcome.as_ref()).map(|outcome| outcome.resolution);
    let headline = match (input.occasion, resolution) {
        (Occasion::ApprovalNeeded, _) => "Nightshift asks you to approve an action.",
        (Occasion::Resolved, Some(Resolution::ByNightshift)) => "Nightshift has mended this.",
        (Occasion::Resolved, Some(Resolution::ByItself)) => "This has mended itself; Nightshift did nothing.",
        (Occasion::Resolved, _) => "This is resolved.",
        (Occasion::Escalated, _) => "Nightshift hands this over to you.",
        (Occasion::ExecutionBroken, _) => "Nightshift itself broke off over this: it is yours now.",
    };
    if incident.is_some_and(|incident| incident.signal.drill) {
        return format!("{DRILL}\n{headline}");
    }
    headline.to_owned()
}

fn since(incident: &Incident, now: Timestamp) -> String {
    let opened = incident.opened_at;
    let ago = elapsed(now.duration_since(opened));
    match incident.signal_count {
        0 | 1 => format!("{opened} ({ago} ago)"),
        count => format!("{opened} ({ago} ago), {count} signals, the last at {}", incident.last_signal_at),
    }
}

fn elapsed(duration: SignedDuration) -> String {
    let minutes = duration.as_mins().max(0);
    match (minutes.div_euclid(60), minutes.rem_euclid(60)) {
        (0, 0) => "less than a minute".to_owned(),
        (0, 1) => "1 minute".to_owned(),
        (0, minutes) => format!("{minutes} minutes"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

fn whereabouts(incident: &Incident) -> String {
    let application = incident
        .application
        .as_deref()
        .map_or_else(|| "application not known".to_owned(), |name| format!("application {}", line(name)));
    let (account, region) = (name(&incident.signal.account), name(&incident.signal.region));
    format!("{application}, account {account}, {region}")
}

/// Gaps of the diagnosis, and what could not be read just now.
fn unknown(case: &Case) -> Vec<String> {
    let gaps = case.diagnosis.iter().flat_map(|diagnosis| &diagnosis.gaps);
    let mut lines: Vec<_> = case.troubles.iter().map(|sentence| line(sentence)).collect();
    lines.extend(gap_lines(gaps).iter().map(|gap| line(gap)));
    if case.diagnosis.as_ref().is_some_and(|it| matches!(it.conclusion, Conclusion::Abstained { .. })) {
        lines.push("The cause.".to_owned());
    }
    message_parts::at_most(lines, MAX_GAPS)
}

fn all_links(input: &Input, incident: Option<&Incident>, console: &Links) -> Vec<String> {
    let execution = console.execution(input.incident_id, input.execution_arn.as_deref());
    let alarm = incident.and_then(|it| Links::alarm(&it.signal.symptom, &it.signal.region));
    let mut lines = vec![format!("Execution: {execution}")];
    lines.extend(alarm.map(|alarm| format!("Alarm:     {alarm}")));
    lines.push(format!("Incident:  nightshift show {}", input.incident_id));
    lines
}
