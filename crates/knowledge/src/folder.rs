//! Runbooks in a folder.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use crate::runbook::MAX_BYTES;

/// The files `*.md` directly in `dir`, each its name and its bytes, by name. Of one that is too long
/// only so much is read that it shows.
pub fn read_folder(dir: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in dir.read_dir()? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.extension().is_none_or(|extension| extension != "md") || path.is_dir() {
            continue;
        }
        let mut bytes = Vec::new();
        let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{name}: {error}"));
        File::open(&path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(named)?;
        files.push((name, bytes));
    }
    files.sort_unstable();
    Ok(files)
}
