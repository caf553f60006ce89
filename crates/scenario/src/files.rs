//! Reads the files of a scenario, and those that many scenarios share only once.

use std::{
    collections::{HashMap, VecDeque},
    fs::File,
    io::{BufReader, ErrorKind},
    path::{Path, PathBuf},
    sync::Arc,
};

use rca::{Call, Change, LogWindow, Samples, Series};

use crate::{
    changes,
    document::{self, Document, InlineOrFile, Window},
    error::{Problem, ScenarioError},
    lists::{self, NamedSeries},
    logs,
    table::{self, Column, Rows, Table},
};

/// Tables outside of their scenario's folder that are kept. Scenarios of one set share one or two, and one of a
/// large application is a hundred megabytes.
const KEPT_TABLES: usize = 2;

/// Files that lie outside of a scenario's folder, as other scenarios may name them too. Each is read
/// once and then kept, so it must not change meanwhile.
#[derive(Debug, Default)]
pub struct SharedFiles {
    tables: VecDeque<(PathBuf, Arc<Table>)>,
    series: HashMap<PathBuf, Arc<[NamedSeries]>>,
    calls: HashMap<PathBuf, Option<Arc<[Call]>>>,
}

/// Everything of one scenario, the samples not yet with their series.
pub(crate) struct ScenarioParts {
    pub(crate) document: Document,
    pub(crate) series: Arc<[NamedSeries]>,
    pub(crate) calls: Option<Arc<[Call]>>,
    pub(crate) tables: Tables,
    pub(crate) logs: Vec<LogWindow>,
    pub(crate) changes: Vec<Change>,
}

pub(crate) fn read_parts(dir: &Path, shared: &mut SharedFiles) -> Result<ScenarioParts, ScenarioError> {
    let file = dir.join("scenario.json");
    let document = document::parse(&bytes(&file)?).map_err(|problem| problem.in_file(&file))?;
    let series = match &document.series {
        InlineOrFile::Inline(list) => list.as_slice().into(),
        InlineOrFile::File(path) => shared.series(&dir.join(path))?,
    };
    let calls = match &document.topology {
        None => None,
        Some(InlineOrFile::Inline(list)) => Some(list.as_slice().into()),
        Some(InlineOrFile::File(path)) => shared.calls(&dir.join(path))?,
    };
    let logs = optional(&dir.join("logs.ndjson"), |input| {
        logs::parse(input, &document.baseline, &document.incident)
    })?;
    let changes = optional(&dir.join("changes.ndjson"), changes::parse)?;
    let tables = Tables::read(dir, &document, shared)?;
    Ok(ScenarioParts { document, series, calls, tables, logs, changes })
}

impl SharedFiles {
    fn series(&mut self, file: &Path) -> Result<Arc<[NamedSeries]>, ScenarioError> {
        let path = canonical(file);
        if let Some(list) = self.series.get(&path) {
            return Ok(Arc::clone(list));
        }
        let list: Arc<[_]> =
            lists::parse_series(&bytes(file)?).map_err(|problem| problem.in_file(file))?.into();
        self.series.insert(path, Arc::clone(&list));
        Ok(list)
    }

    fn calls(&mut self, file: &Path) -> Result<Option<Arc<[Call]>>, ScenarioError> {
        let path = canonical(file);
        if let Some(list) = self.calls.get(&path) {
            return Ok(list.clone());
        }
        let list = lists::parse_calls(&bytes(file)?).map_err(|problem| problem.in_file(file))?;
        let list: Option<Arc<[_]>> = list.map(Into::into);
        self.calls.insert(path, list.clone());
        Ok(list)
    }

    fn table(&mut self, file: &Path) -> Result<Arc<Table>, ScenarioError> {
        let path = canonical(file);
        if let Some((_, table)) = self.tables.iter().find(|(kept, _)| *kept == path) {
            return Ok(Arc::clone(table));
        }
        let table = Arc::new(read_table(file)?);
        self.tables.truncate(KEPT_TABLES.saturating_sub(1));
        self.tables.push_front((path, Arc::clone(&table)));
        Ok(table)
    }
}

/// The metrics of one scenario. A file in its own folder belongs to it alone and is taken apart for its
/// series, so that the samples are never twice in memory.
pub(crate) struct Tables {
    baseline: Source,
    /// `None`: it is the baseline's.
    incident: Option<Source>,
    files: (PathBuf, PathBuf),
}

enum Source {
    Own(Table),
    Shared(Arc<Table>),
}

impl Tables {
    fn read(dir: &Path, document: &Document, shared: &mut SharedFiles) -> Result<Self, ScenarioError> {
        let files = (dir.join(&document.baseline.file), dir.join(&document.incident.file));
        let mut source = |file: &Path| {
            if canonical(file).starts_with(canonical(dir)) {
                read_table(file).map(Source::Own)
            } else {
                shared.table(file).map(Source::Shared)
            }
        };
        let baseline = source(&files.0)?;
        let incident =
            if canonical(&files.0) == canonical(&files.1) { None } else { Some(source(&files.1)?) };
        Ok(Self { baseline, incident, files })
    }

    /// Gives every series its samples. One that no file has keeps none.
    pub(crate) fn fill(mut self, series: &mut [Series], document: &Document) -> Result<(), ScenarioError> {
        let baseline = TableWindow::new(self.baseline.table(), &document.baseline);
        let incident_table = self.incident.as_ref().map_or(self.baseline.table(), Source::table);
        let incident = TableWindow::new(incident_table, &document.incident);
        for one in series {
            let column = self.baseline.take(&one.id, &self.files.0)?;
            one.baseline = baseline.samples(column.as_deref());
            if let Some(source) = &mut self.incident {
                one.incident = incident.samples(source.take(&one.id, &self.files.1)?.as_deref());
            } else {
                one.incident = incident.samples(column.as_deref());
            }
        }
        Ok(())
    }
}

impl Source {
    fn table(&self) -> &Table {
        match self {
            Self::Own(table) => table,
            Self::Shared(table) => table,
        }
    }

    fn take(&mut self, id: &str, file: &Path) -> Result<Option<std::borrow::Cow<'_, [f64]>>, ScenarioError> {
        let checked = |column: &Column| match &column.fault {
            None => Ok(()),
            Some(fault) => Err(Problem::BadCell {
                line: fault.line,
                column: crate::error::quoted(id),
                found: fault.found.clone(),
            }
            .in_file(file)),
        };
        Ok(match self {
            Self::Own(table) => match table.columns.remove(id) {
                None => None,
                Some(column) => {
                    checked(&column)?;
                    Some(column.values.into())
                }
            },
            Self::Shared(table) => match table.columns.get(id) {
                None => None,
                Some(column) => {
                    checked(column)?;
                    Some(column.values.as_slice().into())
                }
            },
        })
    }
}

/// A window of a table.
struct TableWindow {
    rows: Rows,
    times: Arc<[i64]>,
}

impl TableWindow {
    fn new(table: &Table, window: &Window) -> Self {
        let rows = Rows::within(table, window);
        let times = rows.select(&table.times).into();
        Self { rows, times }
    }

    fn samples(&self, column: Option<&[f64]>) -> Samples {
        match column {
            None => Samples::default(),
            Some(values) => Samples { times: Arc::clone(&self.times), values: self.rows.select(values) },
        }
    }
}

fn read_table(file: &Path) -> Result<Table, ScenarioError> {
    table::parse(open(file)?).map_err(|problem| problem.in_file(file))
}

fn bytes(file: &Path) -> Result<Vec<u8>, ScenarioError> {
    std::fs::read(file).map_err(|error| Problem::Unreadable(error.to_string()).in_file(file))
}

fn open(file: &Path) -> Result<File, ScenarioError> {
    File::open(file).map_err(|error| Problem::Unreadable(error.to_string()).in_file(file))
}

/// Parses `file`; empty where there is no such file.
fn optional<T: Default>(
    file: &Path,
    parse: impl FnOnce(BufReader<File>) -> Result<T, Problem>,
) -> Result<T, ScenarioError> {
    match File::open(file) {
        Ok(input) => parse(BufReader::new(input)).map_err(|problem| problem.in_file(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(T::default()),
        Err(error) => Err(Problem::Unreadable(error.to_string()).in_file(file)),
    }
}

/// One name for one file. Where it can't be said, opening it will tell why.
fn canonical(file: &Path) -> PathBuf {
    file.canonicalize().unwrap_or_else(|_| file.to_owned())
}
