//! Parses events of EC2 instances: `EC2 Instance State-change Notification`.

use common::{Severity, Signal, SignalKind, SignalState, Symptom};

use crate::{
    envelope::{Envelope, SignalParts, labels},
    no_signal::NoSignal,
};

pub(crate) fn parse_ec2(envelope: &Envelope<'_>) -> Result<Signal, NoSignal> {
    const ID: &str = "an instance's id: `i-` and 8 to 17 hexadecimal digits";
    const STATES: &str = "pending, running, stopping, stopped, shutting-down or terminated";
    let detail = &envelope.detail;
    let id = detail.text("instance-id", ID)?;
    if !is_instance_id(id) {
        return Err(detail.invalid("instance-id", ID).into());
    }
    let state_name = detail.text("state", STATES)?;
    let state = match state_name {
        "stopped" | "terminated" => SignalState::Firing,
        "running" => SignalState::Recovered,
        "pending" | "stopping" | "shutting-down" => {
            return Err(NoSignal::Ignored(format!(
                "intermediate instance state {state_name}: the final one follows as an event of its own"
            )));
        }
        _ => return Err(detail.invalid("state", STATES).into()),
    };
    Ok(envelope.signal(SignalParts {
        kind: SignalKind::InstanceStateChange,
        state,
        severity: Severity::Sev3,
        title: format!("Instance {id} is {state_name}"),
        subject: envelope.arn("ec2", &format!("instance/{id}")),
        resources: Vec::new(),
        labels: labels([("instance_state", Some(state_name))]),
        metric: None,
        symptom: Symptom::Instance { id: id.to_owned() },
        untrusted: &[],
    }))
}

fn is_instance_id(text: &str) -> bool {
    text.strip_prefix("i-").is_some_and(|digits| {
        (8..=17).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
    })
}
