//! Reads load balancers, their target groups, and the targets that are registered there. Which balancers lead
//! to a group the group itself says, whether a listener or one of its rules does.

use common::{
    Arn,
    ports::{ConnectionSource, PortError, Reading},
    topology::{Component, Connected, EdgeKind},
};

use super::{cut, describe, each, some_of};
use crate::{
    cli_command::aws,
    signed_http::{
        Input, Operation, SignedClient,
        services::ELASTIC_LOAD_BALANCING,
        xml::{child, child_text, document, members, text_below},
    },
};

const BALANCERS: Operation = Operation::new(&ELASTIC_LOAD_BALANCING, "DescribeLoadBalancers");
const GROUPS: Operation = Operation::new(&ELASTIC_LOAD_BALANCING, "DescribeTargetGroups");
const TARGETS: Operation = Operation::new(&ELASTIC_LOAD_BALANCING, "DescribeTargetHealth");
pub(super) const IAM: &[&str] = &[
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
];

/// Pages of four hundred.
const MOST_PAGES: usize = 5;
/// Most groups whose targets are read, a call each.
const MOST_GROUPS: usize = 100;
/// Most targets of one group that are kept.
const MOST_TARGETS: usize = 100;

#[derive(Debug, PartialEq, Eq)]
struct TargetGroup {
    it: Component,
    arn: Arn,
    /// `instance`, `ip`, `lambda` or `alb`.
    targets: String,
    balancers: Vec<Arn>,
}

pub(super) async fn read_load_balancers(client: &SignedClient) -> Result<Reading<Connected>, PortError> {
    let mut connected = Connected::from_source(ConnectionSource::LoadBalancers);
    let balancers = pages(client, &BALANCERS, balancers, &mut connected).await?;
    let mut groups = pages(client, &GROUPS, groups, &mut connected).await?;
    // A group that no balancer leads to gets no requests.
    groups.retain(|group| !group.balancers.is_empty());
    cut(&mut groups, MOST_GROUPS, "target groups", &mut connected);
    let read = each(groups, async |group: TargetGroup| {
        let arn = group.arn.to_string();
        let input = Input::new(&arn).pair("TargetGroupArn", arn.as_str());
        let answer = client.text(&TARGETS, &input).await?;
        Ok((targets(&answer, &group)?, group))
    })
    .await;
    for (mut targets, group) in some_of(read, &mut connected)? {
        for arn in &group.balancers {
            let balancer = balancers.iter().find(|one| one.resource.as_ref() == Some(arn)).cloned();
            let balancer = balancer.unwrap_or_else(|| Component::from_resource(arn.clone(), BALANCER));
            connected.connect(balancer, EdgeKind::Targets, group.it.clone());
        }
        cut(&mut targets, MOST_TARGETS, &format!("targets of {}", group.it.name), &mut connected);
        for target in targets {
            connected.connect(group.it.clone(), EdgeKind::Targets, target);
        }
    }
    connected.components.extend(balancers);
    let queries = ["describe-load-balancers", "describe-target-groups", "describe-target-health"];
    let query = queries.map(|command| aws(["elbv2", command])).join("; ");
    Ok(Reading::new(query, connected))
}

const BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
const GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";

async fn pages<T>(
    client: &SignedClient,
    operation: &Operation,
    read: impl Fn(&str) -> Result<(Vec<T>, Option<String>), PortError>,
    connected: &mut Connected,
) -> Result<Vec<T>, PortError> {
    let mut found = Vec::new();
    let mut marker: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let input = Input::new("").pair("PageSize", "400").page("Marker", marker.as_deref());
        let (some, next) = read(&client.text(operation, &input).await?)?;
        found.extend(some);
        marker = next;
        if marker.is_none() {
            return Ok(found);
        }
    }
    connected.gap(operation.name(), &format!("there are more than {MOST_PAGES} pages"));
    Ok(found)
}

fn balancers(answer: &str) -> Result<(Vec<Component>, Option<String>), PortError> {
    let document = document(answer, BALANCERS.name())?;
    let balancer = |node| {
        let arn: Arn = child_text(node, "LoadBalancerArn")?.parse().ok()?;
        let name = child_text(node, "LoadBalancerName")?.to_owned();
        Some(Component { name, ..Component::from_resource(arn, BALANCER) })
    };
    let found = members(document.root(), "LoadBalancers").into_iter().filter_map(balancer).collect();
    Ok((found, text_below(document.root(), "NextMarker").map(str::to_owned)))
}

fn groups(answer: &str) -> Result<(Vec<TargetGroup>, Option<String>), PortError> {
    let document = document(answer, GROUPS.name())?;
    let group = |node| {
        let arn: Arn = child_text(node, "TargetGroupArn")?.parse().ok()?;
        let name = child_text(node, "TargetGroupName")?.to_owned();
        let balancers = members(node, "LoadBalancerArns").into_iter();
        Some(TargetGroup {
            it: Component { name, ..Component::from_resource(arn.clone(), GROUP) },
            arn,
            targets: child_text(node, "TargetType").unwrap_or("instance").to_owned(),
            balancers: balancers.filter_map(|arn| arn.text()?.trim().parse().ok()).collect(),
        })
    };
    let found = members(document.root(), "TargetGroups").into_iter().filter_map(group).collect();
    Ok((found, text_below(document.root(), "NextMarker").map(str::to_owned)))
}

fn targets(answer: &str, group: &TargetGroup) -> Result<Vec<Component>, PortError> {
    let document = document(answer, TARGETS.name())?;
    let target = |node: roxmltree::Node<'_, '_>| {
        let target = child(node, "Target")?;
        let id = child_text(target, "Id")?;
        Some(match group.targets.as_str() {
            "instance" => {
                let (region, account) = (group.arn.region(), group.arn.account());
                describe::component(&Arn::new("ec2", region, account, &format!("instance/{id}")))
            }
            "ip" => Component::named(id, "ip address"),
            "alb" => Component::from_resource(id.parse().ok()?, BALANCER),
            _ => describe::component(&id.parse().ok()?),
        })
    };
    let mut found: Vec<Component> =
        members(document.root(), "TargetHealthDescriptions").into_iter().filter_map(target).collect();
    // A target on several ports is there several times.
    found.sort();
    found.dedup();
    Ok(found)
}
