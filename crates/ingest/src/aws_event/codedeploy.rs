//! Parses events of CodeDeploy deployments: `CodeDeploy Deployment State-change Notification`.

use common::{Severity, Signal, SignalKind, SignalState, Symptom};

use crate::{
    envelope::{Envelope, SignalParts, labels},
    json_object::JsonObject,
    no_signal::NoSignal,
};

pub(crate) fn parse_codedeploy(envelope: &Envelope<'_>) -> Result<Signal, NoSignal> {
    const STATES: &str = "START, READY, SUCCESS, FAILURE or STOP";
    let detail = &envelope.detail;
    let application = name(detail, "application")?;
    let group = name(detail, "deploymentGroup")?;
    let state_name = detail.text("state", STATES)?;
    let (state, what) = match state_name {
        "FAILURE" => (SignalState::Firing, "failed"),
        // Somebody or an alarm stopped it: some of the group may run the old revision, some the new.
        "STOP" => (SignalState::Firing, "was stopped"),
        "SUCCESS" => (SignalState::Recovered, "succeeded"),
        "START" | "READY" => {
            return Err(NoSignal::Ignored(format!(
                "intermediate CodeDeploy deployment state {state_name}: the final one follows as an event of its own"
            )));
        }
        _ => return Err(detail.invalid("state", STATES).into()),
    };
    let deployment = detail.optional_text("deploymentId");
    Ok(envelope.signal(SignalParts {
        kind: SignalKind::CodeDeployDeployment,
        state,
        severity: Severity::Sev3,
        title: format!("Deployment {} to {application}/{group} {what}", deployment.unwrap_or_default()),
        subject: envelope.arn("codedeploy", &format!("deploymentgroup:{application}/{group}")),
        resources: vec![envelope.arn("codedeploy", &format!("application:{application}"))],
        labels: labels([
            ("codedeploy_application", Some(application)),
            ("deployment_group", Some(group)),
            ("deployment_id", deployment),
            ("deployment_state", Some(state_name)),
        ]),
        metric: None,
        symptom: Symptom::DeploymentGroup { application: application.to_owned(), group: group.to_owned() },
        untrusted: &["labels.codedeploy_application", "labels.deployment_group", "resources", "symptom"],
    }))
}

fn name<'a>(detail: &JsonObject<'a>, field: &str) -> Result<&'a str, NoSignal> {
    const EXPECTED: &str = "a name of 1 to 100 characters, no control characters, no slash";
    let name = detail.text(field, EXPECTED)?;
    // A slash would let one group's ARN be another's.
    if name.chars().count() > 100 || name.chars().any(|c| c.is_control() || c == '/') {
        return Err(detail.invalid(field, EXPECTED).into());
    }
    Ok(name)
}
