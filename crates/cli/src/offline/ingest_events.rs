//! `nightshift ingest` shows how Nightshift would read events, without sending them anywhere.

use std::{io::Read as _, path::Path};

use common::Signal;
use ingest::ParsedEvent;
use serde::Serialize;
use serde_json::Value;

use crate::{Answer, arguments::Format, output::plain};

/// One line of the answer; its form is a contract.
#[derive(Debug, PartialEq, Serialize)]
struct Line {
    file: String,
    outcome: &'static str,
    reason: Option<String>,
    /// The first of a batch.
    signal: Option<Box<Signal>>,
    /// The others of a batch, each a problem of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    further_signals: Vec<Signal>,
}

/// A bad file is an answer about that file, not a failure.
pub(crate) fn run(files: &[impl AsRef<Path>], format: Format) -> Answer {
    let lines = files.iter().map(|file| {
        let line = line(file.as_ref());
        match format {
            Format::Json => serde_json::to_string(&line).unwrap_or_default(),
            Format::Table => for_people(&line),
        }
    });
    Answer::success(lines.collect::<Vec<_>>().join("\n"))
}

fn line(file: &Path) -> Line {
    let mut further_signals = Vec::new();
    let (outcome, reason, signal) = match document(file).map(|event| ParsedEvent::parse(&event)) {
        Ok(ParsedEvent::Signal(signal)) => ("signal", None, Some(signal)),
        Ok(ParsedEvent::Signals(signals)) => {
            let mut signals = signals.into_iter();
            let first = signals.next().map(Box::new);
            further_signals = signals.collect();
            ("signal", None, first)
        }
        Ok(ParsedEvent::Ignored { reason }) => ("ignored", Some(reason), None),
        Ok(ParsedEvent::Rejected { reason }) | Err(reason) => ("rejected", Some(reason), None),
    };
    Line { file: file.display().to_string(), outcome, reason, signal, further_signals }
}

fn for_people(line: &Line) -> String {
    let said = match &line.signal {
        Some(signal) => std::iter::once(&**signal)
            .chain(&line.further_signals)
            .map(sentence)
            .collect::<Vec<_>>()
            .join("; "),
        None => line.reason.clone().unwrap_or_default(),
    };
    plain::line(&format!("{}: {}: {said}", line.file, line.outcome))
}

/// Describes a signal in one line.
pub(crate) fn sentence(signal: &Signal) -> String {
    let state = match signal.state {
        common::SignalState::Firing => "firing",
        common::SignalState::Recovered => "recovered",
        common::SignalState::Info => "info",
    };
    format!("{state}, {}, {}", signal.severity, signal.title)
}

/// The JSON document in `file`; `-` is standard input.
pub(crate) fn document(file: &Path) -> Result<Value, String> {
    let bytes = if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(file)
    };
    let bytes = bytes.map_err(|error| format!("cannot be read: {error}"))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("not a JSON document: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/");

    fn json(files: &[&str]) -> Vec<Value> {
        let files: Vec<_> = files.iter().map(|file| format!("{EVENTS}{file}")).collect();
        let answer = run(&files, Format::Json);
        assert!(answer.success);
        answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn run_says_one_line_a_file_in_order_whatever_is_in_it() {
        let lines = json(&[
            "cloudwatch-alarm-metric.json",
            "s3-object-created.json",
            "../Cargo.toml",
            "there-is-none.json",
            "drill.json",
        ]);
        let outcomes: Vec<_> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["signal", "ignored", "rejected", "rejected", "signal"]);
        for line in &lines {
            let fields: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(fields, ["file", "outcome", "reason", "signal"]);
            assert_eq!(line["reason"].is_null(), line["outcome"] == "signal");
            assert_eq!(line["signal"].is_null(), line["outcome"] != "signal");
        }
        assert!(lines[2]["reason"].as_str().unwrap().contains("not a JSON document"));
        assert!(lines[3]["reason"].as_str().unwrap().contains("cannot be read"));
    }

    #[test]
    fn run_for_people_names_the_file_and_what_it_is() {
        let text = run(&[format!("{EVENTS}cloudwatch-alarm-metric.json")], Format::Table).text;
        assert!(text.contains("cloudwatch-alarm-metric.json: signal: firing, sev"), "{text}");
    }
}
