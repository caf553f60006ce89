//! Makes notes fit to be kept: short lines, secrets masked, the newest first.

use common::{
    Arn,
    context_source::{Note, Scope},
    secrets::masked,
    untrusted_text::one_line,
};
use jiff::Timestamp;

/// More of one source is not read by anybody.
const MOST: usize = 20;
const WHAT_CHARS: usize = 300;
const ACTOR_CHARS: usize = 120;

/// Makes a note. Its words may be anybody's: they become one line, and secrets in them are masked.
pub(super) fn note(at: Option<Timestamp>, resource: Option<Arn>, actor: Option<&str>, what: &str) -> Note {
    Note {
        at,
        resource,
        actor: actor.map(|actor| one_line(&masked(actor), ACTOR_CHARS)).filter(|actor| !actor.is_empty()),
        what: one_line(&masked(what), WHAT_CHARS),
    }
}

/// The newest, each once, those without a time last.
pub(super) fn newest(mut notes: Vec<Note>) -> Vec<Note> {
    notes.sort_by_key(|note| std::cmp::Reverse(note.at));
    let mut kept: Vec<Note> = Vec::new();
    for note in notes {
        if kept.len() >= MOST {
            break;
        }
        if !kept.contains(&note) {
            kept.push(note);
        }
    }
    kept
}

pub(super) fn is_within(at: Timestamp, scope: &Scope) -> bool {
    scope.from <= at && at < scope.to
}

/// An ARN that a service writes, where it is one.
pub(super) fn arn(text: Option<&str>) -> Option<Arn> {
    text?.parse().ok()
}

/// Returns the scope's resource that has `name` as its name or ARN.
pub(super) fn named(name: &str, scope: &Scope) -> Option<Arn> {
    scope.resources.iter().find(|resource| resource.to_string() == name || resource.name() == name).cloned()
}

/// `": text"`, or nothing.
pub(super) fn after_colon(text: Option<&str>) -> String {
    text.map(|text| format!(": {text}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn newest_are_kept_each_once_and_the_undated_last() {
        let mut notes: Vec<_> = (0..30).map(|second| note(Some(at(second)), None, None, "x")).collect();
        notes.push(note(Some(at(29)), None, None, "x"));
        notes.push(note(None, None, None, "x"));
        let kept = newest(notes);
        assert_eq!((kept.len(), kept[0].at, kept[1].at), (MOST, Some(at(29)), Some(at(28))));
        let kept = newest(vec![note(None, None, None, "x"), note(Some(at(1)), None, None, "x")]);
        assert_eq!(kept.last().unwrap().at, None);
    }

    #[test]
    fn note_is_one_short_line_without_secrets() {
        let note =
            note(None, None, Some("a\u{202e}\n"), &format!("x\ny password=swordfish {}", "z".repeat(999)));
        assert_eq!(note.actor.as_deref(), Some("a"));
        assert!(note.what.starts_with("x y password=[masked] z"), "{}", note.what);
        assert_eq!(note.what.chars().count(), WHAT_CHARS);
    }
}
