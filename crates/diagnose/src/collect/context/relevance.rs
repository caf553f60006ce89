//! Decides which sources of context can say anything about a scope.

use common::{
    Arn, ResourceKind,
    context_source::{ContextSource, Scope},
};

/// Returns true if the provider may find something. One that cannot is not worth its calls.
pub(crate) fn is_relevant(provider: ContextSource, scope: &Scope) -> bool {
    let of =
        |services: &[&str]| scope.resources.iter().any(|resource| services.contains(&resource.service()));
    let window = scope.from < scope.to;
    match provider {
        // What `CodeDeploy` deploys to.
        ContextSource::Deployments => window && of(&["ec2", "ecs", "lambda"]),
        ContextSource::Pipelines | ContextSource::StackEvents => window && !scope.resources.is_empty(),
        ContextSource::FunctionVersions => window && functions(scope).next().is_some(),
        // What AWS Config knows by a name that the ARN tells.
        ContextSource::ConfigurationItems => window && scope.resources.iter().any(is_recorded),
        // What traces pass through.
        ContextSource::FaultyTraces => {
            scope.incident_from < scope.to
                && of(&["apigateway", "ec2", "ecs", "elasticloadbalancing", "lambda", "sns", "sqs", "states"])
        }
        ContextSource::LogInsights => {
            scope.incident_from < scope.to && scope.most_bytes > 0 && functions(scope).next().is_some()
        }
        // What no reader of our own reads.
        ContextSource::ResourceState => of(&[
            "apigateway",
            "dynamodb",
            "elasticache",
            "elasticloadbalancing",
            "kinesis",
            "rds",
            "sns",
            "sqs",
        ]),
        ContextSource::DatabaseLoad => window && databases(scope).next().is_some(),
        ContextSource::Health | ContextSource::Quotas | ContextSource::SecurityFindings => {
            !scope.resources.is_empty()
        }
    }
}

fn is_recorded(resource: &Arn) -> bool {
    match (resource.service(), resource.kind()) {
        ("ec2", ResourceKind::Other) => resource.resource().starts_with("security-group/"),
        ("cloudwatch" | "ec2" | "ecs" | "lambda", kind) => kind != ResourceKind::Other,
        (service, _) => {
            ["dynamodb", "elasticloadbalancing", "kinesis", "s3", "secretsmanager", "sns", "sqs", "states"]
                .contains(&service)
        }
    }
}

/// Functions, and ways into them.
pub(super) fn functions(scope: &Scope) -> impl Iterator<Item = &Arn> {
    scope.resources.iter().filter(|resource| resource.function().is_some())
}

/// Database instances: a cluster has no load of its own.
pub(super) fn databases(scope: &Scope) -> impl Iterator<Item = &Arn> {
    scope.resources.iter().filter(|resource| {
        resource.service() == "rds"
            && resource.resource().strip_prefix("db:").is_some_and(|name| !name.is_empty())
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn scope(resources: &[&str]) -> Scope {
        let arn = |text: &&str| format!("arn:aws:{}", text.replace('@', "eu-west-1:123456789012"));
        Scope {
            account: "123456789012".into(),
            region: "eu-west-1".into(),
            resources: resources.iter().map(|text| arn(text).parse().unwrap()).collect(),
            from: "2026-11-20T02:00:00Z".parse().unwrap(),
            incident_from: "2026-11-20T03:00:00Z".parse().unwrap(),
            to: "2026-11-20T04:00:00Z".parse().unwrap(),
            most_bytes: 5_000_000_001,
        }
    }

    #[test]
    fn relevance_table() {
        use ContextSource::{
            ConfigurationItems, DatabaseLoad, Deployments, FaultyTraces, FunctionVersions, Health,
            LogInsights, Pipelines, Quotas, ResourceState, SecurityFindings, StackEvents,
        };
        let always = [Pipelines, StackEvents, Health, Quotas, SecurityFindings];
        for (resource, more) in [
            (
                "lambda:@:function:checkout:live",
                &[Deployments, FunctionVersions, ConfigurationItems, FaultyTraces, LogInsights][..],
            ),
            ("ecs:@:service/shop/web", &[Deployments, ConfigurationItems, FaultyTraces]),
            ("ec2:@:instance/i-1", &[Deployments, ConfigurationItems, FaultyTraces]),
            ("rds:@:db:main", &[ResourceState, DatabaseLoad]),
            ("rds:@:cluster:main", &[ResourceState]),
            ("dynamodb:@:table/orders", &[ConfigurationItems, ResourceState]),
            ("sqs:@:jobs", &[ConfigurationItems, ResourceState, FaultyTraces]),
            ("secretsmanager:@:secret:s", &[ConfigurationItems]),
            ("s3:::assets", &[ConfigurationItems]),
            ("ssm:@:parameter/limit", &[]),
            ("cloudwatch:@:alarm:errors", &[ConfigurationItems]),
        ] {
            let scope = scope(&[resource]);
            for provider in ContextSource::ALL {
                let expected = always.contains(&provider) || more.contains(&provider);
                assert_eq!(is_relevant(provider, &scope), expected, "{provider:?} of {resource}");
            }
        }
    }

    #[test]
    fn relevance_of_no_resources_no_window_or_no_bytes_is_none() {
        for provider in ContextSource::ALL {
            assert!(!is_relevant(provider, &scope(&[])), "{provider:?}");
        }
        let mut short = scope(&["lambda:@:function:checkout"]);
        short.most_bytes = 0;
        assert!(!is_relevant(ContextSource::LogInsights, &short));
        short.from = short.to;
        assert!(!is_relevant(ContextSource::Deployments, &short));
    }
}
