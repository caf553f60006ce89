//! Reads the files of a scenario as text and JSON, and finds scenario folders.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;

use crate::SimulationError;

/// A JSON document, with or without a byte order mark.
pub(crate) fn json<T: DeserializeOwned>(file: &Path) -> Result<T, SimulationError> {
    optional_json(file)?.ok_or_else(|| SimulationError::file(file, "is missing"))
}

/// `None` where there is no such file.
pub(crate) fn optional_json<T: DeserializeOwned>(file: &Path) -> Result<Option<T>, SimulationError> {
    let Some(text) = optional_text(file)? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|error| SimulationError::file(file, error.to_string()))
}

/// One JSON document a line, each with its number, counted from 1; none where there is no such file.
pub(crate) fn json_lines<T: DeserializeOwned>(file: &Path) -> Result<Vec<(usize, T)>, SimulationError> {
    let text = optional_text(file)?.unwrap_or_default();
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| match serde_json::from_str(line) {
            Ok(value) => Ok((number, value)),
            Err(error) => Err(SimulationError::file(file, format!("line {number}: {error}"))),
        })
        .collect()
}

/// Bytes that are not UTF-8 are replaced: a log may hold anything.
fn optional_text(file: &Path) -> Result<Option<String>, SimulationError> {
    match std::fs::read(file) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            Ok(Some(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SimulationError::file(file, format!("cannot be read: {error}"))),
    }
}

/// Lists the scenario folders that `dir` is or directly holds, sorted by path.
///
/// # Errors
/// A folder that cannot be read, or neither is nor holds a scenario, is named.
pub fn folders(dir: &Path) -> Result<Vec<PathBuf>, SimulationError> {
    let is_recording = |dir: &Path| dir.join("scenario.json").is_file();
    if is_recording(dir) {
        return Ok(vec![dir.to_owned()]);
    }
    let unreadable = |error: std::io::Error| SimulationError::file(dir, format!("cannot be read: {error}"));
    let entries = std::fs::read_dir(dir).map_err(unreadable)?;
    let mut found = entries
        .map(|entry| entry.map(|entry| entry.path()).map_err(unreadable))
        .collect::<Result<Vec<_>, _>>()?;
    found.retain(|path| is_recording(path));
    found.sort();
    if found.is_empty() {
        return Err(SimulationError::file(
            dir,
            "no scenario.json in it or in its folders: expected a scenario folder, or a folder of them",
        ));
    }
    Ok(found)
}
