//! Parses events of CloudWatch alarms, metric and composite: `CloudWatch Alarm State Change`.

use std::collections::{BTreeMap, BTreeSet};

use common::{Arn, ResourceKind, Severity, Signal, SignalKind, SignalState, Symptom, signal::Metric};
use serde_json::Value;

use super::metric_resource::{self, Owner};
use crate::{
    envelope::{Envelope, SignalParts, labels},
    json_object::JsonObject,
    no_signal::NoSignal,
};

/// A storm of child alarms in one composite names a few of them; more would only repeat it.
const MAX_TRIGGERING_ALARMS: usize = 20;

pub(crate) fn parse_alarm(envelope: &Envelope<'_>) -> Result<Signal, NoSignal> {
    let detail = &envelope.detail;
    let name = alarm_name(detail)?;
    let now = detail.object("state")?;
    let value = now.text("value", STATES)?;
    let suppressed_by = now.optional_text("actionsSuppressedBy");
    let (state, what) = match value {
        // The team has said that this alarm acts on nobody for now. CloudWatch sends another event
        // when the suppression ends and the alarm is still there.
        "ALARM" if suppressed_by.is_some() => {
            (SignalState::Info, " is in ALARM, with its actions suppressed")
        }
        "ALARM" => (SignalState::Firing, ""),
        "OK" => (SignalState::Recovered, " is back to OK"),
        "INSUFFICIENT_DATA" => (SignalState::Info, " has insufficient data"),
        _ => return Err(now.invalid("value", STATES).into()),
    };
    let configuration = detail.optional_object("configuration");
    let own = Owner { account: envelope.account.to_owned(), region: envelope.region.to_owned() };
    let configured = configuration.as_ref().map(|it| Configuration::from_json(it, &own)).unwrap_or_default();
    let other_accounts = configured.other_accounts(&own);
    let mut resources = triggering_alarms(envelope, &now);
    for WatchedMetric { metric, owner } in &configured.metrics {
        resources.extend(metric_resource::resources(owner, &own, &metric.dimensions));
    }
    Ok(envelope.signal(SignalParts {
        kind: SignalKind::AlarmStateChange,
        state,
        severity: configured.kind.severity(),
        title: format!("Alarm {name}{what}"),
        subject: envelope.arn("cloudwatch", &format!("alarm:{name}")),
        resources,
        labels: labels([
            ("alarm_state", Some(value)),
            ("alarm_type", Some(configured.kind.as_str())),
            ("metric_accounts", other_accounts.as_deref()),
            ("description", configuration.as_ref().and_then(|it| it.optional_text("description"))),
            (
                "previous_state",
                detail.optional_object("previousState").and_then(|it| it.optional_text("value")),
            ),
            ("reason", now.optional_text("reason")),
            ("suppressed_by", suppressed_by),
        ]),
        metric: configured.single_metric(&own),
        symptom: Symptom::Alarm { name: name.to_owned() },
        untrusted: &["labels.description", "labels.reason", "metric", "resources", "symptom"],
    }))
}

const STATES: &str = "ALARM, OK or INSUFFICIENT_DATA";

/// Returns the name unchanged, for it names the alarm in CloudWatch's own API. A name that CloudWatch would
/// not accept is refused.
fn alarm_name<'a>(detail: &JsonObject<'a>) -> Result<&'a str, NoSignal> {
    const EXPECTED: &str = "the alarm's name: 1 to 255 characters, no control characters";
    let name = detail.get("alarmName").and_then(Value::as_str).unwrap_or_default();
    if !(1..=255).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(detail.invalid("alarmName", EXPECTED).into());
    }
    Ok(name)
}

/// The kind of alarm, by what it watches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum AlarmType {
    Metric,
    MetricMath,
    AnomalyBand,
    MetricsInsights,
    Composite,
    /// None of the above, or the event did not say.
    #[default]
    Other,
}

impl AlarmType {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Metric => "metric",
            Self::MetricMath => "metric_math",
            Self::AnomalyBand => "anomaly_band",
            Self::MetricsInsights => "metrics_insights",
            Self::Composite => "composite",
            Self::Other => "other",
        }
    }

    /// | alarm | severity | why |
    /// | --- | --- | --- |
    /// | composite | sev2 | somebody combined several symptoms into one that matters |
    /// | any other | sev3 | one symptom |
    const fn severity(self) -> Severity {
        match self {
            Self::Composite => Severity::Sev2,
            _ => Severity::Sev3,
        }
    }
}

#[derive(Debug, Default)]
struct Configuration {
    kind: AlarmType,
    metrics: Vec<WatchedMetric>,
}

/// A metric that the alarm watches, with whose it is: an alarm of a monitoring account watches the metrics of others
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html>).
#[derive(Debug)]
struct WatchedMetric {
    metric: Metric,
    owner: Owner,
}

impl Configuration {
    /// `own` is the account and region of the alarm: a metric that names none is of these.
    fn from_json(configuration: &JsonObject<'_>, own: &Owner) -> Self {
        if configuration.optional_text("alarmRule").is_some() {
            return Self { kind: AlarmType::Composite, metrics: Vec::new() };
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
    fn single_metric(&self, own: &Owner) -> Option<Metric> {
        match (self.kind, self.metrics.as_slice()) {
            (AlarmType::Metric | AlarmType::AnomalyBand, [watched]) if watched.owner == *own => {
                Some(watched.metric.clone())
            }
            _ => None,
        }
    }

    /// Returns the other accounts whose metrics the alarm watches, comma separated; `None` where there is none.
    fn other_accounts(&self, own: &Owner) -> Option<String> {
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

/// Returns the child alarms that triggered a composite one, of the event's own account and region only.
fn triggering_alarms(envelope: &Envelope<'_>, state: &JsonObject<'_>) -> Vec<Arn> {
    let data: Value = state
        .optional_text("reasonData")
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let alarms =
        data.get("triggeringAlarms").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    alarms
        .iter()
        .filter_map(|alarm| alarm.get("arn")?.as_str()?.parse::<Arn>().ok())
        .filter(|arn| arn.is_of(envelope.account, envelope.region))
        .filter(|arn| matches!(arn.kind(), ResourceKind::Alarm { .. }))
        .take(MAX_TRIGGERING_ALARMS)
        .collect()
}
