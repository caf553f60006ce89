//! Reads the events of AWS's own services, one module a source.

mod alarm;
mod codedeploy;
mod ec2;
mod ecs;
mod metric_resource;

use common::{Signal, untrusted_text::one_line};

use crate::{envelope::Envelope, no_signal::NoSignal};

/// Reads the signal in an event of one of AWS's own services. An event of a source that is not read is ignored.
pub(crate) fn parse_aws_event(envelope: &Envelope<'_>) -> Result<Signal, NoSignal> {
    match (envelope.source, envelope.detail_type) {
        ("aws.cloudwatch", "CloudWatch Alarm State Change") => alarm::parse_alarm(envelope),
        ("aws.codedeploy", "CodeDeploy Deployment State-change Notification") => {
            codedeploy::parse_codedeploy(envelope)
        }
        ("aws.ec2", "EC2 Instance State-change Notification") => ec2::parse_ec2(envelope),
        ("aws.ecs", "ECS Deployment State Change") => ecs::parse_ecs(envelope),
        (source, detail_type) => Err(NoSignal::Ignored(format!(
            "unsupported event: source {}, detail-type \"{}\"",
            one_line(source, 80),
            one_line(detail_type, 80)
        ))),
    }
}
