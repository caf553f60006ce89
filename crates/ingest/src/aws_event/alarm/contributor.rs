//! Parses the state of one contributor of an alarm: `CloudWatch Alarm Contributor State Change`.

use std::collections::BTreeMap;

use common::{Signal, SignalKind, SignalState, Symptom};

use super::{STATES, alarm_first, alarm_name, configuration::Configuration, untrusted};
use crate::{
    aws_event::metric_resource::{self, Owner},
    envelope::{Envelope, SignalParts, labels},
    json_object::JsonObject,
    kind_table::KindRow,
    no_signal::NoSignal,
};

/// Parses the change of one contributor: one of the series that an alarm of many watches. It belongs to the alarm's own
/// problem, which ends when the alarm does and not with one of its contributors.
pub(crate) fn parse_contributor(envelope: &Envelope<'_>, _: &KindRow) -> Result<Signal, NoSignal> {
    let detail = &envelope.detail;
    let name = alarm_name(detail)?;
    let now = detail.object("state")?;
    let value = now.text("value", STATES)?;
    let muted_by = detail.optional_object("muteDetail").and_then(|mute| mute.optional_text("mutedByArn"));
    let contributor = detail.object("alarmContributor")?;
    let attributes: BTreeMap<String, String> = contributor
        .optional_object("attributes")
        .iter()
        .flat_map(JsonObject::texts)
        .take(30)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let who = attributes.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ");
    let (state, what) = match value {
        "ALARM" if muted_by.is_some() => (SignalState::Info, "is in ALARM, muted by a mute rule"),
        "ALARM" => (SignalState::Firing, "is in ALARM"),
        "OK" => (SignalState::Info, "is back to OK"),
        "INSUFFICIENT_DATA" => (SignalState::Info, "has insufficient data"),
        _ => return Err(now.invalid("value", STATES).into()),
    };
    let own = Owner::of_event(envelope);
    let configuration = detail.optional_object("configuration");
    let configured = configuration.as_ref().map(|it| Configuration::from_json(it, &own)).unwrap_or_default();
    Ok(envelope.signal(SignalParts {
        kind: SignalKind::ALARM_STATE_CHANGE,
        state,
        severity: configured.kind.severity(),
        title: format!("Alarm {name}: {who} {what}"),
        identity: vec![format!("alarm:{name}")],
        resources: alarm_first(envelope, name, metric_resource::resources(&own, &own, &attributes)),
        labels: labels([
            ("alarm_state", Some(value)),
            ("alarm_type", Some(configured.kind.as_str())),
            ("contributor_id", contributor.optional_text("id")),
            ("contributor", Some(who.as_str()).filter(|who| !who.is_empty())),
            ("description", configuration.as_ref().and_then(|it| it.optional_text("description"))),
            ("muted_by", muted_by),
            ("reason", now.optional_text("reason")),
        ]),
        metric: None,
        symptom: Symptom::Alarm { name: name.to_owned() },
        untrusted: [untrusted(), vec!["labels.contributor".to_owned()]].concat(),
    }))
}
