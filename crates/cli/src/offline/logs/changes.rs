//! Prints what changed between two files of log lines, for people and as JSON.

use rca::log_diff::{ChangeKind, TemplateChange};

use serde::Serialize;

use crate::output::plain;

/// The number of lines of each file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines {
    pub(super) baseline: u64,
    pub(super) incident: u64,
}

const KINDS: [(ChangeKind, &str); 3] =
    [(ChangeKind::New, "new"), (ChangeKind::Spiking, "more frequent"), (ChangeKind::Gone, "gone")];

/// The comparison as JSON; its form is a contract.
#[derive(Debug, Serialize)]
pub(super) struct Comparison<'a> {
    baseline_lines: u64,
    incident_lines: u64,
    changes: Vec<Change<'a>>,
}

#[derive(Debug, Serialize)]
struct Change<'a> {
    kind: &'static str,
    template: &'a str,
    /// A whole line of this template.
    example: &'a str,
    /// Lines of this template in each file; a stack trace counts as one.
    baseline: u64,
    incident: u64,
    /// The template reads like an error.
    error: bool,
    score: f64,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(changes: &'a [TemplateChange], lines: Lines) -> Self {
        let changes = changes.iter().map(|change| Change {
            kind: match change.kind {
                ChangeKind::New => "new",
                ChangeKind::Spiking => "more_frequent",
                ChangeKind::Gone => "gone",
            },
            template: &change.template,
            example: &change.example,
            baseline: change.baseline,
            incident: change.incident,
            error: change.error,
            score: change.score,
        });
        Self { baseline_lines: lines.baseline, incident_lines: lines.incident, changes: changes.collect() }
    }
}

/// The kinds one after the other, each in the order of the changes.
pub(super) fn text(changes: &[TemplateChange], lines: Lines) -> String {
    let of = |kind| changes.iter().filter(move |change| change.kind == kind);
    let counts = KINDS.map(|(kind, name)| format!("{} {name}", of(kind).count())).join(", ");
    let Lines { baseline, incident } = lines;
    let head = format!("Templates: {counts} ({baseline} lines before, {incident} during)\n");
    let sections =
        KINDS.into_iter().flat_map(|(kind, name)| of(kind).map(move |change| section(name, change)));
    std::iter::once(head).chain(sections).collect::<Vec<_>>().join("\n")
}

fn section(name: &str, change: &TemplateChange) -> String {
    format!(
        "{name}: {} lines before, {} during\n  template  {}\n  example   {}\n",
        change.baseline,
        change.incident,
        plain::line(&change.template),
        plain::line(&change.example),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_counts_template_and_example_of_each_change() {
        let change = |kind, baseline, incident| TemplateChange {
            template: "refused by <*>".to_owned(),
            kind,
            baseline,
            incident,
            error: true,
            score: 1.0,
            example: "refused by 10.0.0.1".to_owned(),
        };
        let changes = [change(ChangeKind::Gone, 40, 0), change(ChangeKind::New, 0, 3)];
        assert_eq!(
            text(&changes, Lines { baseline: 100, incident: 90 }),
            "Templates: 1 new, 0 more frequent, 1 gone (100 lines before, 90 during)\n\
             \n\
             new: 0 lines before, 3 during\n  template  refused by <*>\n  example   refused by 10.0.0.1\n\
             \n\
             gone: 40 lines before, 0 during\n  template  refused by <*>\n  example   refused by 10.0.0.1\n"
        );
    }

    #[test]
    fn text_without_changes_says_so() {
        let text = text(&[], Lines { baseline: 7, incident: 8 });
        assert_eq!(text, "Templates: 0 new, 0 more frequent, 0 gone (7 lines before, 8 during)\n");
    }
}
