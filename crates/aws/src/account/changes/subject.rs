//! Matches CloudTrail records to resources. Each service names its own in its own way, by
//! name or by ARN, and few records carry `resources`.

use common::{Arn, ResourceKind};
use serde_json::Value;

use super::{
    event::Event,
    record_resources::{is_same, record_resources},
};

/// Tells whether the record is about the resource.
pub(super) fn is_about(event: &Event, resource: &Arn) -> bool {
    // Names say nothing about another region's resources. Records of global services have one too.
    if event
        .text("/awsRegion")
        .is_some_and(|region| !resource.region().is_empty() && region != resource.region())
    {
        return false;
    }
    // Nor about another account's: a record that two accounts share is in the trail of each.
    if event
        .text("/recipientAccountId")
        .is_some_and(|account| !resource.account().is_empty() && account != resource.account())
    {
        return false;
    }
    let arn = resource.to_string();
    if strings(event.list("/resources"), "ARN").any(|named| named == arn) {
        return true;
    }
    let Some(source) = event.text("/eventSource") else {
        return false;
    };
    match (resource.kind(), source) {
        (ResourceKind::Parameter { name }, "ssm.amazonaws.com") => is_parameter(event, &arn, &name),
        (ResourceKind::Function { .. }, "lambda.amazonaws.com") => is_function(event, resource),
        (ResourceKind::FunctionAlias { alias, .. }, "lambda.amazonaws.com") => {
            is_alias(event, resource, &alias)
        }
        (ResourceKind::Instance { id }, "ec2.amazonaws.com") => is_instance(event, &id),
        (ResourceKind::Service { cluster, service }, "ecs.amazonaws.com") => {
            is_service(event, resource, &cluster, &service)
        }
        (ResourceKind::Alarm { name }, "monitoring.amazonaws.com") => {
            event.text("/requestParameters/alarmName") == Some(&name)
                || texts(event.list("/requestParameters/alarmNames")).any(|named| named == name)
        }
        (ResourceKind::Other, _) => record_resources(event).iter().any(|named| is_same(named, resource)),
        _ => false,
    }
}

/// The alias that a record writes to, where it is one of `function`'s: nobody else tells that it is there.
pub(super) fn alias_of(event: &Event, function: &Arn) -> Option<Arn> {
    let ResourceKind::Function { .. } = function.kind() else { return None };
    let alias = event.text("/requestParameters/name").filter(|alias| is_alias_name(alias))?;
    let arn: Arn = format!("{function}:{alias}").parse().ok()?;
    let of_lambda = event.text("/eventSource") == Some("lambda.amazonaws.com");
    let here = event.text("/awsRegion").is_none_or(|region| region == function.region());
    (of_lambda && here && is_alias(event, function, alias) && writes_alias(event)).then_some(arn)
}

fn is_alias_name(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

fn writes_alias(event: &Event) -> bool {
    event.name().is_some_and(|name| name.ends_with("Alias"))
}

fn texts(list: &[Value]) -> impl Iterator<Item = &str> {
    list.iter().filter_map(Value::as_str)
}

fn strings<'a>(list: &'a [Value], key: &'a str) -> impl Iterator<Item = &'a str> {
    list.iter().filter_map(move |item| item.get(key).and_then(Value::as_str))
}

fn is_parameter(event: &Event, arn: &str, name: &str) -> bool {
    // A parameter at the root is the same with and without its slash.
    let plain = |text: &str| text.trim_start_matches('/').to_owned();
    event
        .text("/requestParameters/name")
        .into_iter()
        .chain(texts(event.list("/requestParameters/names")))
        .any(|named| named == arn || plain(named) == plain(name))
}

/// A function as a request names it.
struct NamedFunction<'a> {
    /// None where the request names the function by its name alone: then it is the caller's own account.
    account: Option<&'a str>,
    region: Option<&'a str>,
    name: &'a str,
    qualifier: Option<&'a str>,
}

impl<'a> NamedFunction<'a> {
    /// Reads `name`, `name:qualifier`, `account:function:name` or an ARN, each of the last two with or without a
    /// qualifier: <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html>.
    fn parse(text: &'a str) -> Self {
        let (owner, rest) = match text.split_once("function:") {
            Some((owner, rest)) => (owner.trim_end_matches(':'), rest),
            None => ("", text),
        };
        let (name, qualifier) = rest.split_once(':').map_or((rest, None), |(name, of)| (name, Some(of)));
        let mut owner = owner.rsplit(':').filter(|part| !part.is_empty());
        Self { account: owner.next(), region: owner.next(), name, qualifier }
    }

    /// Returns true if it is `resource`, or the function that `resource` is an alias of.
    fn is(&self, resource: &Arn) -> bool {
        resource.function().is_some_and(|function| function.name() == self.name)
            && self.account.is_none_or(|account| account == resource.account())
            && self.region.is_none_or(|region| region == resource.region())
    }
}

fn named_function(event: &Event) -> Option<NamedFunction<'_>> {
    event.text("/requestParameters/functionName").map(NamedFunction::parse)
}

fn is_function(event: &Event, function: &Arn) -> bool {
    // A write to an alias is none to the function.
    !writes_alias(event) && named_function(event).is_some_and(|named| named.is(function))
}

/// `resource` is the alias, or its function.
fn is_alias(event: &Event, resource: &Arn, alias: &str) -> bool {
    let Some(named) = named_function(event) else {
        return false;
    };
    named.is(resource)
        && if writes_alias(event) {
            event.text("/requestParameters/name") == Some(alias)
        } else {
            named.qualifier.or(event.text("/requestParameters/qualifier")) == Some(alias)
        }
}

fn is_instance(event: &Event, id: &str) -> bool {
    event.text("/requestParameters/instanceId") == Some(id)
        || ["/requestParameters/instancesSet/items", "/responseElements/instancesSet/items"]
            .iter()
            .any(|list| strings(event.list(list), "instanceId").any(|named| named == id))
}

fn is_service(event: &Event, resource: &Arn, cluster: &str, service: &str) -> bool {
    // A name, or an ARN; of another account's or region's nothing is left.
    let last = |named: &str| match named.parse::<Arn>() {
        Ok(arn) if !arn.is_of(resource.account(), resource.region()) => String::new(),
        _ => named.rsplit('/').next().unwrap_or(named).to_owned(),
    };
    let in_cluster = event.text("/requestParameters/cluster").map_or("default".to_owned(), last) == cluster;
    in_cluster
        && ["/requestParameters/service", "/requestParameters/serviceName"]
            .iter()
            .filter_map(|field| event.text(field))
            .any(|named| last(named) == service)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn about(source: &str, name: &str, parameters: &Value, resource: &str) -> bool {
        let event = json!({
            "eventSource": source,
            "eventName": name,
            "awsRegion": "eu-west-1",
            "requestParameters": parameters,
        });
        let arn: Arn = format!("arn:aws:{resource}").replace('@', "eu-west-1:123456789012").parse().unwrap();
        is_about(&Event::parse(&event.to_string()).unwrap(), &arn)
    }

    const SSM: &str = "ssm.amazonaws.com";
    const LAMBDA: &str = "lambda.amazonaws.com";
    const EC2: &str = "ec2.amazonaws.com";
    const ECS: &str = "ecs.amazonaws.com";

    #[test]
    fn subject_parameter_by_name_names_or_arn() {
        let limit = "ssm:@:parameter/shop/limit";
        let arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/limit";
        for (name, parameters, resource, expected) in [
            ("PutParameter", json!({"name": "/shop/limit"}), limit, true),
            ("PutParameter", json!({"name": arn}), limit, true),
            ("PutParameter", json!({"name": "/shop/limit2"}), limit, false),
            ("PutParameter", json!({"name": "limit"}), "ssm:@:parameter/limit", true),
            ("PutParameter", json!({"name": "/limit"}), "ssm:@:parameter/limit", true),
            ("DeleteParameters", json!({"names": ["/a", "/shop/limit"]}), limit, true),
            ("PutParameter", json!({"name": "i-2"}), "ec2:@:instance/i-2", false),
            ("PutParameter", json!(null), limit, false),
        ] {
            assert_eq!(about(SSM, name, &parameters, resource), expected, "{name} {parameters}");
        }
    }

    #[test]
    fn subject_function_and_alias_are_told_apart() {
        let (function, live) = ("lambda:@:function:checkout", "lambda:@:function:checkout:live");
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:checkout";
        let partial = "123456789012:function:checkout";
        for (name, parameters, resource, expected) in [
            ("UpdateAlias20150331", json!({"functionName": "checkout", "name": "live"}), live, true),
            ("UpdateAlias20150331", json!({"functionName": arn, "name": "live"}), live, true),
            ("UpdateAlias20150331", json!({"functionName": partial, "name": "live"}), live, true),
            ("UpdateAlias20150331", json!({"functionName": "checkout", "name": "test"}), live, false),
            ("UpdateAlias20150331", json!({"functionName": "other", "name": "live"}), live, false),
            ("UpdateAlias20150331", json!({"functionName": "checkout", "name": "live"}), function, false),
            ("UpdateFunctionCode20150331v2", json!({"functionName": arn}), function, true),
            ("UpdateFunctionCode20150331v2", json!({"functionName": arn}), live, false),
            ("PutConcurrency", json!({"functionName": "checkout", "qualifier": "live"}), live, true),
        ] {
            assert_eq!(about(LAMBDA, name, &parameters, resource), expected, "{name} {parameters}");
        }
    }

    #[test]
    fn subject_of_another_account_is_another() {
        let (function, live) = ("lambda:@:function:checkout", "lambda:@:function:checkout:live");
        let foreign = "arn:aws:lambda:eu-west-1:999999999999:function:checkout";
        let partial = "999999999999:function:checkout";
        let elsewhere = "arn:aws:lambda:us-east-1:123456789012:function:checkout";
        for named in [foreign, partial, elsewhere] {
            let of_alias = json!({"functionName": named, "name": "live"});
            assert!(!about(LAMBDA, "UpdateAlias20150331", &of_alias, live), "{named}");
            let of_code = json!({"functionName": named});
            assert!(!about(LAMBDA, "UpdateFunctionCode20150331v2", &of_code, function), "{named}");
        }
        let own_cluster = "shop";
        for (cluster, service) in [
            ("arn:aws:ecs:eu-west-1:999999999999:cluster/shop", "web"),
            (own_cluster, "arn:aws:ecs:eu-west-1:999999999999:service/shop/web"),
        ] {
            let parameters = json!({"cluster": cluster, "service": service});
            assert!(!about(ECS, "UpdateService", &parameters, "ecs:@:service/shop/web"), "{parameters}");
        }
        let event = json!({
            "eventSource": EC2, "eventName": "StopInstances", "awsRegion": "eu-west-1",
            "recipientAccountId": "999999999999", "requestParameters": {"instanceId": "i-1"},
        });
        let instance: Arn = "arn:aws:ec2:eu-west-1:123456789012:instance/i-1".parse().unwrap();
        assert!(!is_about(&Event::parse(&event.to_string()).unwrap(), &instance));
    }

    #[test]
    fn alias_of_a_function_is_the_one_that_a_write_to_an_alias_names() {
        let function: Arn = "arn:aws:lambda:eu-west-1:123456789012:function:checkout".parse().unwrap();
        let found = |name: &str, parameters: &Value| {
            let event = json!({
                "eventSource": LAMBDA,
                "eventName": name,
                "awsRegion": "eu-west-1",
                "requestParameters": parameters,
            });
            alias_of(&Event::parse(&event.to_string()).unwrap(), &function).map(|arn| arn.name())
        };
        let live = json!({"functionName": "checkout", "name": "live"});
        assert_eq!(found("UpdateAlias20150331", &live).as_deref(), Some("checkout:live"));
        assert_eq!(found("CreateAlias20150331", &live).as_deref(), Some("checkout:live"));
        for (name, parameters) in [
            ("UpdateFunctionCode20150331v2", live),
            ("UpdateAlias20150331", json!({"functionName": "other", "name": "live"})),
            ("UpdateAlias20150331", json!({"functionName": "checkout", "name": "a:b"})),
            ("UpdateAlias20150331", json!({"functionName": "checkout"})),
        ] {
            assert_eq!(found(name, &parameters), None, "{name} {parameters}");
        }
    }

    #[test]
    fn subject_instance_in_a_set_or_alone() {
        let set = |ids: &[&str]| {
            let items: Vec<_> = ids.iter().map(|id| json!({"instanceId": id})).collect();
            json!({"instancesSet": {"items": items}})
        };
        for (name, parameters, expected) in [
            ("StopInstances", set(&["i-1", "i-2"]), true),
            ("StopInstances", set(&["i-1"]), false),
            ("ModifyInstanceAttribute", json!({"instanceId": "i-2"}), true),
        ] {
            assert_eq!(about(EC2, name, &parameters, "ec2:@:instance/i-2"), expected, "{name} {parameters}");
        }
    }

    #[test]
    fn subject_service_of_its_cluster() {
        let cluster = "arn:aws:ecs:eu-west-1:123456789012:cluster/shop";
        let service = "arn:aws:ecs:eu-west-1:123456789012:service/shop/web";
        for (name, parameters, resource, expected) in [
            ("UpdateService", json!({"cluster": "shop", "service": "web"}), "ecs:@:service/shop/web", true),
            (
                "UpdateService",
                json!({"cluster": cluster, "service": service}),
                "ecs:@:service/shop/web",
                true,
            ),
            (
                "CreateService",
                json!({"cluster": "shop", "serviceName": "web"}),
                "ecs:@:service/shop/web",
                true,
            ),
            ("UpdateService", json!({"service": "web"}), "ecs:@:service/default/web", true),
            ("UpdateService", json!({"cluster": "other", "service": "web"}), "ecs:@:service/shop/web", false),
        ] {
            assert_eq!(about(ECS, name, &parameters, resource), expected, "{name} {parameters}");
        }
    }

    #[test]
    fn subject_alarm_by_name() {
        let parameters = json!({"alarmName": "a"});
        assert!(about("monitoring.amazonaws.com", "PutMetricAlarm", &parameters, "cloudwatch:@:alarm:a"));
    }

    #[test]
    fn subject_of_another_region_is_another() {
        let parameters = json!({"name": "/shop/limit"});
        assert!(!about(
            "ssm.amazonaws.com",
            "PutParameter",
            &parameters,
            "ssm:us-east-1:123456789012:parameter/shop/limit"
        ));
    }

    #[test]
    fn subject_by_the_records_own_resources() {
        let event = json!({"resources": [{"ARN": "arn:aws:s3:::bucket"}]});
        assert!(is_about(
            &Event::parse(&event.to_string()).unwrap(),
            &"arn:aws:s3:::bucket".parse().unwrap()
        ));
    }
}
