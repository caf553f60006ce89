//! Reads the files of a folder of policies.

use std::path::{Path, PathBuf};

use guard::Guard;

use crate::failure::Failure;

pub(crate) const POLICIES: &str = ".cedar";
pub(crate) const TABLES: &str = ".tests.toml";
pub(crate) const INVARIANTS: &str = ".invariants.toml";

/// Returns the guard with the policies of `dir`, or with the default ones.
pub(crate) fn guard_of(dir: Option<&Path>) -> Result<Guard, Failure> {
    let guard = match dir {
        None => Guard::shipped(),
        Some(dir) => {
            let policies = files(dir, POLICIES)?;
            let named: Vec<_> = policies.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
            Guard::with_policies(&named)
        }
    };
    guard.map_err(|error| Failure::Input(error.to_string()))
}

/// Returns the files of a folder with this ending, as name and text, by name. None is an error, as nothing would be
/// checked.
pub(crate) fn files(dir: &Path, ending: &str) -> Result<Vec<(String, String)>, Failure> {
    let unreadable = |path: &Path, error: std::io::Error| {
        Failure::Input(format!("{}: cannot be read: {error}", path.display()))
    };
    let entries = std::fs::read_dir(dir).map_err(|error| unreadable(dir, error))?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()).map_err(|error| unreadable(dir, error)))
        .collect::<Result<_, _>>()?;
    paths.retain(|path| path.to_string_lossy().ends_with(ending));
    paths.sort();
    if paths.is_empty() {
        return Err(Failure::Input(format!(
            "{}: no *{ending} in it: expected a folder with policies, *{POLICIES}, and tables, *{TABLES}, to test or \
             invariants, *{INVARIANTS}, to prove",
            dir.display()
        )));
    }
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
            Ok((path.display().to_string(), text))
        })
        .collect()
}
