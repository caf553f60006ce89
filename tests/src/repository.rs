//! Where things are in the repository.

use std::path::{Path, PathBuf};

/// The function crates; each is also a binary, a folder of `crates` and a resource of the template.
pub const FUNCTIONS: [&str; 9] =
    ["ingest", "dedup", "diagnose", "remediate", "approve", "verify", "notify", "sequence", "webhook"];

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub fn read(path: &str) -> std::io::Result<String> {
    std::fs::read_to_string(root().join(path))
}

/// The function's logical name in the template.
pub fn logical_name(function: &str) -> String {
    let (first, rest) = function.split_at(1);
    format!("{}{rest}Function", first.to_uppercase())
}
