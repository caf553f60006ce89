//! Parses a CSV file of metrics: `time` in Unix seconds, and one column a series.

use std::{collections::HashMap, io::Read};

use csv::{ByteRecord, ReaderBuilder};

use crate::{
    document::Window,
    error::{Problem, quoted},
    time,
};

/// The column of times; where it stands is not said.
const TIME: &str = "time";

/// The samples of one file, by column.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Unix seconds, as they stand in the file: perhaps unsorted, perhaps some twice.
    pub times: Vec<i64>,
    pub columns: HashMap<String, Column>,
}

/// One value a time; a NaN is a missing one.
#[derive(Debug, Clone, Default)]
pub struct Column {
    pub values: Vec<f64>,
    /// The first cell that is no number. It only matters if somebody wants the column: a file may have
    /// columns that are no series.
    pub fault: Option<Fault>,
}

#[derive(Debug, Clone)]
pub struct Fault {
    pub line: u64,
    pub found: String,
}

/// Row by row, so that a file is never in memory as text. A row that is shorter or longer than the
/// header is an error: it is what a file that was cut off looks like.
pub(crate) fn parse(input: impl Read) -> Result<Table, Problem> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(input);
    let mut row = ByteRecord::new();
    if !read_row(&mut reader, &mut row)? {
        return Err(Problem::EmptyTable);
    }
    let header = header(&row)?;
    let mut times = Vec::new();
    let mut columns = vec![Column::default(); header.len()];
    while read_row(&mut reader, &mut row)? {
        let line = || line_of(&row, reader.position());
        if row.len() != header.len() {
            return Err(Problem::Ragged { line: line(), found: row.len(), expected: header.len() });
        }
        for ((cell, name), column) in row.iter().zip(&header).zip(&mut columns) {
            if name == TIME {
                times
                    .push(time_of(cell).ok_or_else(|| Problem::BadTime { line: line(), found: said(cell) })?);
                continue;
            }
            column.values.push(number(cell).unwrap_or_else(|| {
                column.fault.get_or_insert_with(|| Fault { line: line(), found: said(cell) });
                f64::NAN
            }));
        }
    }
    let named = header.into_iter().zip(columns).filter(|(name, _)| name != TIME);
    Ok(Table { times, columns: named.collect() })
}

fn read_row(reader: &mut csv::Reader<impl Read>, row: &mut ByteRecord) -> Result<bool, Problem> {
    reader.read_byte_record(row).map_err(|error| Problem::Unreadable(error.to_string()))
}

/// Finds the line in which a row begins. Its own position is before the blank lines that were skipped, so count back from
/// where the reader is now.
fn line_of(row: &ByteRecord, now: &csv::Position) -> u64 {
    // One more than there are breaks in it: its own end.
    let breaks = row.as_slice().split(|&byte| byte == b'\n').count();
    let back = u64::try_from(breaks).unwrap_or(u64::MAX);
    now.line().saturating_sub(back).max(row.position().map_or(0, csv::Position::line))
}

fn header(row: &ByteRecord) -> Result<Vec<String>, Problem> {
    let mut names: Vec<String> = Vec::with_capacity(row.len());
    let mut seen = std::collections::HashSet::with_capacity(row.len());
    for (place, cell) in row.iter().enumerate() {
        let name = str::from_utf8(cell).map_err(|_| Problem::HeaderNotText(place.saturating_add(1)))?.trim();
        if !seen.insert(name) {
            return Err(Problem::DuplicateColumn(quoted(name)));
        }
        names.push(name.to_owned());
    }
    if !seen.contains(TIME) {
        return Err(Problem::NoTimeColumn);
    }
    Ok(names)
}

fn time_of(cell: &[u8]) -> Option<i64> {
    time::parse(str::from_utf8(cell).ok()?.trim())
}

fn number(cell: &[u8]) -> Option<f64> {
    match cell.trim_ascii() {
        [] => Some(f64::NAN),
        cell => str::from_utf8(cell).ok()?.parse().ok(),
    }
}

fn said(cell: &[u8]) -> String {
    quoted(&String::from_utf8_lossy(cell))
}

/// The rows of a table that lie in a window.
#[derive(Debug)]
pub(crate) struct Rows(Vec<usize>);

impl Rows {
    pub(crate) fn within(table: &Table, window: &Window) -> Self {
        let rows = table.times.iter().enumerate().filter(|&(_, &time)| window.includes(time));
        Self(rows.map(|(row, _)| row).collect())
    }

    pub(crate) fn select<T: Copy>(&self, all: &[T]) -> Vec<T> {
        self.0.iter().filter_map(|&row| all.get(row).copied()).collect()
    }
}
