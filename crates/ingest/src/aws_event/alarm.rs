//! Parses events of CloudWatch alarms: `CloudWatch Alarm State Change` and `CloudWatch Alarm Contributor State Change`.
//!
//! The fields are those of
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html>.

mod configuration;
mod contributor;
mod scaling;
mod tiers;

use common::{Arn, ResourceKind, Signal, SignalKind, SignalState, Symptom};
use serde_json::Value;

use self::configuration::{Configuration, WatchedMetric};
use super::metric_resource::{self, Owner};
use crate::{
    envelope::{Envelope, SignalParts, labels},
    json_object::JsonObject,
    kind_table::KindRow,
    no_signal::NoSignal,
};

pub(crate) use self::contributor::parse_contributor;

/// A storm of child alarms in one composite names a few of them; more would only repeat it.
const MAX_TRIGGERING_ALARMS: usize = 20;

pub(crate) fn parse_alarm(envelope: &Envelope<'_>, _: &KindRow) -> Result<Signal, NoSignal> {
    let detail = &envelope.detail;
    let name = alarm_name(detail)?;
    let now = detail.object("state")?;
    let value = now.text("value", STATES)?;
    let suppressed_by = now.optional_text("actionsSuppressedBy");
    let configuration = detail.optional_object("configuration");
    let mute = detail.optional_object("muteDetail");
    let (state, what) = match value {
        // The team has said that this alarm acts on nobody for now. CloudWatch sends another event
        // when the suppression ends and the alarm is still there.
        "ALARM" if suppressed_by.is_some() => {
            (SignalState::Info, " is in ALARM, with its actions suppressed")
        }
        // A mute rule is a maintenance window: what happens in it is expected.
        "ALARM" if mute.is_some() => (SignalState::Info, " is in ALARM, muted by a mute rule"),
        // In ALARM all the time that a service is scaled in: an instruction to a scaling policy, not a problem.
        "ALARM" if scaling::only_drives_scaling(name, configuration.as_ref()) => {
            (SignalState::Info, " is in ALARM, which only drives scaling")
        }
        "ALARM" => (SignalState::Firing, ""),
        "OK" => (SignalState::Recovered, " is back to OK"),
        "INSUFFICIENT_DATA" => (SignalState::Info, " has insufficient data"),
        _ => return Err(now.invalid("value", STATES).into()),
    };
    let own = Owner::of_event(envelope);
    let configured = configuration.as_ref().map(|it| Configuration::from_json(it, &own)).unwrap_or_default();
    let other_accounts = configured.other_accounts(&own);
    let metric = configured.single_metric(&own);
    let (identity, tier_severity) = tiers::identity(name, metric.as_ref());
    let mut resources = triggering_alarms(envelope, &now);
    resources.extend(configuration.iter().flat_map(|it| queried_log_groups(envelope, it)));
    for WatchedMetric { metric, owner } in &configured.metrics {
        resources.extend(metric_resource::resources(owner, &own, &metric.dimensions));
    }
    Ok(envelope.signal(SignalParts {
        kind: SignalKind::ALARM_STATE_CHANGE,
        state,
        severity: tier_severity.unwrap_or_else(|| configured.kind.severity()),
        title: format!("Alarm {name}{what}"),
        identity,
        resources: alarm_first(envelope, name, resources),
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
            ("muted_by", mute.as_ref().and_then(|mute| mute.optional_text("mutedByArn"))),
            ("muted_until", mute.as_ref().and_then(|mute| mute.optional_text("muteWindowEnd"))),
        ]),
        metric,
        symptom: Symptom::Alarm { name: name.to_owned() },
        untrusted: untrusted(),
    }))
}

fn untrusted() -> Vec<String> {
    ["labels.description", "labels.reason", "metric", "resources", "symptom"].map(str::to_owned).into()
}

fn alarm_first(envelope: &Envelope<'_>, name: &str, others: Vec<Arn>) -> Vec<Arn> {
    std::iter::once(envelope.arn("cloudwatch", &format!("alarm:{name}"))).chain(others).collect()
}

/// Returns the log groups that a log alarm's scheduled query reads, of the event's own account and region only.
fn queried_log_groups(envelope: &Envelope<'_>, configuration: &JsonObject<'_>) -> Vec<Arn> {
    let query = configuration.optional_object("scheduledQueryConfiguration");
    let groups = query.as_ref().and_then(|it| it.get("logGroupIdentifiers")).and_then(Value::as_array);
    let arn = |group: &Value| {
        let text = group.as_str()?.trim_end_matches(":*");
        let named =
            || metric_resource::is_name(text).then(|| envelope.arn("logs", &format!("log-group:{text}")));
        text.parse::<Arn>().ok().or_else(named).filter(|arn| arn.is_of(envelope.account, envelope.region))
    };
    groups.into_iter().flatten().take(MAX_TRIGGERING_ALARMS).filter_map(arn).collect()
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
