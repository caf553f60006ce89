//! Where things are in the repository.

use std::path::{Path, PathBuf};

/// The function crates; each is also a binary, a folder of `crates` and a resource of the template.
pub const FUNCTIONS: [&str; 7] = ["ingest", "dedup", "diagnose", "remediate", "approve", "verify", "notify"];

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub fn read(path: &str) -> std::io::Result<String> {
    std::fs::read_to_string(root().join(path))
}

/// The texts of a module's file and of those in its folder, without what is only for tests.
pub fn sources(module: &str) -> std::io::Result<Vec<String>> {
    let mut texts = vec![read(&format!("{module}.rs"))?];
    let mut folders = vec![root().join(module)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name != "tests.rs") {
                texts.push(std::fs::read_to_string(path)?);
            }
        }
    }
    Ok(texts)
}

/// The function's logical name in the template.
pub fn logical_name(function: &str) -> String {
    let (first, rest) = function.split_at(1);
    format!("{}{rest}Function", first.to_uppercase())
}
