//! Parses the body of a runbook: five sections, in this order, each with something in it.

use crate::error::{Problem, quoted};

pub(crate) const SECTIONS: [&str; 5] =
    ["What it looks like", "How to confirm", "What to do now", "What to do later", "What not to do"];

/// The section whose code is run by people in an incident, and so is checked.
pub(crate) const COMMANDS: &str = "How to confirm";

/// One line of a section, with its number in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    pub(crate) number: usize,
    pub(crate) text: &'a str,
    /// Inside of a code block, whose fences count as outside.
    pub(crate) code: bool,
}

#[derive(Debug)]
pub(crate) struct Section<'a> {
    pub(crate) name: &'a str,
    pub(crate) line: usize,
    pub(crate) lines: Vec<Line<'a>>,
}

/// The sections of `body`, whose first line is the file's line `first`.
pub(crate) fn parse_sections<'a>(
    body: &'a str,
    first: usize,
    problems: &mut Vec<Problem>,
) -> Vec<Section<'a>> {
    let mut sections: Vec<Section<'a>> = Vec::new();
    let mut fence: Option<(&str, usize)> = None;
    let mut stray = false;
    for (number, text) in (first..).zip(body.lines()) {
        let opens = ["```", "~~~"].into_iter().find(|mark| text.trim_start().starts_with(mark));
        let code = fence.is_some() && opens.is_none_or(|mark| fence.is_none_or(|(open, _)| open != mark));
        if let Some(mark) = opens.filter(|_| !code) {
            fence = if fence.is_some() { None } else { Some((mark, number)) };
        }
        if !code && let Some(name) = heading(text) {
            sections.push(Section { name, line: number, lines: Vec::new() });
            continue;
        }
        match sections.last_mut() {
            Some(section) => section.lines.push(Line { number, text, code }),
            None if !stray && !text.trim().is_empty() => {
                stray = true;
                let what = format!(
                    "text before the first section: {}: expected ## {}",
                    quoted(text.trim()),
                    SECTIONS.join(", ## ")
                );
                problems.push(Problem::at_line(number, what));
            }
            None => {}
        }
    }
    if let Some((mark, number)) = fence {
        problems
            .push(Problem::at_line(number, format!("the code block is not closed: expected a line {mark}")));
    }
    check(&sections, problems);
    sections
}

/// The text of a heading of the first or second level.
fn heading(line: &str) -> Option<&str> {
    line.strip_prefix("## ").or_else(|| line.strip_prefix("# ")).map(str::trim)
}

fn check(sections: &[Section<'_>], problems: &mut Vec<Problem>) {
    for section in sections {
        if !SECTIONS.contains(&section.name) {
            let what = format!(
                "unknown section {}: expected one of ## {}",
                quoted(section.name),
                SECTIONS.join(", ## ")
            );
            problems.push(Problem::at_line(section.line, what));
        } else if section.lines.iter().all(|line| line.text.trim().is_empty()) {
            problems.push(Problem::new(format!("## {}", section.name), "empty section"));
        }
    }
    for name in SECTIONS {
        match sections.iter().filter(|section| section.name == name).count() {
            0 => problems.push(Problem::new(format!("## {name}"), "missing section")),
            1 => {}
            _ => problems.push(Problem::new(format!("## {name}"), "duplicate section")),
        }
    }
    let place = |section: &Section<'_>| SECTIONS.iter().position(|name| *name == section.name);
    for pair in sections.windows(2) {
        if let [before, after] = pair
            && let (Some(first), Some(second)) = (place(before), place(after))
            && second < first
        {
            let what = format!("## {} is out of order: expected it before ## {}", after.name, before.name);
            problems.push(Problem::at_line(after.line, what));
        }
    }
}
