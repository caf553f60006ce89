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
    pub component: String,
    pub metric: String,
    /// Empty where it isn't given.
    pub statistic: String,
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
            Ok(NamedSeries {
                id: entry.member("id")?.text()?.to_owned(),
                component: entry.member("component")?.text()?.to_owned(),
                metric: entry.member("metric")?.text()?.to_owned(),
                statistic: statistic(&entry)?,
            })
        })
        .collect::<Result<_, Problem>>()?;
    let mut seen = HashMap::with_capacity(read.len());
    for one in &read {
        if let Some(first) = seen.insert(one.id.as_str(), one) {
            let told = |series: &NamedSeries| format!("{} of {}", series.metric, series.component);
            return Err(Problem::DuplicateSeries {
                id: quoted(&one.id),
                first: told(first),
                second: told(one),
            });
        }
    }
    Ok(read)
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

/// Some sources have one value a time and no name for it.
pub(crate) fn statistic(of: &Field<'_>) -> Result<String, Problem> {
    Ok(match of.optional("statistic")? {
        Some(statistic) => statistic.text()?.to_owned(),
        None => String::new(),
    })
}
