//! Finds what a function uses by its configuration: its role, its network, its keys, and the data stores that its
//! environment names by endpoint, ARN or name. The environment's values go no further.

use std::collections::BTreeSet;

use common::{Arn, endpoint::resource_behind};

use super::environment::is_named;
use crate::account::function_configuration::FunctionConfiguration;

/// Returns what the configuration of `function` names, of its own account and region. Of `known` a bare name is enough.
pub(super) fn used_by(function: &Arn, configuration: &FunctionConfiguration, known: &[Arn]) -> BTreeSet<Arn> {
    let (region, account) = (function.region(), function.account());
    let queue_of_failures = configuration.dead_letter_config.as_ref().map(|queue| &queue.target_arn);
    let single = [Some(&configuration.role), Some(&configuration.kms_key_arn), queue_of_failures];
    let mut texts: Vec<&str> = single.into_iter().flatten().filter_map(Option::as_deref).collect();
    let file_systems = configuration.file_system_configs.iter().flatten();
    texts.extend(file_systems.filter_map(|file_system| file_system.arn.as_deref()));
    let values = configuration.environment_values();
    texts.extend(&values);
    let network = configuration.vpc_config.as_ref();
    let groups = network.and_then(|network| network.security_group_ids.as_deref()).unwrap_or_default();
    let groups = groups.iter().map(|id| Arn::new("ec2", region, account, &format!("security-group/{id}")));
    let named = texts.into_iter().filter_map(|text| {
        text.parse::<Arn>().ok().or_else(|| resource_behind(text, region, account)).or_else(|| queue(text))
    });
    let by_name = known.iter().filter(|arn| is_named(&values, arn)).cloned();
    let all = named.chain(groups).chain(by_name);
    all.filter(|arn| arn.may_be_of(account, region) && arn.component() != function.component()).collect()
}

/// `https://sqs.<region>.amazonaws.com/<account>/<name>`
fn queue(text: &str) -> Option<Arn> {
    let rest = text.strip_prefix("https://sqs.")?;
    let (host, path) = rest.split_once('/')?;
    let (account, name) = path.split_once('/')?;
    format!("arn:aws:sqs:{}:{account}:{name}", host.split('.').next()?).parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::signed_http::garbled::garbled;

    fn arn(text: &str) -> Arn {
        format!("arn:aws:{}", text.replace('@', "eu-west-1:123456789012")).parse().unwrap()
    }

    fn parse(configuration: Value) -> FunctionConfiguration {
        serde_json::from_value(configuration).unwrap()
    }

    fn used(value: &str, known: &[Arn]) -> Vec<String> {
        let configuration = parse(json!({"Environment": {"Variables": {"X": value}}}));
        used_by(&arn("lambda:@:function:f"), &configuration, known).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn used_by_environment_names_stores_by_endpoint_arn_url_and_known_name() {
        let known = [arn("dynamodb:@:table/carts"), arn("s3:::originals")];
        for (value, expected) in [
            ("postgres://app:x@orders.c9ak.eu-west-1.rds.amazonaws.com:5432/shop", "rds:@:db:orders"),
            ("shop.c1e2x3.0001.euw1.cache.amazonaws.com:6379", "elasticache:@:cluster:shop"),
            ("https://sqs.eu-west-1.amazonaws.com/123456789012/jobs", "sqs:@:jobs"),
            ("https://sqs.eu-west-1.amazonaws.com/999999999999/jobs", ""),
            ("arn:aws:sns:eu-west-1:123456789012:paid", "sns:@:paid"),
            ("arn:aws:sns:eu-west-1:999999999999:paid", ""),
            ("carts", "dynamodb:@:table/carts"),
            ("originals", "s3:::originals"),
            ("carts2", ""),
            ("production", ""),
        ] {
            let expected: Vec<String> =
                if expected.is_empty() { Vec::new() } else { vec![arn(expected).to_string()] };
            assert_eq!(used(value, &known), expected, "{value}");
        }
    }

    #[test]
    fn used_by_role_and_network_are_told() {
        let configuration = parse(json!({
            "Role": "arn:aws:iam::123456789012:role/service-role/receipts",
            "VpcConfig": {"SecurityGroupIds": ["sg-1"], "SubnetIds": []},
        }));
        let found = used_by(&arn("lambda:@:function:f"), &configuration, &[]);
        let expected = ["ec2:@:security-group/sg-1", "iam::123456789012:role/service-role/receipts"];
        assert_eq!(found, expected.map(arn).into());
    }

    fn recorded() -> Value {
        json!({
            "FunctionName": "f",
            "Role": "arn:aws:iam::123456789012:role/f",
            "KMSKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/k",
            "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:eu-west-1:123456789012:dead"},
            "FileSystemConfigs": [{
                "Arn": "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-1",
                "LocalMountPath": "/mnt/x",
            }],
            "VpcConfig": {"SecurityGroupIds": ["sg-1"], "SubnetIds": ["subnet-1"], "VpcId": "vpc-1"},
            "Environment": {"Variables": {"TABLE": "carts", "PASSWORD": "swordfish"}},
        })
    }

    #[test]
    fn used_by_every_setting_that_names_a_resource() {
        let known = [arn("dynamodb:@:table/carts")];
        let found = used_by(&arn("lambda:@:function:f"), &parse(recorded()), &known);
        let expected = [
            "dynamodb:@:table/carts",
            "ec2:@:security-group/sg-1",
            "elasticfilesystem:@:access-point/fsap-1",
            "iam::123456789012:role/f",
            "kms:@:key/k",
            "sqs:@:dead",
        ];
        assert_eq!(found, expected.map(arn).into());
    }

    proptest! {
        #[test]
        fn used_by_any_answer_are_resources_of_the_account_or_none(answer in garbled(recorded())) {
            if let Ok(configuration) = serde_json::from_value::<FunctionConfiguration>(answer) {
                let found = used_by(&arn("lambda:@:function:f"), &configuration, &[]);
                prop_assert!(found.iter().all(|arn| arn.may_be_of("123456789012", "eu-west-1")));
            }
        }
    }
}
