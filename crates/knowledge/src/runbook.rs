//! Parses and checks one runbook.

use common::{ActionId, FailureMode};

use crate::{
    actions::Actions,
    commands,
    error::{Problem, RunbookError},
    front_matter::{self, FrontMatter},
    sections::{self, COMMANDS},
};

/// About two pages. More is not read in an incident, and a few of them must fit a prompt.
pub const MAX_BYTES: usize = 8 * 1024;

/// Long enough for a name that tells.
const LONGEST_ID: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runbook {
    /// The file's name without `.md`.
    pub id: String,
    pub title: String,
    /// The signature that it answers to, in one sentence.
    pub applies: String,
    /// Service prefixes as in ARNs.
    pub services: Vec<&'static str>,
    pub failure_modes: Vec<FailureMode>,
    /// Metrics, error codes and phrases that point to it.
    pub signals: Vec<String>,
    /// The only actions that may be proposed by its word.
    pub actions: Vec<ActionId>,
    pub version: u32,
    /// The sections, as Markdown.
    pub body: String,
}

impl Runbook {
    /// Reads the runbook in the file named `file`; all that is wrong with it, or the runbook.
    pub fn parse(file: &str, bytes: &[u8], actions: &Actions) -> Result<Self, Vec<RunbookError>> {
        let mut problems = Vec::new();
        let read = parse_runbook(file, bytes, actions, &mut problems);
        match read.filter(|_| problems.is_empty()) {
            Some(runbook) => Ok(runbook),
            None => Err(problems.into_iter().map(|problem| problem.in_file(file)).collect()),
        }
    }

    /// `id@version`.
    pub fn name(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    /// The lines of a section, for example `What to do now`, without empty ones and code fences.
    pub fn section(&self, name: &str) -> Vec<&str> {
        let sections = sections::parse_sections(&self.body, 1, &mut Vec::new());
        let lines =
            sections.into_iter().filter(|section| section.name == name).flat_map(|section| section.lines);
        let texts = lines.map(|line| line.text.trim());
        texts
            .filter(|text| !text.is_empty() && !text.starts_with("```") && !text.starts_with("~~~"))
            .collect()
    }
}

fn parse_runbook(
    file: &str,
    bytes: &[u8],
    actions: &Actions,
    problems: &mut Vec<Problem>,
) -> Option<Runbook> {
    let id = id(file);
    if id.is_none() {
        let what = format!(
            "invalid name: expected lower-case words joined by hyphens (at most {LONGEST_ID} characters) and .md"
        );
        problems.push(Problem::new("the file's name", what));
    }
    if bytes.len() > MAX_BYTES {
        let what = format!("{} bytes: expected at most {MAX_BYTES}, about two pages", bytes.len());
        problems.push(Problem::new("the file", what));
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}'),
        Err(error) => {
            let what = format!("byte {} is not UTF-8: expected UTF-8 text", error.valid_up_to());
            problems.push(Problem::new("the file", what));
            return None;
        }
    };
    let (yaml, body, first) = match front_matter::split(text) {
        Ok(parts) => parts,
        Err(problem) => {
            problems.push(problem);
            return None;
        }
    };
    let front = front_matter::parse_front_matter(yaml, actions, problems);
    let sections = sections::parse_sections(body, first, problems);
    for section in sections.iter().filter(|section| section.name == COMMANDS) {
        commands::check(&section.lines, problems);
    }
    let FrontMatter { title, applies, services, failure_modes, signals, actions, version } = front?;
    let body = body.trim().to_owned();
    Some(Runbook { id: id?, title, applies, services, failure_modes, signals, actions, version, body })
}

fn id(file: &str) -> Option<String> {
    let id = file.strip_suffix(".md")?;
    let words = id
        .split('-')
        .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    (words && id.len() <= LONGEST_ID).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::Library;

    #[test]
    fn section_is_there_in_every_shipped_runbook() {
        let library = Library::shipped().unwrap();
        for runbook in library.runbooks() {
            for name in crate::sections::SECTIONS {
                assert!(!runbook.section(name).is_empty(), "{} {name}", runbook.id);
            }
        }
        let now = library.get("lambda-throttled").unwrap().section("What to do now");
        assert!(now.len() == 3 && now[0].starts_with("1. Reserved concurrency"), "{now:?}");
        assert_eq!(library.get("lambda-throttled").unwrap().section("What to eat"), Vec::<&str>::new());
    }
}
