//! Parses what AWS Health tells: `AWS Health Event` and `AWS Health Abuse Event`.
//!
//! The fields are those of <https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html>. An event
//! is sent in the region that it is about and again in a backup region, and to a delegated administrator for other
//! accounts: it is of the region and account that it names, so that it is one problem however often it comes.

use common::{Arn, Severity, Signal, SignalKind, SignalState, Symptom};

use crate::{
    envelope::{Envelope, SignalParts, is_account, is_region, labels},
    json_object::JsonObject,
    kind_table::KindRow,
    no_signal::NoSignal,
};

const MAX_ENTITIES: usize = 50;

pub(crate) fn parse_health(envelope: &Envelope<'_>, _: &KindRow) -> Result<Signal, NoSignal> {
    const CATEGORIES: &str = "issue, accountNotification, scheduledChange or investigation";
    let detail = &envelope.detail;
    let event_arn = detail.text("eventArn", "the ARN of the Health event")?;
    let code = detail.text("eventTypeCode", "the kind of Health event, such as AWS_EC2_OPERATIONAL_ISSUE")?;
    let category = detail.text("eventTypeCategory", CATEGORIES)?;
    let service = detail.optional_text("service").unwrap_or("AWS");
    let is_abuse = envelope.detail_type == "AWS Health Abuse Event" || service == "ABUSE";
    let is_over = detail.optional_text("statusCode") == Some("closed");
    let (state, severity, what) = match category {
        _ if is_abuse => (SignalState::Firing, Severity::Sev2, "reports abuse"),
        "issue" if is_over => (SignalState::Recovered, Severity::Sev3, "reports that an issue is over"),
        "issue" => (SignalState::Firing, Severity::Sev3, "reports an issue"),
        "scheduledChange" => (SignalState::Info, Severity::Sev4, "announces a change"),
        "accountNotification" => (SignalState::Info, Severity::Sev4, "has a notification"),
        "investigation" => (SignalState::Info, Severity::Sev4, "looks into something"),
        _ => return Err(detail.invalid("eventTypeCategory", CATEGORIES).into()),
    };
    let region =
        detail.optional_text("eventRegion").filter(|region| is_region(region)).unwrap_or(envelope.region);
    let account = detail
        .optional_text("affectedAccount")
        .filter(|account| is_account(account))
        .unwrap_or(envelope.account);
    let entities = detail.objects("affectedEntities");
    let entities: Vec<&JsonObject<'_>> = entities.iter().take(MAX_ENTITIES).collect();
    let values: Vec<&str> =
        entities.iter().filter_map(|entity| entity.optional_text("entityValue")).collect();
    let resources = values.iter().filter_map(|value| resource(service, value, region, account)).collect();
    let application = entities
        .iter()
        .find_map(|entity| entity.optional_object("tags")?.optional_text("application"))
        .map(str::to_owned);
    // Health lists an entity once for each of its updates.
    let mut listed: Vec<&str> = Vec::new();
    for value in &values {
        if !listed.contains(value) {
            listed.push(value);
        }
    }
    let affected = listed.join(", ");
    let description = detail.objects("eventDescription");
    let description = description.iter().find_map(|text| text.optional_text("latestDescription"));
    let signal = envelope.in_region(region).signal(SignalParts {
        kind: SignalKind::from_name("aws_health"),
        state,
        severity,
        title: format!("AWS Health {what} with {service} in {region}: {code}"),
        identity: vec![account.to_owned(), event_arn.to_owned()],
        resources,
        labels: labels([
            ("affected_account", Some(account).filter(|account| *account != envelope.account)),
            ("affected_entities", Some(affected.as_str()).filter(|text| !text.is_empty())),
            ("description", description),
            ("event_arn", Some(event_arn)),
            ("event_scope", detail.optional_text("eventScopeCode")),
            ("event_type_category", Some(category)),
            ("event_type_code", Some(code)),
            ("health_status", detail.optional_text("statusCode")),
            ("start_time", detail.optional_text("startTime")),
            ("end_time", detail.optional_text("endTime")),
        ]),
        metric: None,
        symptom: Symptom::Event { source: "aws.health".to_owned(), subject: event_arn.to_owned() },
        untrusted: vec!["labels.affected_entities".to_owned(), "resources".to_owned()],
    });
    Ok(Signal { application, ..signal })
}

/// The services whose entities are given by name, with what stands before the name in the ARN.
const BY_SERVICE: &[(&str, &str, &str)] = &[
    ("RDS", "rds", "db:"),
    ("LAMBDA", "lambda", "function:"),
    ("DYNAMODB", "dynamodb", "table/"),
    ("EKS", "eks", "cluster/"),
    ("SQS", "sqs", ""),
    ("SNS", "sns", ""),
];

/// The beginnings of ids that tell what they are of.
const BY_ID: &[(&str, &str, &str)] = &[
    ("i-", "ec2", "instance/"),
    ("vol-", "ec2", "volume/"),
    ("vpn-", "ec2", "vpn-connection/"),
    ("nat-", "ec2", "natgateway/"),
    ("cr-", "ec2", "capacity-reservation/"),
    ("fs-", "elasticfilesystem", "file-system/"),
];

/// Returns the resource that an entity is, of the account and region that the event is about.
fn resource(service: &str, value: &str, region: &str, account: &str) -> Option<Arn> {
    if let Ok(arn) = value.parse::<Arn>() {
        return arn.may_be_of(account, region).then_some(arn);
    }
    if !(1..=256).contains(&value.len())
        || !value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    {
        return None;
    }
    let by_id = BY_ID.iter().find(|(begins, ..)| value.starts_with(begins));
    let by_service = || BY_SERVICE.iter().find(|(name, ..)| *name == service);
    let (_, service, prefix) = by_id.or_else(by_service)?;
    Some(Arn::new(service, region, account, &format!("{prefix}{value}")))
}
