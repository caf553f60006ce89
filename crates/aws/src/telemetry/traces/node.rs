//! X-Ray's nodes as components: which resource a node is, where its name, its type and its account
//! determine one.

use common::{Arn, endpoint::resource_behind, telemetry::CallNode};
use serde::Deserialize;

/// A node of the service graph: <https://docs.aws.amazon.com/xray/latest/api/API_Service.html>.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Service {
    pub(super) reference_id: Option<i32>,
    pub(super) name: Option<String>,
    #[serde(rename = "Type")]
    pub(super) kind: Option<String>,
    pub(super) account_id: Option<String>,
    pub(super) edges: Option<Vec<Edge>>,
}

/// A connection to the node that it refers to.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Edge {
    pub(super) reference_id: Option<i32>,
}

impl Service {
    /// A node of this type and name.
    pub(super) fn named(kind: &str, name: &str) -> Self {
        Self { kind: Some(kind.to_owned()), name: Some(name.to_owned()), ..Self::default() }
    }
}

/// The node, or `None` for what is no component: those who send the first requests.
pub(super) fn node(service: &Service, region: &str, account: &str) -> Option<CallNode> {
    let name = service.name.as_deref()?;
    let kind = service.kind.as_deref().unwrap_or("remote");
    if kind == "client" {
        return None;
    }
    let account = service.account_id.as_deref().filter(|id| !id.is_empty()).unwrap_or(account);
    let resource = resource(kind, name, region, account);
    let name = resource.as_ref().map_or_else(|| name.to_owned(), Arn::name);
    // Lambda's side of an invocation and the function's own are one component.
    let kind = if kind == "AWS::Lambda" { "AWS::Lambda::Function" } else { kind };
    Some(CallNode { name, kind: kind.to_owned(), resource })
}

/// Names in traces are the traced program's own words: one that cannot be a resource's name is none.
fn resource(kind: &str, name: &str, region: &str, account: &str) -> Option<Arn> {
    let of = |service: &str, prefix: &str, name: &str| {
        is_name(name).then(|| Arn::new(service, region, account, &format!("{prefix}{name}")))
    };
    match kind {
        "AWS::Lambda" | "AWS::Lambda::Function" => {
            of("lambda", "function:", name.split(':').next().unwrap_or(name))
        }
        "AWS::DynamoDB::Table" => of("dynamodb", "table/", name),
        "AWS::StepFunctions::StateMachine" => of("states", "stateMachine:", name),
        "AWS::Kinesis::Stream" => of("kinesis", "stream/", name),
        // A queue goes by its URL: https://sqs.<region>.amazonaws.com/<account>/<name>
        "AWS::SQS::Queue" => {
            if name.split_once("://").is_some_and(|(_, host)| !host.contains(&format!(".{region}."))) {
                return None;
            }
            let mut parts = name.rsplit('/');
            let queue = parts.next().filter(|queue| is_name(queue))?;
            let owner = parts.next().filter(|owner| owner.len() == 12 && is_digits(owner));
            Some(Arn::new("sqs", region, owner.unwrap_or(account), queue))
        }
        "AWS::SNS::Topic" => of("sns", "", name),
        "AWS::S3::Bucket" => of("s3", "", name).and_then(|arn| {
            // Buckets have neither region nor account in their ARNs.
            format!("arn:{}:s3:::{}", arn.partition(), arn.resource()).parse().ok()
        }),
        // A database goes by `name@endpoint`, a cache and most else that is called by its host.
        _ => resource_behind(name, region, account),
    }
}

fn is_name(text: &str) -> bool {
    (1..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_is_the_resource_that_its_name_and_type_determine() {
        for (kind, name, expected) in [
            ("AWS::Lambda::Function", "checkout", "lambda:@:function:checkout"),
            ("AWS::Lambda", "checkout", "lambda:@:function:checkout"),
            ("AWS::Lambda", "checkout:live", "lambda:@:function:checkout"),
            ("AWS::DynamoDB::Table", "orders", "dynamodb:@:table/orders"),
            ("AWS::StepFunctions::StateMachine", "pay", "states:@:stateMachine:pay"),
            ("AWS::Kinesis::Stream", "clicks", "kinesis:@:stream/clicks"),
            (
                "AWS::SQS::Queue",
                "https://sqs.eu-west-1.amazonaws.com/999999999999/orders",
                "sqs:eu-west-1:999999999999:orders",
            ),
            ("AWS::SQS::Queue", "orders", "sqs:@:orders"),
            ("AWS::Lambda::Function", "a b", ""),
            ("AWS::Lambda::Function", "", ""),
            ("AWS::EC2::Instance", "web", ""),
            ("remote", "api.example.com", ""),
            ("AWS::SNS::Topic", "orders", "sns:@:orders"),
            ("AWS::S3::Bucket", "originals", "s3:::originals"),
            ("remote", "originals.s3.eu-west-1.amazonaws.com", "s3:::originals"),
            ("Database::SQL", "shop@shop.c1e2x3.eu-west-1.rds.amazonaws.com", "rds:@:db:shop"),
            ("remote", "shop.c1e2x3.0001.euw1.cache.amazonaws.com", "elasticache:@:cluster:shop"),
            ("remote", "shop.c1e2x3.us-east-1.rds.amazonaws.com", ""),
        ] {
            let found = node(&Service::named(kind, name), "eu-west-1", "123456789012").unwrap();
            let expected = expected.replace('@', "eu-west-1:123456789012");
            let expected = (!expected.is_empty()).then(|| format!("arn:aws:{expected}"));
            assert_eq!(found.resource.map(|arn| arn.to_string()), expected, "{kind} {name}");
        }
    }

    #[test]
    fn node_of_a_client_is_none_and_of_another_account_is_that_accounts() {
        assert_eq!(node(&Service::named("client", "shop"), "eu-west-1", "123456789012"), None);
        let theirs =
            Service { account_id: Some("999999999999".into()), ..Service::named("AWS::Lambda", "f") };
        let found = node(&theirs, "eu-west-1", "123456789012").unwrap();
        assert_eq!(found.resource.unwrap().account(), "999999999999");
    }
}
