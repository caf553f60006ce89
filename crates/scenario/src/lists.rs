//! Parses the list of series, and the list of calls.

use std::collections::HashMap;

use rca::Call;

use crate::{
    error::{Problem, quoted},
    field::{Field, json},
};

/// A series by its names, without samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSeries {
    pub id: String,
    /// Of a series of calls, the component that is called.
    pub component: String,
    /// The component that makes the calls, of a series of calls.
    pub caller: Option<String>,
    pub metric: String,
    /// Empty where it isn't given.
    pub statistic: String,
    /// Of a series of a function's alias, the version that took the requests; `None` of all that the alias took.
    pub executed_version: Option<String>,
}

/// A file that holds the list.
pub(crate) fn parse_series(bytes: &[u8]) -> Result<Vec<NamedSeries>, Problem> {
    series(&Field::root("the list", &json(bytes)?))
}

/// A file that holds the list, or null where nobody knows.
pub(crate) fn parse_calls(bytes: &[u8]) -> Result<Option<Vec<Call>>, Problem> {
    let value = json(bytes)?;
    if value.is_null() {
        return Ok(None);
    }
    calls(&Field::root("the list", &value)).map(Some)
}

pub(crate) fn series(list: &Field<'_>) -> Result<Vec<NamedSeries>, Problem> {
    let read: Vec<NamedSeries> = list
        .entries()?
        .map(|entry| {
            let id = entry.member("id")?.text()?.to_owned();
            let (component, caller) = subject(&entry)?;
            Ok(NamedSeries {
                id,
                component,
                caller,
                metric: entry.member("metric")?.text()?.to_owned(),
                statistic: statistic(&entry)?,
                executed_version: executed_version(&entry)?,
            })
        })
        .collect::<Result<_, Problem>>()?;
    let mut seen = HashMap::with_capacity(read.len());
    for one in &read {
        if let Some(first) = seen.insert(one.id.as_str(), one) {
            let told = |series: &NamedSeries| match &series.caller {
                None => format!("{} of {}", series.metric, series.component),
                Some(caller) => format!("{} of calls from {caller} to {}", series.metric, series.component),
            };
            return Err(Problem::DuplicateSeries {
                id: quoted(&one.id),
                first: told(first),
                second: told(one),
            });
        }
    }
    Ok(read)
}

/// The component that a series is of, or the one that is called and the one that calls.
fn subject(entry: &Field<'_>) -> Result<(String, Option<String>), Problem> {
    let component = entry.optional("component")?;
    if entry.optional("caller")?.or(entry.optional("callee")?).is_none() {
        return Ok((entry.member("component")?.text()?.to_owned(), None));
    }
    if let Some(component) = component {
        return Err(component.unexpected("no component beside `caller` and `callee`"));
    }
    let (from, to) = (entry.member("caller")?.text()?, entry.member("callee")?);
    if to.text()? == from {
        return Err(to.unexpected("another component than the caller"));
    }
    Ok((to.text()?.to_owned(), Some(from.to_owned())))
}

pub(crate) fn calls(list: &Field<'_>) -> Result<Vec<Call>, Problem> {
    list.entries()?
        .map(|entry| {
            Ok(Call {
                caller: entry.member("caller")?.text()?.to_owned(),
                callee: entry.member("callee")?.text()?.to_owned(),
            })
        })
        .collect()
}

fn executed_version(of: &Field<'_>) -> Result<Option<String>, Problem> {
    of.optional("executed_version")?.map(|version| Ok(version.text()?.to_owned())).transpose()
}

/// Some sources have one value a time and no name for it.
pub(crate) fn statistic(of: &Field<'_>) -> Result<String, Problem> {
    Ok(match of.optional("statistic")? {
        Some(statistic) => statistic.text()?.to_owned(),
        None => String::new(),
    })
}
