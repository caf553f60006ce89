//! `nightshift logs` finds the templates of log lines, and compares two files by them. It needs no account.

mod changes;
mod cluster;
mod lines;

use std::{fs::File, path::Path};

pub(crate) use cluster::cluster;
use rca::log_diff::{LogDiff, Windows};

use crate::{Answer, arguments::Format, failure::Failure};

/// Compares the templates of two files: which are new, gone or more frequent in `incident`. The files say
/// nothing about time, so shares of all lines are compared.
///
/// # Errors
/// A file that cannot be opened is an input failure that names it.
pub(crate) fn diff(baseline: &Path, incident: &Path, format: Format) -> Result<Answer, Failure> {
    // Both are opened before the first is read, which may take a while.
    let (before, during) = (open(baseline)?, open(incident)?);
    let mut diff = LogDiff::new();
    let mut counts = changes::Lines { baseline: 0, incident: 0 };
    read(baseline, before, |line| {
        counts.baseline = counts.baseline.saturating_add(1);
        diff.baseline(line);
    })?;
    read(incident, during, |line| {
        counts.incident = counts.incident.saturating_add(1);
        diff.incident(line);
    })?;
    let found = diff.finish(Windows::default());
    Ok(Answer::formatted(format, &changes::Comparison::new(&found, counts), || changes::text(&found, counts)))
}

fn open(path: &Path) -> Result<File, Failure> {
    let unreadable =
        |why: &dyn std::fmt::Display| Failure::Input(format!("{}: cannot be read: {why}", path.display()));
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    match file.metadata() {
        Ok(metadata) if metadata.is_dir() => Err(unreadable(&"is a directory")),
        Ok(_) => Ok(file),
        Err(error) => Err(unreadable(&error)),
    }
}

fn read(path: &Path, file: File, each: impl FnMut(&[u8])) -> Result<(), Failure> {
    lines::for_each(file, each).map_err(|error| Failure::Operation(format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn file(name: &str, content: &[u8]) -> PathBuf {
        let path = std::env::temp_dir().join(format!("nightshift-logs-{}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        path
    }

    #[test]
    fn diff_two_files_says_what_is_new_with_an_example() {
        let baseline = file("baseline", b"served 1\nserved 2\n");
        let incident = file("incident", b"served 3\nout of memory: killed 77 \xff\nserved 4\n");
        let answer = diff(&baseline, &incident, Format::Table).unwrap();
        assert!(answer.success);
        assert!(answer.text.contains("new"), "{}", answer.text);
        assert!(answer.text.contains("out of memory: killed <*>"), "{}", answer.text);
        assert!(answer.text.contains("out of memory: killed 77"), "{}", answer.text);
        assert!(!answer.text.contains("served"), "{}", answer.text);
        for path in [baseline, incident] {
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn diff_as_json_is_one_object_with_the_counts_and_each_change() {
        let baseline = file("baseline-json", b"served 1\nserved 2\n");
        let incident = file("incident-json", b"served 3\nout of memory: killed 77\nserved 4\n");
        let answer = diff(&baseline, &incident, Format::Json).unwrap();
        let json: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!((&json["baseline_lines"], &json["incident_lines"]), (&2.into(), &3.into()));
        let [change] = json["changes"].as_array().unwrap().as_slice() else { panic!("{json}") };
        assert_eq!(change["kind"], "new");
        assert_eq!(change["template"], "out of memory: killed <*>");
        assert_eq!(change["example"], "out of memory: killed 77");
        assert_eq!((&change["baseline"], &change["incident"]), (&0.into(), &1.into()));
        assert!(change["error"].is_boolean() && change["score"].is_number());
        for path in [baseline, incident] {
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn diff_unreadable_file_is_named() {
        let there = file("there", b"");
        let missing = there.with_file_name("nightshift-logs-missing");
        for (baseline, incident) in [(&there, &missing), (&missing, &there)] {
            let failure = diff(baseline, incident, Format::Table).err().unwrap();
            assert_eq!(failure.exit_code(), 2);
            assert!(failure.to_string().contains("nightshift-logs-missing"), "{failure}");
        }
        let failure = diff(&std::env::temp_dir(), &there, Format::Json).err().unwrap();
        assert!(failure.to_string().contains("is a directory"), "{failure}");
        std::fs::remove_file(there).unwrap();
    }
}
