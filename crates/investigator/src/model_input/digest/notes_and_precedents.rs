//! Digests notes of the context sources, and precedents: earlier incidents and what came of them.

use common::{Resolution, context_source::Note, precedent::Precedent};

use super::entry::{LINE_CHARS, first_lines};
use crate::{fence::Fence, model_input::ComponentNames};

const MAX_NOTES: usize = 15;
const MAX_PRECEDENTS: usize = 5;

pub(super) fn notes(notes: &[Note], fence: &Fence, names: ComponentNames<'_>) -> Vec<String> {
    let lines = notes.iter().map(|note| {
        let at = note.at.map(|at| format!("{at} ")).unwrap_or_default();
        let resource = note.resource.as_ref().map(|arn| names.short_name(arn).unwrap_or_else(|| arn.name()));
        let resource = resource.map(|name| format!("{name} ")).unwrap_or_default();
        let actor = note.actor.as_ref().map(|actor| format!(" (by {actor})")).unwrap_or_default();
        fence.line(&format!("{at}{resource}{}{actor}", note.what), LINE_CHARS)
    });
    first_lines(MAX_NOTES, lines.collect())
}

pub(super) fn precedents(precedents: &[Precedent], fence: &Fence, names: ComponentNames<'_>) -> Vec<String> {
    let lines = precedents.iter().map(|one| {
        let component = match &one.component {
            Some(arn) => names.short_name(arn).unwrap_or_else(|| arn.name()),
            None => "no component".to_owned(),
        };
        let action = one.action.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
        let outcome = match one.outcome.as_ref().map(|outcome| outcome.resolution) {
            Some(Resolution::ByNightshift) => "that resolved it",
            Some(Resolution::ByItself) => "it went away by itself",
            Some(Resolution::Escalated | Resolution::TakenOver) => "a human took over",
            Some(Resolution::Closed) => "a human closed it",
            None => "outcome not known",
        };
        let text = format!(
            "{} {}: believed {component} {}: {} Did {action}; {outcome}.",
            one.at,
            one.title,
            one.failure_mode.as_str(),
            one.cause,
        );
        fence.line(&text, 400)
    });
    first_lines(MAX_PRECEDENTS, lines.collect())
}
