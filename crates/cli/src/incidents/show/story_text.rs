//! Prints what a diagnosis tells beside the cause: onset, impact, model assessment, revert command, permanent fix.

use std::collections::BTreeMap;

use common::{
    Diagnosis,
    diagnosis::TimelineEntry,
    model::Usage,
    reasoning::{ModelUse, ModelVerdict},
    secrets::masked,
};

use crate::output::plain::{date_time, hanging, wrapped};

/// The lines under a diagnosis: onset, impact, model assessment, the command that reverts the change, and the permanent fix.
pub(super) fn story(diagnosis: &Diagnosis) -> String {
    let story = &diagnosis.report;
    let mut text = String::new();
    let mut say = |lead: &str, said: &str| text.push_str(&hanging(&format!("{lead:<14}"), said, 4, 18));
    if let Some(began_at) = story.began_at {
        let trigger = story.trigger.as_ref().map(|id| format!(", triggered by {id}")).unwrap_or_default();
        say("began", &format!("{}{trigger}", date_time(began_at)));
    }
    if let Some(impact) = &story.impact {
        say("impact", &masked(impact));
    }
    if !story.blast_radius.is_empty() {
        say("dependents", &masked(&story.blast_radius.join(", ")));
    }
    if let Some(used) = &diagnosis.model {
        say("model", &model(used));
        if let Some(statement) = &used.statement {
            say("", &format!("in its own words, unchecked: “{}”", masked(statement)));
        }
        for (lead, counts) in [("problems", &used.problems), ("masked", &used.masked)] {
            if !counts.is_empty() {
                say("", &format!("{lead}: {}", counted(counts)));
            }
        }
    }
    if let Some(fix) = &story.lasting_fix {
        say("permanent fix", &masked(&format!("{} {}", fix.place, fix.change)));
        text.push_str(&wrapped(&format!("proposed by {}; full specification:", fix.by), 18));
        text.push_str(&wrapped(&format!("nightshift show {} --fix", diagnosis.incident_id), 18));
    }
    if let Some(revert) = &story.revert {
        text.push_str(&command_line("revert", &revert.in_words()));
    }
    text
}

/// A command on one line, however long: broken, it is another when it is pasted. One that is masked is none.
fn command_line(lead: &str, command: &str) -> String {
    let shown = masked(command);
    let shown =
        if shown == command { &shown } else { "a command with what looks like a secret in it: not shown" };
    format!("    {lead:<14}{shown}\n")
}

pub(super) fn happened(moment: &TimelineEntry) -> String {
    let evidence = moment.evidence.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    let lead = format!("{:<20}  ", date_time(moment.at));
    hanging(&lead, &format!("{}{evidence}", masked(&moment.what)), 2, 24)
}

fn model(used: &ModelUse) -> String {
    let verdict = match &used.verdict {
        ModelVerdict::Hypotheses => "named a cause and cited evidence".to_owned(),
        ModelVerdict::Abstained { reason } => format!("named no cause: {}", masked(reason)),
        ModelVerdict::Unusable { reason } => {
            format!("gave no usable answer ({}): the diagnosis was made without it", masked(reason))
        }
    };
    format!(
        "{} {verdict}; requests {}, tool calls {}, {}, {}; details: `nightshift trace`",
        used.bundle,
        used.requests,
        used.tool_calls,
        tokens(used.usage),
        used.cost
    )
}

/// `1200 tokens in (800 read from the cache, 0 written to it), 80 out`
pub(crate) fn tokens(usage: Usage) -> String {
    let Usage { input, output, cache_read, cache_write } = usage;
    let all = input.saturating_add(cache_read).saturating_add(cache_write);
    format!("{all} tokens in ({cache_read} read from the cache, {cache_write} written to it), {output} out")
}

fn counted(counts: &BTreeMap<String, u32>) -> String {
    let counts: Vec<String> =
        counts.iter().map(|(kind, count)| format!("{} {count}", kind.replace('_', " "))).collect();
    counts.join(", ")
}
