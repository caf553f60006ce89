//! What changed between two windows, as people read it.

use rca::log_diff::{ChangeKind, TemplateChange};

use crate::output::plain;

/// How many lines each window had.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines {
    pub(super) baseline: u64,
    pub(super) incident: u64,
}

const KINDS: [(ChangeKind, &str); 3] =
    [(ChangeKind::New, "new"), (ChangeKind::Spiking, "spiking"), (ChangeKind::Gone, "gone")];

/// The kinds one after the other, each in the order of the changes.
pub(super) fn text(changes: &[TemplateChange], lines: Lines) -> String {
    let of = |kind| changes.iter().filter(move |change| change.kind == kind);
    let counts = KINDS.map(|(kind, name)| format!("{} {name}", of(kind).count())).join(", ");
    let Lines { baseline, incident } = lines;
    let head = format!("{counts} templates in {baseline} lines before and {incident} during\n");
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
            "1 new, 0 spiking, 1 gone templates in 100 lines before and 90 during\n\
             \n\
             new: 0 lines before, 3 during\n  template  refused by <*>\n  example   refused by 10.0.0.1\n\
             \n\
             gone: 40 lines before, 0 during\n  template  refused by <*>\n  example   refused by 10.0.0.1\n"
        );
    }

    #[test]
    fn text_without_changes_says_so() {
        let text = text(&[], Lines { baseline: 7, incident: 8 });
        assert_eq!(text, "0 new, 0 spiking, 0 gone templates in 7 lines before and 8 during\n");
    }
}
