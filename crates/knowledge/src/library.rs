//! Holds a set of runbooks that is sound as a whole.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use crate::{
    actions::Actions,
    error::{Problem, RunbookError},
    runbook::Runbook,
    search::{Hit, Index, Query},
    shipped,
};

/// Runbooks, by id, and the index over them. Clones share both.
#[derive(Clone)]
pub struct Library {
    runbooks: Arc<Vec<Runbook>>,
    index: Arc<Index>,
}

impl Library {
    /// Returns the runbooks that ship with Nightshift.
    pub fn shipped() -> Result<Self, Vec<RunbookError>> {
        Self::with_team(&[]).map(|(library, _)| library)
    }

    /// Those that ship with Nightshift, read and indexed once.
    fn shipped_once() -> Option<&'static Self> {
        static SHIPPED: LazyLock<Option<Library>> = LazyLock::new(|| {
            let files: Vec<(&str, &[u8])> =
                shipped::FILES.iter().map(|&(file, text)| (file, text.as_bytes())).collect();
            Library::check(&files, &Actions::shipped().ok()?).ok()
        });
        SHIPPED.as_ref()
    }

    /// Those that ship with Nightshift, and those of a team's own that are sound; a team's takes the place
    /// of the shipped one of its id. With it, what is wrong with the others.
    pub fn with_team(team: &[(String, String)]) -> Result<(Self, Vec<RunbookError>), Vec<RunbookError>> {
        if team.is_empty()
            && let Some(shipped) = Self::shipped_once()
        {
            return Ok((shipped.clone(), Vec::new()));
        }
        let actions = Actions::shipped()
            .map_err(|error| vec![Problem::new("the file", error.message()).in_file("infra/actions.toml")])?;
        let with = |team: &[&(String, String)]| {
            let shipped = shipped::FILES.iter().filter(|(file, _)| team.iter().all(|(own, _)| own != file));
            let files: Vec<(&str, &[u8])> = shipped
                .map(|&(file, text)| (file, text.as_bytes()))
                .chain(team.iter().map(|(file, text)| (file.as_str(), text.as_bytes())))
                .collect();
            Self::check(&files, &actions)
        };
        match with(&team.iter().collect::<Vec<_>>()) {
            Ok(library) => Ok((library, Vec::new())),
            Err(errors) => {
                let sound: Vec<_> =
                    team.iter().filter(|(file, _)| errors.iter().all(|error| error.file != *file)).collect();
                with(&sound).or_else(|_| with(&[])).map(|library| (library, errors))
            }
        }
    }

    /// The runbooks in `files`, each its name and its bytes; all that is wrong with any, in the order
    /// of their names.
    pub fn check(
        files: &[(impl AsRef<str>, impl AsRef<[u8]>)],
        actions: &Actions,
    ) -> Result<Self, Vec<RunbookError>> {
        let mut files: Vec<(&str, &[u8])> =
            files.iter().map(|(file, bytes)| (file.as_ref(), bytes.as_ref())).collect();
        files.sort_unstable();
        let mut runbooks: Vec<Runbook> = Vec::with_capacity(files.len());
        let mut titles: BTreeMap<String, &str> = BTreeMap::new();
        let mut errors = Vec::new();
        for (file, bytes) in files {
            match Runbook::parse(file, bytes, actions) {
                Ok(runbook) if runbooks.last().is_some_and(|last| last.id == runbook.id) => {
                    let what = "another runbook has the same id: expected a unique file name";
                    errors.push(Problem::new("the file's name", what).in_file(file));
                }
                Ok(runbook) => {
                    if let Some(other) = titles.insert(runbook.title.to_lowercase(), file) {
                        let what = format!("{other} has the same title: expected a unique title");
                        errors.push(Problem::new("title", what).in_file(file));
                    }
                    runbooks.push(runbook);
                }
                Err(found) => errors.extend(found),
            }
        }
        if errors.is_empty() {
            let index = Index::new(&runbooks);
            Ok(Self { runbooks: Arc::new(runbooks), index: Arc::new(index) })
        } else {
            Err(errors)
        }
    }

    /// Returns all runbooks, by id.
    pub fn runbooks(&self) -> &[Runbook] {
        &self.runbooks
    }

    pub fn get(&self, id: &str) -> Option<&Runbook> {
        self.runbooks.iter().find(|runbook| runbook.id == id)
    }

    /// Returns the runbooks that match `query`, best first; where two are as good, by id.
    pub fn search(&self, query: &Query) -> Vec<Hit<'_>> {
        self.index.search(&self.runbooks, query)
    }
}
