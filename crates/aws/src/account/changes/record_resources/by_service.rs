//! Names the resources of those services whose records name them in more than one parameter.

use common::{
    Arn,
    arn_scope::ArnScope::{NoAccount, Regional},
    partition::Partition,
};

use super::{
    super::event::Event,
    owner::{RecordOwner, is_name},
};

/// A stage, or the API itself. REST APIs are at `/restapis`, HTTP and WebSocket APIs at `/apis`.
pub(super) fn api(event: &Event, owner: &RecordOwner<'_>) -> Option<Arn> {
    let path = match (event.first("restApiId"), event.first("apiId")) {
        (Some(id), _) => format!("/restapis/{id}"),
        (None, Some(id)) => format!("/apis/{id}"),
        (None, None) => return None,
    };
    let stage = event.first("stageName").map(|stage| format!("/stages/{stage}"));
    owner.arn(NoAccount, "apigateway", &format!("{path}{}", stage.unwrap_or_default()))
}

/// A rule of the default bus has no bus in its ARN.
pub(super) fn rule(event: &Event, owner: &RecordOwner<'_>) -> Option<Arn> {
    let name = event.first("rule").or(event.first("name")).filter(|name| is_name(name))?;
    let bus = event.first("eventBusName");
    let bus = bus.as_deref().and_then(|bus| bus.rsplit('/').next()).filter(|bus| *bus != "default");
    let bus = bus.map(|bus| format!("{bus}/")).unwrap_or_default();
    owner.arn(Regional, "events", &format!("rule/{bus}{name}"))
}

pub(super) fn schedule(event: &Event, owner: &RecordOwner<'_>) -> Option<Arn> {
    let name = event.first("name").filter(|name| is_name(name))?;
    let group = event.first("groupName").unwrap_or_else(|| "default".to_owned());
    owner.arn(Regional, "scheduler", &format!("schedule/{group}/{name}"))
}

pub(super) fn service(event: &Event, owner: &RecordOwner<'_>) -> Option<Arn> {
    let last = |text: String| text.rsplit('/').next().map(str::to_owned);
    let name = event.first("service").or(event.first("serviceName")).and_then(last)?;
    let cluster = event.first("cluster").and_then(last).unwrap_or_else(|| "default".to_owned());
    (is_name(&name) && is_name(&cluster))
        .then(|| owner.arn(Regional, "ecs", &format!("service/{cluster}/{name}")))
        .flatten()
}

/// A function, or the alias that a write to an alias names. A name may be an ARN or the end of one.
pub(super) fn function(event: &Event, owner: &RecordOwner<'_>) -> Option<Arn> {
    let text = event.first("functionName").or_else(|| event.answered("functionArn"))?;
    if text.starts_with("arn:")
        && !text.starts_with(&format!(
            "arn:{}:lambda:{}:{}:",
            Partition::of_region(owner.region).id,
            owner.region,
            owner.account
        ))
    {
        return None;
    }
    let rest = text.split_once("function:").map_or(text.as_str(), |(_, rest)| rest);
    let name = rest.split(':').next().filter(|name| is_name(name))?;
    let alias = event.name().filter(|name| name.ends_with("Alias")).and_then(|_| event.first("name"));
    let alias = alias.filter(|alias| is_name(alias)).map(|alias| format!(":{alias}")).unwrap_or_default();
    owner.arn(Regional, "lambda", &format!("function:{name}{alias}"))
}

/// `RegisterScalableTarget` and `PutScalingPolicy` name what they scale as its service does:
/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html>.
pub(super) fn scalable_target(event: &Event, owner: &RecordOwner<'_>) -> Option<Arn> {
    let (namespace, id) = (event.first("serviceNamespace")?, event.first("resourceId")?);
    let resource = match namespace.as_str() {
        "ecs" | "lambda" | "rds" => id,
        "dynamodb" => id.split('/').take(2).collect::<Vec<_>>().join("/"),
        "elasticache" => id.replace("replication-group/", "replicationgroup:"),
        _ => return None,
    };
    owner.arn(Regional, &namespace, &resource)
}
