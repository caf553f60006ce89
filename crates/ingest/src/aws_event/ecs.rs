//! Parses events of ECS services' deployments: `ECS Deployment State Change`.

use common::{Arn, ResourceKind, Severity, Signal, SignalKind, SignalState, Symptom};

use crate::{
    envelope::{Envelope, SignalParts, labels},
    no_signal::NoSignal,
};

pub(crate) fn parse_ecs(envelope: &Envelope<'_>) -> Result<Signal, NoSignal> {
    const EVENTS: &str =
        "SERVICE_DEPLOYMENT_IN_PROGRESS, SERVICE_DEPLOYMENT_COMPLETED or SERVICE_DEPLOYMENT_FAILED";
    let detail = &envelope.detail;
    let (cluster, service) = service_of(envelope)?;
    let event_name = detail.text("eventName", EVENTS)?;
    let (state, what) = match event_name {
        "SERVICE_DEPLOYMENT_FAILED" => (SignalState::Firing, "failed"),
        // Also that of a rollback: either way the service came to a steady state.
        "SERVICE_DEPLOYMENT_COMPLETED" => (SignalState::Recovered, "completed"),
        "SERVICE_DEPLOYMENT_IN_PROGRESS" => {
            return Err(NoSignal::Ignored(format!(
                "intermediate ECS deployment state {event_name}: the final one follows as an event of its own"
            )));
        }
        _ => return Err(detail.invalid("eventName", EVENTS).into()),
    };
    Ok(envelope.signal(SignalParts {
        kind: SignalKind::EcsDeployment,
        state,
        severity: Severity::Sev3,
        title: format!("Deployment of ECS service {cluster}/{service} {what}"),
        subject: envelope.arn("ecs", &format!("service/{cluster}/{service}")),
        resources: Vec::new(),
        labels: labels([
            ("deployment_id", detail.optional_text("deploymentId")),
            ("event_name", Some(event_name)),
            ("reason", detail.optional_text("reason")),
        ]),
        metric: None,
        symptom: Symptom::EcsService { cluster, service },
        untrusted: &["labels.reason"],
    }))
}

/// Reads the service from the event's resources; the event names it nowhere else.
fn service_of(envelope: &Envelope<'_>) -> Result<(String, String), NoSignal> {
    let arn = envelope.first_resource().and_then(|text| text.parse::<Arn>().ok());
    arn.filter(|arn| arn.is_of(envelope.account, envelope.region))
        .and_then(|arn| match arn.kind() {
            ResourceKind::Service { cluster, service } if is_name(&cluster) && is_name(&service) => {
                Some((cluster, service))
            }
            _ => None,
        })
        .ok_or_else(|| {
            let expected = format!(
                "a list that begins with the service's ARN, arn:aws:ecs:{}:{}:service/<cluster>/<service>",
                envelope.region, envelope.account
            );
            envelope.invalid("resources", &expected).into()
        })
}

fn is_name(text: &str) -> bool {
    (1..=255).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
