//! Parses `logs.ndjson`: log lines, sorted by component into what was before and what was during the
//! incident.

use std::{collections::BTreeMap, io::BufRead};

use rca::LogWindow;
use serde_json::Value;

use crate::{document::Window, error::Problem, field::Field, time};

/// Lines in neither window are left out, lines in both are the incident's. Bytes that are not UTF-8 are
/// replaced: a log may hold anything.
pub(crate) fn parse(
    input: impl BufRead,
    baseline: &Window,
    incident: &Window,
) -> Result<Vec<LogWindow>, Problem> {
    let mut windows: BTreeMap<String, LogWindow> = BTreeMap::new();
    let mut span: Option<(i64, i64)> = None;
    for_each_line(input, |line, value| {
        let root = Field::root(&format!("line {line}: "), value);
        let at = time_of(&root.member("time")?)?;
        let component = root.member("component")?.text()?;
        let message = root.member("message")?.text()?;
        span = Some(span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
        if !(baseline.includes(at) || incident.includes(at)) {
            return Ok(());
        }
        let window = windows
            .entry(component.to_owned())
            .or_insert_with(|| LogWindow { component: component.to_owned(), ..LogWindow::default() });
        let lines = if incident.includes(at) { &mut window.incident } else { &mut window.baseline };
        lines.push(message.to_owned());
        Ok(())
    })?;
    let (before, during) = (seconds(span, baseline), seconds(span, incident));
    Ok(windows
        .into_values()
        .map(|window| LogWindow { baseline_seconds: before, incident_seconds: during, ..window })
        .collect())
}

/// Calls `each` with every line that isn't blank, and its number, counted from 1.
pub(crate) fn for_each_line(
    mut input: impl BufRead,
    mut each: impl FnMut(u64, &Value) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut bytes = Vec::new();
    let mut line = 0_u64;
    loop {
        bytes.clear();
        let read = input.read_until(b'\n', &mut bytes);
        if read.map_err(|error| Problem::Unreadable(error.to_string()))? == 0 {
            return Ok(());
        }
        line = line.saturating_add(1);
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            continue;
        }
        let value = serde_json::from_str(text)
            .map_err(|error| Problem::NotJsonLine { line, what: error.to_string() })?;
        each(line, &value)?;
    }
}

/// Unix seconds, or RFC 3339.
fn time_of(field: &Field<'_>) -> Result<i64, Problem> {
    match field.value() {
        Value::String(text) => time::parse_any(text)
            .ok_or_else(|| field.unexpected("a time in Unix seconds or like 2026-11-20T03:00:00Z")),
        _ => field.unix_seconds(),
    }
}

/// Measures how much of `window` the log covers: it may have been kept for a part of it only. 0 is none.
fn seconds(span: Option<(i64, i64)>, window: &Window) -> u64 {
    let Some((first, last)) = span else { return 0 };
    let covered = last.min(window.to).saturating_sub(first.max(window.from));
    u64::try_from(covered).map_or(0, |seconds| seconds.max(1))
}
