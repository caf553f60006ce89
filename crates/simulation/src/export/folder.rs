//! Writes the folder that an incident is exported to.

use std::{collections::BTreeMap, fs, io::ErrorKind, path::Path};

use crate::SimulationError;

/// Refuses a folder that is not empty: files of two incidents would be simulated as one.
pub fn claim(dir: &Path) -> Result<(), SimulationError> {
    match fs::read_dir(dir) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(SimulationError::file(dir, "is not empty: expected a new or empty folder")),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(SimulationError::file(dir, format!("cannot be read: {error}"))),
    }
}

pub(super) fn write(dir: &Path, files: &BTreeMap<&'static str, String>) -> Result<(), SimulationError> {
    claim(dir)?;
    let failed = |file: &Path, error: std::io::Error| {
        SimulationError::file(file, format!("cannot be written: {error}"))
    };
    fs::create_dir_all(dir).map_err(|error| failed(dir, error))?;
    for (name, text) in files {
        let file = dir.join(name);
        fs::write(&file, text).map_err(|error| failed(&file, error))?;
    }
    Ok(())
}
