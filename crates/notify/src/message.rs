//! Composes the message for a person who has one minute: the fact first, then what to do. Pure.

mod actions_taken;
mod bearings;
mod cause;
mod decisive;
mod extended;
mod headline;
mod links;
mod mitigation;
mod next_step;
mod revert_at_source;
mod runbook;
mod subject;
mod text;
mod unknown;

use common::{
    AuditRecord, Conclusion, Incident,
    notification::{Message, Occasion},
    secrets::masked,
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use self::{
    cause::Cause,
    extended::ExtendedSections,
    text::{line, name},
};
use crate::{Input, escalation_reason::escalation_reason, incident_snapshot::IncidentSnapshot};

pub use self::{links::Links, next_step::STATES_THAT_ASK};
pub(crate) use self::{subject::subject, text::time};

const TEMPLATE: &str = include_str!("message.txt.j2");

/// The template's variables: texts that are fit to be shown.
#[derive(Debug, Serialize)]
struct MessageView {
    headline: String,
    symptom: String,
    since: Option<String>,
    scope: Option<String>,
    reason: Option<String>,
    cause: Cause,
    /// The measured impact; the extended form says too that it is unknown.
    impact: Option<String>,
    actions_taken: Vec<String>,
    next_step: Vec<String>,
    /// The notes of AWS Health and the security findings that bear on it.
    bearings: Vec<String>,
    ruled_out: Vec<String>,
    /// `None` where the short form will do.
    extended: Option<ExtendedSections>,
    unknown: Vec<String>,
    links: Vec<String>,
    anchor: String,
}

/// Composes a message. `anchor` is the newest record of the audit trail: whoever keeps the message can check later
/// that the trail up to there is unchanged.
pub(crate) fn compose(
    input: &Input,
    snapshot: &IncidentSnapshot,
    links: &Links,
    subject: &str,
    anchor: Option<&AuditRecord>,
    now: Timestamp,
) -> Message {
    let incident = snapshot.incident.as_ref();
    let extended = extended::extended_sections(input, snapshot);
    let view = MessageView {
        headline: headline::headline(input, snapshot),
        symptom: incident
            .map_or_else(|| format!("unknown (incident {})", input.incident_id), |it| line(&it.signal.title)),
        since: incident.map(|incident| since(incident, now)),
        scope: incident.map(scope),
        reason: reason(input, snapshot),
        cause: cause::cause(input, snapshot),
        impact: snapshot.diagnosis.as_ref().and_then(|it| it.report.impact.as_deref()).map(line),
        actions_taken: actions_taken::actions_taken(snapshot),
        next_step: next_step::next_step(input, snapshot, now, extended.is_some()),
        bearings: bearings::bearings(&snapshot.evidence),
        ruled_out: ruled_out(input, snapshot, extended.is_some()),
        extended,
        unknown: unknown::unknown(snapshot),
        links: all_links(input, incident, links),
        anchor: anchor.map_or_else(
            || "The audit trail could not be written: this message is not on record.".to_owned(),
            |record| {
                let checkpoint = snapshot.checkpoint.as_ref();
                let checkpoint = checkpoint.map(|head| format!("\nCheckpoint {head}")).unwrap_or_default();
                format!("Audit record {}, SHA-256 {}{checkpoint}", record.sequence, record.hash)
            },
        ),
    };
    let body = render(&view).unwrap_or_else(|error| {
        tracing::error!(incident.id = %input.incident_id, %error, "the message's template failed");
        without_template(&view)
    });
    Message { subject: subject.to_owned(), body }
}

fn render(view: &MessageView) -> Result<String, minijinja::Error> {
    minijinja::Environment::new().render_named_str("message.txt", TEMPLATE, minijinja::value::Serde(view))
}

/// Renders the essential lines without the template, so that a human is told even if it ever fails.
fn without_template(view: &MessageView) -> String {
    let parts =
        [&view.actions_taken, &view.next_step, &view.unknown, &view.links].map(|lines| lines.join("\n"));
    [&[view.headline.clone(), view.symptom.clone(), view.cause.summary.clone()], &parts[..]]
        .concat()
        .join("\n\n")
}

fn since(incident: &Incident, now: Timestamp) -> String {
    let opened = time(incident.opened_at);
    let ago = elapsed(now.duration_since(incident.opened_at));
    match incident.signal_count {
        0 | 1 => format!("{opened} ({ago} ago)"),
        count => {
            format!("{opened} ({ago} ago), {count} signals, the last at {}", time(incident.last_signal_at))
        }
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

fn scope(incident: &Incident) -> String {
    let application = incident
        .application
        .as_deref()
        .map_or_else(|| "application unknown".to_owned(), |name| format!("application {}", line(name)));
    let (account, region) = (name(&incident.signal.account), name(&incident.signal.region));
    format!("{application}, account {account}, {region}")
}

/// Renders the reason of a message that has one, unless it is the diagnosis' own reason, which the cause gives already.
fn reason(input: &Input, snapshot: &IncidentSnapshot) -> Option<String> {
    let reason = input.has_reason().then(|| escalation_reason(input))?;
    let given = without_a_cause(snapshot).is_some_and(|given| line(given) == line(&reason));
    (!given).then(|| masked(&reason))
}

fn without_a_cause(snapshot: &IncidentSnapshot) -> Option<&str> {
    match &snapshot.diagnosis.as_ref()?.conclusion {
        Conclusion::Abstained { reason } | Conclusion::NoFault { reason } => Some(reason),
        Conclusion::Explained | Conclusion::AlreadyRecovered => None,
    }
}

/// Returns what was ruled out, for whoever has to find the cause and in the extended form.
fn ruled_out(input: &Input, snapshot: &IncidentSnapshot, extended: bool) -> Vec<String> {
    let searches = input.occasion != Occasion::Resolved && without_a_cause(snapshot).is_some();
    let diagnosis = snapshot.diagnosis.as_ref().filter(|_| extended || searches);
    diagnosis.map(cause::ruled_out).unwrap_or_default()
}

fn all_links(input: &Input, incident: Option<&Incident>, console: &Links) -> Vec<String> {
    let execution = console.execution(input.incident_id, input.execution_arn.as_deref());
    let alarm = incident.and_then(|it| Links::alarm(&it.signal.symptom, &it.signal.region));
    let mut lines = vec![format!("Execution: {execution}")];
    lines.extend(alarm.map(|alarm| format!("Alarm:     {alarm}")));
    lines.push(format!("Incident:  nightshift show {}", input.incident_id));
    lines
}
