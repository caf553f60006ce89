//! Reads the waits of databases from RDS Performance Insights: the load before and since, by wait event.

use std::collections::BTreeMap;

use common::{
    Arn,
    context_source::{Note, Scope},
    ports::{PortError, PortErrorKind, Reading},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Paging,
    answer::{Parsed, list, number, required, seconds, text, time},
    each,
    note::{newest, note},
    pages,
};
use crate::{
    cli_command::aws,
    signed_http::{
        Input, Operation, SignedClient,
        services::{PERFORMANCE_INSIGHTS, RDS},
        xml::{child_text, members, response},
    },
};

const INSTANCES: Operation = Operation::new(&RDS, "DescribeDBInstances");
const LOAD: Operation = Operation::new(&PERFORMANCE_INSIGHTS, "GetResourceMetrics");
pub(super) const IAM: &[&str] = &["pi:GetResourceMetrics", "rds:DescribeDBInstances"];

const MOST_DATABASES: usize = 3;
/// A minute; the longest windows fit a few pages.
const PERIOD_SECONDS: u32 = 60;
const PAGING: Paging = Paging { sent: "NextToken", told: "NextToken", most: 4 };
/// Wait events in the answer, and those that are told.
const MOST_WAITS: u32 = 7;
const MOST_TOLD: usize = 4;
/// Sessions; less is nothing.
const LEAST_LOAD: f64 = 0.01;

pub(super) async fn look(client: &SignedClient, scope: &Scope) -> Result<Reading<Vec<Note>>, PortError> {
    let databases: Vec<(&Arn, &str)> = scope
        .resources
        .iter()
        .filter(|resource| resource.service() == "rds")
        .filter_map(|resource| Some((resource, resource.resource().strip_prefix("db:")?)))
        .take(MOST_DATABASES)
        .collect();
    let found =
        each(&databases, async |(resource, name)| of_database(client, scope, resource, name).await).await?;
    let queries: Vec<_> = databases
        .iter()
        .map(|(_, name)| aws(["rds", "describe-db-instances", "--db-instance-identifier", name]))
        .chain(found.iter().filter_map(|(query, _)| query.clone()))
        .collect();
    let found = newest(found.into_iter().flat_map(|(_, notes)| notes).collect());
    Ok(Reading::new(queries.join("; "), found))
}

async fn of_database(
    client: &SignedClient,
    scope: &Scope,
    resource: &Arn,
    name: &str,
) -> Result<(Option<String>, Vec<Note>), PortError> {
    let input = Input::new(name).pair("DBInstanceIdentifier", name);
    let instance = match client.text(&INSTANCES, &input).await {
        Ok(answer) => instance(&answer)?,
        Err(error) if error.kind == PortErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let about = |what: &str| note(None, Some(resource.clone()), None, what);
    let Some(Instance { id, status, insights }) = instance else {
        return Ok((None, vec![about("database: it does not exist")]));
    };
    let mut notes = Vec::new();
    if status != "available" {
        notes.push(about(&format!("database {name} is {status}")));
    }
    if !insights {
        notes.push(about(&format!("database {name}: Performance Insights is off, its load is not known")));
        return Ok((None, notes));
    }
    let queries = json!([{
        "Metric": "db.load.avg",
        "GroupBy": {"Group": "db.wait_event", "Limit": MOST_WAITS},
    }]);
    let (from, to) = (scope.from.to_string(), scope.to.to_string());
    let query = aws([
        "pi",
        "get-resource-metrics",
        "--service-type",
        "RDS",
        "--identifier",
        &id,
        "--metric-queries",
        &queries.to_string(),
        "--start-time",
        &from,
        "--end-time",
        &to,
        "--period-in-seconds",
        &PERIOD_SECONDS.to_string(),
    ]);
    let body = json!({
        "ServiceType": "RDS",
        "Identifier": id,
        "MetricQueries": queries,
        "StartTime": seconds(scope.from),
        "EndTime": seconds(scope.to),
        "PeriodInSeconds": PERIOD_SECONDS,
    });
    let (answers, _) = pages(client, &LOAD, &Input::new(id.as_str()).body(body), &PAGING).await?;
    notes.extend(load(&answers, resource, scope).map_err(|why| why.into_error(LOAD.name()))?);
    Ok((Some(query), notes))
}

#[derive(Debug, PartialEq)]
struct Instance {
    id: String,
    status: String,
    insights: bool,
}

fn instance(answer: &str) -> Result<Option<Instance>, PortError> {
    let document = response(answer, INSTANCES.name())?;
    let instance = members(document.root(), "DBInstances").into_iter().next();
    Ok(instance.and_then(|instance| {
        Some(Instance {
            id: child_text(instance, "DbiResourceId")?.to_owned(),
            status: child_text(instance, "DBInstanceStatus").unwrap_or("of unknown status").to_owned(),
            insights: child_text(instance, "PerformanceInsightsEnabled") == Some("true"),
        })
    }))
}

/// A mean, as far as it has come.
#[derive(Debug, Default, Clone, Copy)]
struct RunningMean {
    sum: f64,
    count: f64,
}

impl RunningMean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1.0;
    }

    fn value(self) -> f64 {
        if self.count > 0.0 { self.sum / self.count } else { 0.0 }
    }
}

/// One metric before the incident and since.
#[derive(Debug, Default)]
struct LoadComparison {
    before: RunningMean,
    since: RunningMean,
    highest: Option<(f64, Timestamp)>,
}

/// One line on the whole load, and one on each wait event that holds a share of it.
fn load(answers: &[Value], resource: &Arn, scope: &Scope) -> Parsed<Vec<Note>> {
    let mut loads: BTreeMap<Option<String>, LoadComparison> = BTreeMap::new();
    for answer in answers {
        for metric in list(answer, "MetricList")? {
            required(metric.get("Key").unwrap_or(&Value::Null), "Metric")?;
            let dimensions = metric.pointer("/Key/Dimensions");
            let wait = dimensions.and_then(|of| text(of, "db.wait_event.name")).map(str::to_owned);
            let load = loads.entry(wait).or_default();
            for point in list(metric, "DataPoints")? {
                // A point without a value is of a time without data.
                let (Some(at), Some(value)) = (time(point, "Timestamp"), number(point, "Value")) else {
                    continue;
                };
                if at < scope.incident_from {
                    load.before.add(value);
                } else {
                    load.since.add(value);
                    let higher = load.highest.is_none_or(|(highest, _)| value > highest);
                    load.highest = if higher { Some((value, at)) } else { load.highest };
                }
            }
        }
    }
    let said = |subject: &str, load: &LoadComparison| {
        let (before, since) = (load.before.value(), load.since.value());
        let (highest, at) = load.highest?;
        let what = format!(
            "{subject}: {since:.2} sessions on average since the incident began, {before:.2} before, at most {highest:.2}"
        );
        Some(note(Some(at), Some(resource.clone()), None, &what))
    };
    let mut notes = Vec::new();
    if let Some(whole) = loads.remove(&None) {
        notes.extend(said("database load", &whole));
    }
    let mut waits: Vec<_> = loads
        .into_iter()
        .filter_map(|(name, load)| Some((name?, load)))
        .filter(|(_, load)| load.since.value() >= LEAST_LOAD)
        .collect();
    waits.sort_by(|(_, a), (_, b)| b.since.value().total_cmp(&a.since.value()));
    notes.extend(
        waits.iter().take(MOST_TOLD).filter_map(|(name, load)| said(&format!("waiting for {name}"), load)),
    );
    Ok(notes)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::context_sources::tests::{at, garbled, scope, torn};

    pub(crate) const INSTANCE: &str = r#"<DescribeDBInstancesResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/">
  <DescribeDBInstancesResult><DBInstances><DBInstance>
    <DBInstanceIdentifier>main</DBInstanceIdentifier><DBInstanceStatus>storage-full</DBInstanceStatus>
    <MasterUsername>admin</MasterUsername><DbiResourceId>db-ABC</DbiResourceId>
    <PerformanceInsightsEnabled>true</PerformanceInsightsEnabled>
  </DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>"#;

    pub(crate) fn recorded() -> Value {
        let points = |before: f64, since: f64| {
            json!([
                {"Timestamp": 1_795_141_800.0, "Value": before},
                {"Timestamp": 1_795_143_600.0, "Value": since},
                {"Timestamp": 1_795_143_660.0},
            ])
        };
        json!({
            "Identifier": "db-ABC",
            "MetricList": [
                {"Key": {"Metric": "db.load.avg"}, "DataPoints": points(0.5, 8.0)},
                {
                    "Key": {"Metric": "db.load.avg", "Dimensions": {
                        "db.wait_event.name": "transactionid", "db.wait_event.type": "Lock",
                    }},
                    "DataPoints": points(0.0, 7.5),
                },
                {
                    "Key": {"Metric": "db.load.avg", "Dimensions": {"db.wait_event.name": "CPU"}},
                    "DataPoints": points(0.5, 0.0),
                },
            ],
        })
    }

    #[test]
    fn load_is_told_before_and_since_with_what_is_waited_for() {
        let notes = load(&[recorded()], &scope().resources[1], &scope()).unwrap();
        let said: Vec<_> = notes.iter().map(|note| note.what.as_str()).collect();
        assert_eq!(
            said,
            [
                "database load: 8.00 sessions on average since the incident began, 0.50 before, at most 8.00",
                "waiting for transactionid: 7.50 sessions on average since the incident began, 0.00 before, \
                 at most 7.50",
            ]
        );
        assert_eq!(notes[0].at, Some(at("03:00:00")));
    }

    #[test]
    fn instance_is_read_by_what_performance_insights_calls_it() {
        let expected = Instance { id: "db-ABC".into(), status: "storage-full".into(), insights: true };
        assert_eq!(instance(INSTANCE).unwrap(), Some(expected));
        assert_eq!(instance("<DescribeDBInstancesResponse/>").unwrap(), None);
        assert_eq!(instance("<html/>").unwrap_err().kind, PortErrorKind::Invalid);
    }

    proptest! {
        #[test]
        fn load_any_answer_is_read_or_malformed(answer in garbled(recorded()), text in torn(INSTANCE)) {
            let _ = (load(&[answer], &scope().resources[1], &scope()), instance(&text));
        }
    }
}
