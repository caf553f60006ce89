//! `nightshift runbooks` checks a folder of runbooks, and finds the ones for a failure. It needs no deployment
//! and no account.

mod people;

use std::path::Path;

use common::FailureMode;
use knowledge::{Actions, Library, Matched, Query, RunbookError, SERVICES, read_folder};
use serde::Serialize;

use crate::{
    Answer,
    arguments::{Format, RunbookSearchArgs},
    failure::Failure,
};

/// Hits that are shown: a longer list calls for a better question.
const MOST_HITS: usize = 5;

/// The result of checking a folder; its form is a contract.
#[derive(Debug, Serialize)]
struct LintResultJson {
    runbooks: usize,
    errors: Vec<RunbookErrorJson>,
}

#[derive(Debug, Serialize)]
struct RunbookErrorJson {
    file: String,
    place: String,
    what: String,
}

/// One runbook that was found; its form is a contract.
#[derive(Debug, Serialize)]
struct RunbookHitJson {
    id: String,
    version: u32,
    title: String,
    applies: String,
    score: f64,
    matched: MatchReasonsJson,
    actions: Vec<String>,
}

#[derive(Debug, Default, Serialize)]
struct MatchReasonsJson {
    services: Vec<String>,
    failure_modes: Vec<FailureMode>,
    signals: Vec<String>,
    words: Vec<String>,
}

pub(crate) fn lint(dir: &Path, format: Format) -> Result<Answer, Failure> {
    let files = files(dir)?;
    let errors = Library::check(&files, &actions()?).err().unwrap_or_default();
    let success = errors.is_empty();
    let errors =
        errors.into_iter().map(|RunbookError { file, place, what }| RunbookErrorJson { file, place, what });
    let checked = LintResultJson { runbooks: files.len(), errors: errors.collect() };
    Ok(Answer { success, ..Answer::formatted(format, &checked, || people::checked(&checked)) })
}

pub(crate) fn search(search: &RunbookSearchArgs, format: Format) -> Result<Answer, Failure> {
    let library = match &search.dir {
        None => Library::shipped(),
        Some(dir) => Library::check(&files(dir)?, &actions()?),
    };
    let library = library.map_err(|errors| unsound(&errors))?;
    let query = query(search)?;
    let found = library.search(&query).into_iter().take(MOST_HITS).map(|hit| RunbookHitJson {
        id: hit.runbook.id.clone(),
        version: hit.runbook.version,
        title: hit.runbook.title.clone(),
        applies: hit.runbook.applies.clone(),
        // Two digits tell hits apart; more would only look exact.
        score: (hit.score * 100.0).round() / 100.0,
        matched: why(hit.matched),
        actions: hit.runbook.actions.iter().map(ToString::to_string).collect(),
    });
    let found: Vec<RunbookHitJson> = found.collect();
    Ok(Answer::formatted(format, &found, || people::found(&found)))
}

fn query(search: &RunbookSearchArgs) -> Result<Query, Failure> {
    if let Some(unknown) = search.services.iter().find(|service| !SERVICES.contains(&service.as_str())) {
        let all = SERVICES.join(", ");
        return Err(Failure::Input(format!("invalid --service {unknown:?}: expected one of {all}")));
    }
    let modes = search.failure_modes.iter().map(|word| {
        FailureMode::ALL.into_iter().find(|mode| mode.as_str() == word).ok_or_else(|| {
            let all = FailureMode::ALL.map(FailureMode::as_str).join(", ");
            Failure::Input(format!("invalid --failure-mode {word:?}: expected one of {all}"))
        })
    });
    let query = Query {
        services: search.services.clone(),
        failure_modes: modes.collect::<Result<_, _>>()?,
        text: search.text.join(" "),
    };
    if query.services.is_empty() && query.failure_modes.is_empty() && query.text.trim().is_empty() {
        let what = "nothing to search for: expected words, --service or --failure-mode";
        return Err(Failure::Input(what.to_owned()));
    }
    Ok(query)
}

fn why(matched: Vec<Matched>) -> MatchReasonsJson {
    let mut why = MatchReasonsJson::default();
    for one in matched {
        match one {
            Matched::Service(service) => why.services.push(service.to_owned()),
            Matched::FailureMode(mode) => why.failure_modes.push(mode),
            Matched::Signal(signal) => why.signals.push(signal),
            Matched::Words(words) => why.words.extend(words),
        }
    }
    why
}

fn files(dir: &Path) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let files = read_folder(dir)
        .map_err(|error| Failure::Input(format!("{}: cannot be read: {error}", dir.display())))?;
    if files.is_empty() {
        return Err(Failure::Input(format!("{}: no runbooks: expected *.md files", dir.display())));
    }
    Ok(files)
}

fn actions() -> Result<Actions, Failure> {
    Actions::shipped().map_err(|error| Failure::Operation(format!("infra/actions.toml: {}", error.message())))
}

/// A set with errors is not searched: what is missing in it would not show.
fn unsound(errors: &[RunbookError]) -> Failure {
    let first = errors.first().map(ToString::to_string).unwrap_or_default();
    let more = match errors.len().saturating_sub(1) {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    Failure::Input(format!("{first}{more}: `nightshift runbooks lint` lists all"))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use serde_json::Value;

    use super::*;

    const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/runbooks");

    fn asked(text: &str) -> RunbookSearchArgs {
        RunbookSearchArgs {
            services: vec!["lambda".to_owned()],
            failure_modes: vec!["throttled".to_owned()],
            dir: None,
            text: vec![text.to_owned()],
        }
    }

    /// A folder of its own for each test, with one runbook in it.
    fn folder(name: &str, text: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("nightshift-runbooks-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("queue.md"), text).unwrap();
        dir
    }

    #[test]
    fn lint_of_the_shipped_says_how_many() {
        let answer = lint(Path::new(SHIPPED), Format::Table).ok().unwrap();
        assert!(answer.success);
        assert!(answer.text.ends_with(" runbooks, no errors"), "{}", answer.text);
    }

    #[test]
    fn lint_of_a_broken_one_is_a_no_that_lists_what_is_wrong() {
        let dir = folder("broken", "# Queue\n");
        let answer = lint(&dir, Format::Table).ok().unwrap();
        assert!(!answer.success);
        assert_eq!(
            answer.text,
            "queue.md: line 1: expected `---` to open the front matter, found \"# Queue\"\n1 runbook, 1 error"
        );
        let json = lint(&dir, Format::Json).ok().unwrap();
        let json: Value = serde_json::from_str(&json.text).unwrap();
        assert_eq!((&json["runbooks"], &json["errors"][0]["place"]), (&1.into(), &"line 1".into()));
        let refused = search(&RunbookSearchArgs { dir: Some(dir.clone()), ..asked("queue") }, Format::Json);
        let failure = refused.err().unwrap();
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.to_string().ends_with("`nightshift runbooks lint` lists all"), "{failure}");
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn lint_of_a_folder_that_is_none_names_it() {
        let failure = lint(Path::new("/there/is/none"), Format::Table).err().unwrap();
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.to_string().starts_with("/there/is/none: cannot be read: "), "{failure}");
    }

    #[test]
    fn search_finds_and_says_why() {
        let answer = search(&asked("ConcurrentExecutions at the limit"), Format::Json).ok().unwrap();
        let json: Value = serde_json::from_str(&answer.text).unwrap();
        let first = &json[0];
        assert_eq!(first["id"], "lambda-throttled");
        let mut fields: Vec<_> = first.as_object().unwrap().keys().map(String::as_str).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["actions", "applies", "id", "matched", "score", "title", "version"]);
        assert_eq!(first["matched"]["services"][0], "lambda");
        assert_eq!(first["matched"]["failure_modes"][0], "throttled");
        assert_eq!(first["matched"]["signals"][0], "ConcurrentExecutions");
        assert!(json.as_array().unwrap().len() <= MOST_HITS);
    }

    #[test]
    fn search_over_a_folder_finds_the_same_as_over_the_shipped() {
        let shipped = search(&asked("throttles"), Format::Table).ok().unwrap().text;
        let folder = RunbookSearchArgs { dir: Some(SHIPPED.into()), ..asked("throttles") };
        assert_eq!(search(&folder, Format::Table).ok().unwrap().text, shipped);
        assert!(shipped.starts_with("1. lambda-throttled"), "{shipped}");
    }

    #[test]
    fn search_for_what_there_is_not_says_so() {
        let nothing = RunbookSearchArgs { services: Vec::new(), failure_modes: Vec::new(), ..asked("xyzzy") };
        assert_eq!(search(&nothing, Format::Table).ok().unwrap().text, "No matching runbook.");
        assert_eq!(search(&nothing, Format::Json).ok().unwrap().text, "[]");
    }

    #[test]
    fn search_for_unknown_words_of_a_closed_list_is_refused() {
        for (unknown, expected) in [
            (
                RunbookSearchArgs { services: vec!["lamda".to_owned()], ..asked("x") },
                "invalid --service \"lamda\": expected one of acm, ",
            ),
            (
                RunbookSearchArgs { failure_modes: vec!["late".to_owned()], ..asked("x") },
                "invalid --failure-mode \"late\": expected one of bad_configuration, ",
            ),
            (
                RunbookSearchArgs { services: Vec::new(), failure_modes: Vec::new(), ..asked(" ") },
                "nothing to search for: expected words, --service or --failure-mode",
            ),
        ] {
            let failure = search(&unknown, Format::Table).err().unwrap();
            assert_eq!(failure.exit_code(), 2);
            assert!(failure.to_string().starts_with(expected), "{failure}");
        }
    }
}
