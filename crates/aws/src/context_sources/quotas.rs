//! Limits that are nearly reached: Service Quotas' values against CloudWatch's usage.

use std::collections::BTreeSet;

use common::{
    context_source::{Note, Scope},
    evidence::Truncation,
    ports::{PortError, PortErrorKind, Reading},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Paging,
    answer::{Malformed, Parsed, list, number, required, seconds, text, time},
    each,
    note::{arn, newest, note},
    pages,
};
use crate::{
    cli_command::aws,
    signed_http::{
        Input, Operation, SignedClient,
        services::{CLOUD_WATCH, QUOTAS},
    },
};

const LIST: Operation = Operation::new(&QUOTAS, "ListServiceQuotas");
const USAGE: Operation = Operation::new(&CLOUD_WATCH, "GetMetricData");
pub(super) const IAM: &[&str] = &["cloudwatch:GetMetricData", "servicequotas:ListServiceQuotas"];

const MOST_SERVICES: usize = 4;
const PAGING: Paging = Paging { sent: "NextToken", told: "NextToken", most: 4 };
/// Metrics, which are paid by the piece.
const MOST_METRICS: usize = 100;
const PERIOD_SECONDS: u32 = 300;
/// The share of a limit from which it is worth a word.
const NEARLY: f64 = 0.8;

pub(super) async fn look(client: &SignedClient, scope: &Scope) -> Result<Reading<Vec<Note>>, PortError> {
    let services = services(scope);
    let answers = each(&services, async |service| {
        let input = Input::new(*service).body(json!({"ServiceCode": service, "MaxResults": 100}));
        match pages(client, &LIST, &input, &PAGING).await {
            // No quotas under this name.
            Err(error) if error.kind == PortErrorKind::NotFound => Ok((Vec::new(), false)),
            answer => answer,
        }
    })
    .await?;
    let mut quotas = Vec::new();
    let mut more = false;
    for (answers, and_more) in &answers {
        more |= and_more;
        for answer in answers {
            quotas.extend(measured(answer).map_err(|why| why.into_error(LIST.name()))?);
        }
    }
    more |= quotas.len() > MOST_METRICS;
    quotas.truncate(MOST_METRICS);
    let lists = services
        .iter()
        .map(|service| aws(["service-quotas", "list-service-quotas", "--service-code", service]));
    let mut queries: Vec<String> = lists.collect();
    let mut found = Vec::new();
    if !quotas.is_empty() {
        let asked: Vec<Value> = (0u32..).zip(&quotas).map(|(number, quota)| quota.query(number)).collect();
        let (from, to) = (scope.from.to_string(), scope.to.to_string());
        let body = json!({
            "MetricDataQueries": asked,
            "StartTime": seconds(scope.from),
            "EndTime": seconds(scope.to),
        });
        let (answers, _) = pages(client, &USAGE, &Input::new("of AWS/Usage").body(body), &PAGING).await?;
        for answer in &answers {
            found.extend(nearly(answer, &quotas).map_err(|why| why.into_error(USAGE.name()))?);
        }
        queries.push(aws([
            "cloudwatch",
            "get-metric-data",
            "--start-time",
            &from,
            "--end-time",
            &to,
            "--metric-data-queries",
            "file://usage.json",
        ]));
    }
    let comment = more.then(|| Truncation::new("not all quotas were read"));
    Ok(Reading::new(queries.join("; "), newest(found)).truncated(comment))
}

/// Returns the scope's services as Service Quotas writes them, most as in ARNs.
fn services(scope: &Scope) -> Vec<&str> {
    let mut services = Vec::new();
    let mut seen = BTreeSet::new();
    for resource in &scope.resources {
        let service = match resource.service() {
            "cloudwatch" => "monitoring",
            service => service,
        };
        if services.len() < MOST_SERVICES && seen.insert(service) {
            services.push(service);
        }
    }
    services
}

/// A quota whose usage CloudWatch measures.
#[derive(Debug)]
struct Quota<'a> {
    name: &'a str,
    service: &'a str,
    arn: Option<&'a str>,
    value: f64,
    /// The divisor of its usage: a sum over our period, where the quota is a rate.
    periods: f64,
    metric: &'a Value,
}

fn measured(answer: &Value) -> Parsed<Vec<Quota<'_>>> {
    let mut quotas = Vec::new();
    for quota in list(answer, "Quotas")? {
        let name = required(quota, "QuotaName")?;
        let Some(metric) = quota.get("UsageMetric").filter(|metric| text(metric, "MetricName").is_some())
        else {
            continue;
        };
        let Some(value) = number(quota, "Value").filter(|value| *value > 0.0) else { continue };
        let is_sum = text(metric, "MetricStatisticRecommendation") == Some("Sum");
        let periods = match rate_seconds(quota.get("Period")) {
            Some(of_rate) if is_sum => f64::from(PERIOD_SECONDS) / of_rate,
            _ => 1.0,
        };
        quotas.push(Quota {
            name,
            service: text(quota, "ServiceCode").unwrap_or("?"),
            arn: text(quota, "QuotaArn"),
            value,
            periods,
            metric,
        });
    }
    Ok(quotas)
}

/// The seconds that a rate is counted over.
fn rate_seconds(period: Option<&Value>) -> Option<f64> {
    let period = period?;
    let unit = match text(period, "PeriodUnit")? {
        "MICROSECOND" => 0.000_001,
        "MILLISECOND" => 0.001,
        "SECOND" => 1.0,
        "MINUTE" => 60.0,
        "HOUR" => 3_600.0,
        "DAY" => 86_400.0,
        "WEEK" => 604_800.0,
        _ => return None,
    };
    number(period, "PeriodValue").filter(|value| *value > 0.0).map(|value| value * unit)
}

impl Quota<'_> {
    fn query(&self, number: u32) -> Value {
        let dimensions = self.metric.get("MetricDimensions").and_then(Value::as_object);
        let dimensions: Vec<Value> = dimensions
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some(json!({"Name": name, "Value": value.as_str()?})))
            .collect();
        json!({
            "Id": format!("q{number}"),
            "MetricStat": {
                "Metric": {
                    "Namespace": text(self.metric, "MetricNamespace").unwrap_or("AWS/Usage"),
                    "MetricName": text(self.metric, "MetricName"),
                    "Dimensions": dimensions,
                },
                "Period": PERIOD_SECONDS,
                "Stat": text(self.metric, "MetricStatisticRecommendation").unwrap_or("Maximum"),
            },
        })
    }
}

/// The quotas of which most is used.
fn nearly(answer: &Value, quotas: &[Quota<'_>]) -> Parsed<Vec<Note>> {
    let mut notes = Vec::new();
    for result in list(answer, "MetricDataResults")? {
        let number = required(result, "Id")?.strip_prefix('q').and_then(|id| id.parse::<usize>().ok());
        let quota = number.and_then(|number| quotas.get(number));
        let quota = quota.ok_or_else(|| Malformed("Id was not asked for".to_owned()))?;
        let Some((used, at)) = highest(result) else { continue };
        let used = used / quota.periods;
        let share = used / quota.value;
        if share >= NEARLY {
            let Quota { name, service, value, .. } = quota;
            let percent = share * 100.0;
            let what = format!("{service}: {used:.0} of {value:.0} used ({percent:.0} %) of quota {name}");
            notes.push(note(at, arn(quota.arn), None, &what));
        }
    }
    Ok(notes)
}

/// Values and timestamps are two lists of one order.
fn highest(result: &Value) -> Option<(f64, Option<Timestamp>)> {
    let values = result.get("Values").and_then(Value::as_array)?;
    let (place, highest) = values
        .iter()
        .map(Value::as_f64)
        .enumerate()
        .filter_map(|(place, value)| Some((place, value?)))
        .max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    let at = result.pointer(&format!("/Timestamps/{place}"));
    Some((highest, at.and_then(|at| time(&json!({"at": at}), "at"))))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::context_sources::tests::{at, garbled, scope};

    pub(crate) fn recorded() -> Value {
        let metric = |name: &str, statistic: &str| {
            json!({
                "MetricNamespace": "AWS/Usage",
                "MetricName": name,
                "MetricDimensions": {"Class": "None", "Resource": "ConcurrentExecutions", "Service": "Lambda", "Type": "Resource"},
                "MetricStatisticRecommendation": statistic,
            })
        };
        json!({"Quotas": [
            {
                "ServiceCode": "lambda", "ServiceName": "AWS Lambda",
                "QuotaArn": "arn:aws:servicequotas:eu-west-1:123456789012:lambda/L-B99A9384",
                "QuotaCode": "L-B99A9384", "QuotaName": "Concurrent executions", "Value": 1000.0, "Unit": "None",
                "Adjustable": true, "GlobalQuota": false, "UsageMetric": metric("ResourceCount", "Maximum"),
            },
            {
                "ServiceCode": "lambda", "QuotaName": "Rate of GetFunction requests", "Value": 100.0,
                "UsageMetric": metric("CallCount", "Sum"), "Period": {"PeriodValue": 1, "PeriodUnit": "SECOND"},
            },
            {"ServiceCode": "lambda", "QuotaName": "Function timeout", "Value": 900.0},
        ]})
    }

    pub(crate) fn usage() -> Value {
        json!({"MetricDataResults": [
            {"Id": "q0", "Values": [100.0, 950.0], "Timestamps": [1_795_143_000.0, 1_795_143_600.0], "StatusCode": "Complete"},
            {"Id": "q1", "Values": [3000.0], "Timestamps": [1_795_143_600.0], "StatusCode": "Complete"},
        ]})
    }

    #[test]
    fn quota_that_is_nearly_used_is_a_note_and_another_none() {
        let quotas = recorded();
        let quotas = measured(&quotas).unwrap();
        assert_eq!(quotas.len(), 2);
        let notes = nearly(&usage(), &quotas).unwrap();
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert_eq!(notes[0].what, "lambda: 950 of 1000 used (95 %) of quota Concurrent executions");
        assert_eq!(notes[0].at, Some(at("03:00:00")));
        assert!(nearly(&json!({"MetricDataResults": [{"Id": "q7", "Values": []}]}), &quotas).is_err());
    }

    #[test]
    fn rate_is_compared_with_what_was_asked_in_its_period() {
        let quotas = recorded();
        let quotas = measured(&quotas).unwrap();
        let usage = json!({"MetricDataResults": [{"Id": "q1", "Values": [27_000.0], "Timestamps": []}]});
        let notes = nearly(&usage, &quotas).unwrap();
        assert_eq!(notes[0].what, "lambda: 90 of 100 used (90 %) of quota Rate of GetFunction requests");
    }

    #[test]
    fn query_of_a_quota_has_its_dimensions() {
        let quotas = recorded();
        let query = measured(&quotas).unwrap()[0].query(0);
        assert_eq!(query["MetricStat"]["Metric"]["Dimensions"].as_array().unwrap().len(), 4);
        assert_eq!(query["MetricStat"]["Stat"], "Maximum");
        assert_eq!(services(&scope()), ["lambda", "rds"]);
    }

    proptest! {
        #[test]
        fn quotas_any_answer_is_read_or_malformed(quotas in garbled(recorded()), answer in garbled(usage())) {
            let Ok(quotas) = measured(&quotas) else { return Ok(()) };
            let _ = nearly(&answer, &quotas);
            for quota in &quotas {
                let _ = quota.query(0);
            }
        }
    }
}
