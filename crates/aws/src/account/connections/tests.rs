//! Tests the sources against services on the loopback, which answer as AWS's API references show.

use common::ports::PortErrorKind;

use super::*;
use crate::signed_http::loopback::{Loopback, ReceivedRequest};

async fn connections(
    answer: impl Fn(&ReceivedRequest) -> Option<(u16, String)> + Send + Sync + 'static,
) -> AwsConnections {
    let answer = move |asked: &ReceivedRequest| {
        answer(asked).map(|(status, body)| (status, in_its_elements(asked, body)))
    };
    AwsConnections::from_clients(&Clients::new(&Loopback::answering(answer).await.config().await))
}

/// Puts what a test writes as `<R>…</R>` into the two elements that a Query service answers in.
fn in_its_elements(asked: &ReceivedRequest, body: String) -> String {
    let Some(operation) = asked.body.strip_prefix("Action=").and_then(|rest| rest.split('&').next()) else {
        return body;
    };
    body.replace("<R>", &format!("<{operation}Response xmlns='x'><{operation}Result>"))
        .replace("</R>", &format!("</{operation}Result></{operation}Response>"))
}

fn arn(rest: &str) -> Arn {
    format!("arn:aws:{rest}").parse().unwrap()
}

/// Edges as `from kind to`, without what all ARNs of the tests begin with.
fn edges(connected: &Connected) -> Vec<String> {
    let mut edges: Vec<_> = connected
        .edges
        .iter()
        .map(|edge| format!("{} {} {}", edge.from, edge.kind.words(), edge.to).replace("arn:aws:", ""))
        .collect();
    edges.sort();
    edges.dedup();
    edges
}

fn member(kind: &str, id: &str) -> String {
    summary(kind, id)
        .replace("<member>", "<member><StackId>arn:aws:cloudformation:r:1:stack/shop/9</StackId>")
}

/// The same without its stack, as a stack's resources are listed.
fn summary(kind: &str, id: &str) -> String {
    format!(
        "<member><ResourceType>{kind}</ResourceType><PhysicalResourceId>{id}</PhysicalResourceId>\
         <ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>"
    )
}

#[tokio::test]
async fn stacks_are_asked_for_until_each_resource_has_one() {
    let port = connections(|asked| {
        let (status, body) = if asked.body.contains("PhysicalResourceId=pay") {
            let members = [
                member("AWS::Lambda::Function", "pay"),
                member("AWS::Lambda::Alias", "arn:aws:lambda:r:1:function:pay:live"),
                member("AWS::DynamoDB::Table", "orders"),
                member("AWS::IAM::Role", "role"),
            ];
            (200, format!("<R><StackResources>{}</StackResources></R>", members.concat()))
        } else if asked.body.contains("PhysicalResourceId=other") {
            let body = "<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack for other does not exist</Message></Error></ErrorResponse>";
            (400, body.to_owned())
        } else {
            (500, String::new())
        };
        Some((status, body))
    })
    .await;
    let resources = [
        "lambda:r:1:function:pay:live",
        "dynamodb:r:1:table/orders",
        "lambda:r:1:function:other",
        "kms:r:1:key/k",
    ]
    .map(arn);
    let Reading { command: query, value: found, .. } =
        port.connections(ConnectionSource::Stacks, &resources).await.unwrap();
    let stack = "cloudformation:r:1:stack/shop/9 is the stack of";
    let expected = [format!("{stack} dynamodb:r:1:table/orders"), format!("{stack} lambda:r:1:function:pay")];
    assert_eq!(edges(&found), expected);
    assert!(found.components.iter().any(|one| one.name == "shop"));
    assert_eq!(query.matches("describe-stack-resources").count(), 2, "{query}");
    assert!(found.gaps.is_empty());
}

#[tokio::test]
async fn stacks_of_more_resources_than_a_page_are_listed() {
    let port = connections(|asked| {
        let body = if asked.is("DescribeStackResources") {
            let members: Vec<_> =
                (0..100).map(|n| member("AWS::Lambda::Function", &format!("f{n}"))).collect();
            format!("<R><StackResources>{}</StackResources></R>", members.concat())
        } else if asked.body.contains("NextToken=t%2F2") {
            format!(
                "<R><StackResourceSummaries>{}</StackResourceSummaries></R>",
                summary("AWS::Lambda::Function", "z")
            )
        } else {
            let first = summary("AWS::Lambda::Function", "f0");
            format!(
                "<R><StackResourceSummaries>{first}</StackResourceSummaries><NextToken>t/2</NextToken></R>"
            )
        };
        Some((200, body))
    })
    .await;
    let look = port.connections(ConnectionSource::Stacks, &[arn("lambda:r:1:function:f0")]).await.unwrap();
    assert_eq!(edges(&look.value).len(), 2);
}

#[tokio::test]
async fn balancers_lead_to_groups_and_these_to_each_kind_of_target() {
    let balancer = "arn:aws:elasticloadbalancing:r:1:loadbalancer/app/shop/9";
    let port = connections(move |asked| {
        let group = |name: &str, kind: &str, balancer: &str| {
            format!(
                "<member><TargetGroupArn>arn:aws:elasticloadbalancing:r:1:targetgroup/{name}/1</TargetGroupArn>\
                 <TargetGroupName>{name}</TargetGroupName><TargetType>{kind}</TargetType>\
                 <LoadBalancerArns><member>{balancer}</member></LoadBalancerArns></member>"
            )
        };
        let target = |id: &str| format!("<member><Target><Id>{id}</Id><Port>80</Port></Target></member>");
        let body = if asked.is("DescribeLoadBalancers") {
            format!(
                "<R><LoadBalancers><member><LoadBalancerArn>{balancer}</LoadBalancerArn>\
                 <LoadBalancerName>shop</LoadBalancerName></member></LoadBalancers></R>"
            )
        } else if asked.is("DescribeTargetGroups") {
            let groups =
                [group("web", "instance", balancer), group("fn", "lambda", balancer), group("idle", "ip", "")];
            format!("<R><TargetGroups>{}</TargetGroups></R>", groups.concat())
        } else {
            let targets = if asked.body.contains("web") {
                [target("i-1"), target("i-1")].concat()
            } else {
                target("arn:aws:lambda:r:1:function:pay:live")
            };
            format!("<R><TargetHealthDescriptions>{targets}</TargetHealthDescriptions></R>")
        };
        Some((200, body))
    })
    .await;
    let look = port.connections(ConnectionSource::LoadBalancers, &[]).await.unwrap();
    let (lb, group) =
        ("elasticloadbalancing:r:1:loadbalancer/app/shop/9", "elasticloadbalancing:r:1:targetgroup");
    assert_eq!(
        edges(&look.value),
        [
            format!("{lb} targets {group}/fn/1"),
            format!("{lb} targets {group}/web/1"),
            format!("{group}/fn/1 targets lambda:r:1:function:pay"),
            format!("{group}/web/1 targets ec2:r:1:instance/i-1"),
        ]
    );
}

#[tokio::test]
async fn rules_start_their_targets_unless_they_are_off() {
    let port = connections(|asked| {
        let rule = |name: &str, state: &str| {
            format!(r#"{{"Name":"{name}","Arn":"arn:aws:events:r:1:rule/{name}","State":"{state}"}}"#)
        };
        Some(if asked.is("ListEventBuses") {
            (400, r#"{"__type":"AccessDeniedException"}"#.to_owned())
        } else if asked.is("ListRules") && !asked.body.contains("NextToken") {
            (
                200,
                format!(
                    r#"{{"Rules":[{},{}],"NextToken":"t"}}"#,
                    rule("on", "ENABLED"),
                    rule("off", "DISABLED")
                ),
            )
        } else if asked.is("ListRules") {
            (200, format!(r#"{{"Rules":[{}]}}"#, rule("gone", "ENABLED")))
        } else if asked.body.contains(r#""Rule":"on""#) {
            (
                200,
                r#"{"Targets":[{"Id":"1","Arn":"arn:aws:lambda:r:1:function:pay"},{"Id":"2","Arn":"?"}]}"#
                    .to_owned(),
            )
        } else {
            (400, r#"{"__type":"ResourceNotFoundException"}"#.to_owned())
        })
    })
    .await;
    let found = port.connections(ConnectionSource::Rules, &[]).await.unwrap().value;
    assert_eq!(edges(&found), ["events:r:1:rule/on triggers lambda:r:1:function:pay"]);
    let gaps: Vec<_> = found.gaps.iter().map(|gap| gap.operation.as_str()).collect();
    assert_eq!(gaps, ["ListEventBuses", "ListTargetsByRule gone"]);
}

#[tokio::test]
async fn permissions_of_functions_and_services_are_what_their_roles_name() {
    let port = connections(|asked| {
        let named = |queue: &str| {
            format!(r#"{{"Statement":{{"Effect":"Allow","Resource":"arn:aws:sqs:r:1:{queue}"}}}}"#)
        };
        let body = if asked.is("functions/pay/configuration") {
            r#"{"Role":"arn:aws:iam::1:role/path/shop"}"#.to_owned()
        } else if asked.is("DescribeServices") {
            r#"{"services":[{"taskDefinition":"arn:aws:ecs:r:1:task-definition/web:3"}]}"#.to_owned()
        } else if asked.is("DescribeTaskDefinition") {
            r#"{"taskDefinition":{"taskRoleArn":"arn:aws:iam::1:role/shop"}}"#.to_owned()
        } else if asked.is("ListRolePolicies") {
            "<R><PolicyNames><member>own</member></PolicyNames></R>".to_owned()
        } else if asked.is("ListAttachedRolePolicies") {
            let attached = |arn: &str| format!("<member><PolicyArn>{arn}</PolicyArn></member>");
            let both =
                [attached("arn:aws:iam::aws:policy/ReadOnlyAccess"), attached("arn:aws:iam::1:policy/p")];
            format!("<R><AttachedPolicies>{}</AttachedPolicies></R>", both.concat())
        } else if asked.is("GetRolePolicy") {
            format!("<R><PolicyDocument>{}</PolicyDocument></R>", named("orders"))
        } else if asked.is("GetPolicy") {
            "<R><Policy><DefaultVersionId>v2</DefaultVersionId></Policy></R>".to_owned()
        } else if asked.is("GetPolicyVersion") && asked.body.contains("VersionId=v2") {
            format!("<R><PolicyVersion><Document>{}</Document></PolicyVersion></R>", named("bills"))
        } else {
            return Some((500, asked.body.clone()));
        };
        Some((200, body))
    })
    .await;
    let users = [
        "lambda:r:1:function:pay:live",
        "lambda:r:1:function:pay",
        "ecs:r:1:service/c/web",
        "sqs:r:1:orders",
    ];
    let look = port.connections(ConnectionSource::Permissions, &users.map(arn)).await.unwrap();
    assert_eq!(
        edges(&look.value),
        [
            "ecs:r:1:service/c/web may use sqs:r:1:bills",
            "ecs:r:1:service/c/web may use sqs:r:1:orders",
            "lambda:r:1:function:pay may use sqs:r:1:bills",
            "lambda:r:1:function:pay may use sqs:r:1:orders",
        ]
    );
    assert!(look.value.edges.iter().all(|edge| edge.weak) && look.value.gaps.is_empty());
    assert_eq!(look.command.matches("--role-name shop").count(), 2);
}

#[tokio::test]
async fn source_that_is_not_permitted_is_a_denial() {
    let denied =
        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
    let port = connections(move |_| Some((403, denied.to_owned()))).await;
    for source in ConnectionSource::ALL {
        let resources = [arn("lambda:r:1:function:pay")];
        let error = port.connections(source, &resources).await.unwrap_err();
        assert_eq!(error.kind, PortErrorKind::Denied, "{source:?}");
    }
}

#[test]
fn iam_actions_of_each_source_are_its_calls() {
    for source in ConnectionSource::ALL {
        let text = match source {
            ConnectionSource::Stacks => include_str!("stacks.rs"),
            ConnectionSource::LoadBalancers => include_str!("balancers.rs"),
            ConnectionSource::Rules => include_str!("rules.rs"),
            ConnectionSource::Permissions => {
                concat!(include_str!("permissions.rs"), include_str!("../ecs.rs"))
            }
        };
        let mut called: Vec<&str> =
            text.split("Operation::").skip(1).filter_map(|call| call.split('"').nth(1)).collect();
        called.sort_unstable();
        let actions = iam_actions(source);
        let mut named: Vec<&str> =
            actions.iter().filter_map(|action| Some(action.split_once(':')?.1)).collect();
        named.sort_unstable();
        assert_eq!(named, called, "{source:?}");
        assert!(actions.is_sorted(), "{source:?}");
    }
}
