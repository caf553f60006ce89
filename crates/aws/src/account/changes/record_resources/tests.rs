use serde_json::json;

use super::*;

fn record(source: &str, name: &str, request: &Value, more: &Value) -> Event {
    let mut record = json!({
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "eu-west-1",
        "recipientAccountId": "123456789012",
        "requestParameters": request,
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        record[key] = value.clone();
    }
    Event::parse(&record.to_string()).unwrap()
}

fn named(source: &str, name: &str, request: &Value) -> String {
    let found = record_resources(&record(source, name, request, &json!({})));
    let texts = found
        .iter()
        .map(|arn| arn.to_string().replace("arn:aws:", "").replace("eu-west-1:123456789012", "@"));
    texts.collect::<Vec<_>>().join(" ")
}

#[test]
#[allow(clippy::too_many_lines, reason = "a line or two for each service")]
fn record_resources_of_each_service_are_named_by_its_own_parameters() {
    let balancer = "arn:aws:elasticloadbalancing:eu-west-1:123456789012";
    for (source, name, request, expected) in [
        ("s3", "PutBucketPolicy", json!({"bucketName": "b", "policy": ""}), "s3:::b"),
        ("dynamodb", "UpdateTable", json!({"tableName": "carts"}), "dynamodb:@:table/carts"),
        (
            "dynamodb",
            "UpdateTable",
            json!({"tableName": "arn:aws:dynamodb:eu-west-1:123456789012:table/carts"}),
            "dynamodb:@:table/carts",
        ),
        (
            "sqs",
            "SetQueueAttributes",
            json!({"queueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"}),
            "sqs:@:jobs",
        ),
        (
            "sns",
            "SetTopicAttributes",
            json!({"topicArn": "arn:aws:sns:eu-west-1:123456789012:paid"}),
            "sns:@:paid",
        ),
        (
            "sns",
            "SetSubscriptionAttributes",
            json!({"subscriptionArn": "arn:aws:sns:eu-west-1:123456789012:paid:0a1b"}),
            "sns:@:paid",
        ),
        ("kms", "DisableKey", json!({"keyId": "5d0c-11"}), "kms:@:key/5d0c-11"),
        ("kms", "DisableKey", json!({"keyId": "alias/shop"}), ""),
        ("iam", "DetachRolePolicy", json!({"roleName": "receipts"}), "iam::123456789012:role/receipts"),
        ("events", "DisableRule", json!({"name": "nightly"}), "events:@:rule/nightly"),
        (
            "events",
            "RemoveTargets",
            json!({"rule": "nightly", "eventBusName": "shop"}),
            "events:@:rule/shop/nightly",
        ),
        (
            "scheduler",
            "UpdateSchedule",
            json!({"name": "close", "state": "DISABLED"}),
            "scheduler:@:schedule/default/close",
        ),
        (
            "apigateway",
            "UpdateStage",
            json!({"restApiId": "a1", "stageName": "prod"}),
            "apigateway:eu-west-1::/restapis/a1/stages/prod",
        ),
        ("apigateway", "UpdateRoute", json!({"apiId": "a1"}), "apigateway:eu-west-1::/apis/a1"),
        ("ec2", "RevokeSecurityGroupIngress", json!({"groupId": "sg-1"}), "ec2:@:security-group/sg-1"),
        (
            "ec2",
            "DeleteRoute",
            json!({"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"}),
            "ec2:@:route-table/rtb-1",
        ),
        (
            "ec2",
            "DeleteNatGateway",
            json!({"DeleteNatGatewayRequest": {"NatGatewayId": "nat-1"}}),
            "ec2:@:natgateway/nat-1",
        ),
        (
            "ec2",
            "StopInstances",
            json!({"instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}}),
            "ec2:@:instance/i-1 ec2:@:instance/i-2",
        ),
        ("rds", "ModifyDBInstance", json!({"dBInstanceIdentifier": "orders"}), "rds:@:db:orders"),
        ("rds", "ModifyDBParameterGroup", json!({"dBParameterGroupName": "pg15"}), "rds:@:pg:pg15"),
        (
            "elasticache",
            "RebootCacheCluster",
            json!({"cacheClusterId": "shop-001"}),
            "elasticache:@:cluster:shop-001",
        ),
        (
            "elasticloadbalancing",
            "ModifyRule",
            json!({"ruleArn": format!("{balancer}:listener-rule/app/web/50dc/f2f7/9683")}),
            "elasticloadbalancing:@:loadbalancer/app/web/50dc",
        ),
        (
            "elasticloadbalancing",
            "DeregisterTargets",
            json!({"targetGroupArn": format!("{balancer}:targetgroup/t/1")}),
            "elasticloadbalancing:@:targetgroup/t/1",
        ),
        (
            "route53",
            "ChangeResourceRecordSets",
            json!({"hostedZoneId": "/hostedzone/Z1"}),
            "route53:::hostedzone/Z1",
        ),
        (
            "secretsmanager",
            "PutSecretValue",
            json!({"secretId": "shop/db"}),
            "secretsmanager:@:secret:shop/db",
        ),
        ("ssm", "PutParameter", json!({"name": "/shop/limit"}), "ssm:@:parameter/shop/limit"),
        (
            "lambda",
            "PutFunctionConcurrency20171031",
            json!({"functionName": "hooks"}),
            "lambda:@:function:hooks",
        ),
        (
            "lambda",
            "UpdateAlias20150331",
            json!({"functionName": "hooks", "name": "live"}),
            "lambda:@:function:hooks:live",
        ),
        (
            "ecs",
            "UpdateService",
            json!({"cluster": "arn:aws:ecs:eu-west-1:123456789012:cluster/shop", "service": "web", "taskDefinition": "web:7"}),
            "ecs:@:service/shop/web",
        ),
        (
            "application-autoscaling",
            "RegisterScalableTarget",
            json!({"serviceNamespace": "dynamodb", "resourceId": "table/carts/index/by-day"}),
            "dynamodb:@:table/carts",
        ),
        (
            "states",
            "UpdateStateMachine",
            json!({"stateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:pay", "roleArn": "arn:aws:iam::123456789012:role/r"}),
            "states:@:stateMachine:pay",
        ),
        (
            "acm",
            "DeleteCertificate",
            json!({"certificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/1"}),
            "acm:@:certificate/1",
        ),
        (
            "wafv2",
            "AssociateWebACL",
            json!({"webACLArn": "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/w/1", "resourceArn": format!("{balancer}:loadbalancer/app/web/50dc")}),
            "elasticloadbalancing:@:loadbalancer/app/web/50dc wafv2:@:regional/webacl/w/1",
        ),
        ("dynamodb", "UpdateTable", json!({"tableName": "a b"}), ""),
        ("dynamodb", "UpdateTable", json!(null), ""),
        ("somethingnew", "Update", json!({"name": "x"}), ""),
    ] {
        assert_eq!(named(source, name, &request), expected, "{source} {name} {request}");
    }
}

#[test]
fn record_resources_lists_what_the_record_lists_and_nothing_of_another_account() {
    let listed = json!({"resources": [{"ARN": "arn:aws:kms:eu-west-1:123456789012:key/1"}]});
    let found = record_resources(&record("kms", "DisableKey", &json!({}), &listed));
    assert_eq!(found.len(), 1);
    let theirs = "arn:aws:dynamodb:eu-west-1:999999999999:table/carts";
    assert_eq!(named("dynamodb", "UpdateTable", &json!({"tableName": theirs})), "");
    let elsewhere = json!({"functionName": "arn:aws:lambda:us-east-1:123456789012:function:f"});
    assert_eq!(named("lambda", "UpdateFunctionCode20150331v2", &elsewhere), "");
    let nobodys = json!({"recipientAccountId": null});
    assert!(
        record_resources(&record("s3", "PutBucketPolicy", &json!({"bucketName": "b"}), &nobodys)).is_empty()
    );
}

#[test]
fn is_same_of_a_part_of_a_path_and_of_a_suffix() {
    for (named, resource, expected) in [
        ("dynamodb:r:1:table/carts/index/by-day", "dynamodb:r:1:table/carts", true),
        ("dynamodb:r:1:table/carts2", "dynamodb:r:1:table/carts", false),
        ("apigateway:r::/restapis/a1/stages/prod", "apigateway:r::/restapis/a1", true),
        ("apigateway:r::/restapis/a1", "apigateway:r::/restapis/a1/stages/prod", false),
        ("iam::1:role/receipts", "iam::1:role/service-role/receipts", true),
        ("iam::1:role/receipts", "iam::1:user/receipts", false),
        ("iam::1:role/receipts", "iam::2:role/receipts", false),
        ("secretsmanager:r:1:secret:shop/db", "secretsmanager:r:1:secret:shop/db-AbCdEf", true),
        ("secretsmanager:r:1:secret:shop/db", "secretsmanager:r:1:secret:shop/db-replica", false),
        (
            "autoscaling:r:1:autoScalingGroup:*:autoScalingGroupName/web",
            "autoscaling:r:1:autoScalingGroup:0a1b:autoScalingGroupName/web",
            true,
        ),
        ("logs:r:1:log-group:/aws/lambda/f", "logs:r:1:log-group:/aws/lambda/f:*", true),
    ] {
        let arn = |text: &str| format!("arn:aws:{text}").parse::<Arn>().unwrap();
        assert_eq!(is_same(&arn(named), &arn(resource)), expected, "{named} {resource}");
    }
}
