//! Reads what an alarm watches, and which kind of alarm it is by that.

use std::collections::{BTreeMap, BTreeSet};

use common::{Severity, signal::Metric};

use crate::{aws_event::metric_resource::Owner, json_object::JsonObject};

/// The kind of alarm, by what it watches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum AlarmType {
    Metric,
    MetricMath,
    AnomalyBand,
    MetricsInsights,
    PromQl,
    Logs,
    Composite,
    /// None of the above, or the event did not say.
    #[default]
    Other,
}

impl AlarmType {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Metric => "metric",
            Self::MetricMath => "metric_math",
            Self::AnomalyBand => "anomaly_band",
            Self::MetricsInsights => "metrics_insights",
            Self::PromQl => "promql",
            Self::Logs => "logs",
            Self::Composite => "composite",
            Self::Other => "other",
        }
    }

    /// | alarm | severity | why |
    /// | --- | --- | --- |
    /// | composite | sev2 | somebody combined several symptoms into one that matters |
    /// | any other | sev3 | one symptom |
    pub(super) const fn severity(self) -> Severity {
        match self {
            Self::Composite => Severity::Sev2,
            _ => Severity::Sev3,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Configuration {
    pub(super) kind: AlarmType,
    pub(super) metrics: Vec<WatchedMetric>,
}

/// A metric that the alarm watches, with whose it is: an alarm of a monitoring account watches the metrics of others
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html>).
#[derive(Debug)]
pub(super) struct WatchedMetric {
    pub(super) metric: Metric,
    pub(super) owner: Owner,
}

impl Configuration {
    /// `own` is the account and region of the alarm: a metric that names none is of these.
    pub(super) fn from_json(configuration: &JsonObject<'_>, own: &Owner) -> Self {
        if configuration.optional_text("alarmRule").is_some() {
            return Self { kind: AlarmType::Composite, metrics: Vec::new() };
        }
        // Neither of these has metrics: the query is all that there is.
        if configuration.optional_object("evaluationCriteria").is_some() {
            return Self { kind: AlarmType::PromQl, metrics: Vec::new() };
        }
        if configuration.optional_object("scheduledQueryConfiguration").is_some() {
            return Self { kind: AlarmType::Logs, metrics: Vec::new() };
        }
        let queries = configuration.objects("metrics");
        let watched = |query| Some(WatchedMetric { metric: metric(query)?, owner: owner(query, own) });
        let metrics: Vec<_> = queries.iter().filter_map(watched).collect();
        let expressions: Vec<_> =
            queries.iter().filter_map(|query| query.optional_text("expression")).collect();
        let begins = |word: &str| {
            expressions
                .iter()
                .any(|text| text.get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word)))
        };
        let kind = if begins("ANOMALY_DETECTION_BAND") {
            AlarmType::AnomalyBand
        } else if begins("SELECT ") {
            AlarmType::MetricsInsights
        } else if !expressions.is_empty() {
            AlarmType::MetricMath
        } else if !metrics.is_empty() {
            AlarmType::Metric
        } else {
            AlarmType::Other
        };
        Self { kind, metrics }
    }

    /// Returns the metric whose value is the symptom. An expression, even over a single metric, is none; nor is the
    /// metric of another account or region, because one of the same name here says nothing about it.
    pub(super) fn single_metric(&self, own: &Owner) -> Option<Metric> {
        match (self.kind, self.metrics.as_slice()) {
            (AlarmType::Metric | AlarmType::AnomalyBand, [watched]) if watched.owner == *own => {
                Some(watched.metric.clone())
            }
            _ => None,
        }
    }

    /// Returns the other accounts whose metrics the alarm watches, comma separated; `None` where there is none.
    pub(super) fn other_accounts(&self, own: &Owner) -> Option<String> {
        let accounts: BTreeSet<&str> = self
            .metrics
            .iter()
            .map(|watched| watched.owner.account.as_str())
            .filter(|account| *account != own.account)
            .collect();
        (!accounts.is_empty()).then(|| accounts.into_iter().collect::<Vec<_>>().join(", "))
    }
}

/// Returns whose metric a query asks for. CloudWatch writes the account beside the statistic.
fn owner(query: &JsonObject<'_>, own: &Owner) -> Owner {
    let stat = query.optional_object("metricStat");
    let metric = stat.as_ref().and_then(|stat| stat.optional_object("metric"));
    let named = |field| {
        [Some(query), stat.as_ref(), metric.as_ref()]
            .into_iter()
            .flatten()
            .find_map(|object| object.optional_text(field))
    };
    Owner {
        account: named("accountId").unwrap_or(&own.account).to_owned(),
        region: named("region").unwrap_or(&own.region).to_owned(),
    }
}

/// Reads a metric with no more and no longer dimensions than CloudWatch accepts, because a drill could hold
/// anything.
fn metric(query: &JsonObject<'_>) -> Option<Metric> {
    let stat = query.optional_object("metricStat")?;
    let metric = stat.optional_object("metric")?;
    let dimensions: BTreeMap<_, _> = metric
        .optional_object("dimensions")
        .iter()
        .flat_map(JsonObject::texts)
        .filter(|(name, value)| name.len() <= 255 && value.len() <= 1024)
        .take(30)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Some(Metric {
        namespace: metric.optional_text("namespace").filter(|text| text.len() <= 255)?.to_owned(),
        name: metric.optional_text("name").filter(|text| text.len() <= 255)?.to_owned(),
        dimensions,
        statistic: stat.optional_text("stat").filter(|text| text.len() <= 255)?.to_owned(),
        period_seconds: stat.get("period")?.as_u64()?.try_into().ok()?,
    })
}
