//! Finds the load balancers in front of a service. What a load balancer counts as errors and latency of its targets is theirs:
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>.

use std::collections::{BTreeMap, BTreeSet};

use common::{Arn, EvidenceId, telemetry::CallNode};

use crate::evidence::evidence_index::EvidenceIndex;

/// Returns the load balancers that send requests to `service` and to nothing else, with the evidence. Of one that has other
/// targets too its metrics do not tell which of them fails.
pub(crate) fn balancers_in_front_of(
    service: &Arn,
    index: &EvidenceIndex<'_>,
) -> (Vec<Arn>, BTreeSet<EvidenceId>) {
    let mut targets: BTreeMap<&Arn, BTreeSet<String>> = BTreeMap::new();
    let mut evidence: BTreeMap<&Arn, BTreeSet<EvidenceId>> = BTreeMap::new();
    let mut own: BTreeSet<String> = BTreeSet::new();
    for graph in &index.graphs {
        let resource_of: BTreeMap<String, &Arn> =
            graph.fact.nodes.iter().filter_map(|node| Some((node.id(), node.resource.as_ref()?))).collect();
        own.extend(
            graph.fact.nodes.iter().filter(|node| node.resource.as_ref() == Some(service)).map(CallNode::id),
        );
        for call in &graph.fact.calls {
            let caller = resource_of.get(&call.caller).filter(|arn| arn.service() == "elasticloadbalancing");
            if let Some(balancer) = caller {
                targets.entry(balancer).or_default().insert(call.callee.clone());
                evidence.entry(balancer).or_default().insert(graph.id.clone());
            }
        }
    }
    let alone = |callees: &BTreeSet<String>| callees.iter().all(|callee| own.contains(callee));
    let balancers: Vec<&Arn> =
        targets.iter().filter(|(_, callees)| alone(callees)).map(|(balancer, _)| *balancer).collect();
    let cited = balancers.iter().filter_map(|balancer| evidence.get(balancer)).flatten().cloned().collect();
    (balancers.into_iter().cloned().collect(), cited)
}

#[cfg(test)]
mod tests {
    use common::{
        Observed,
        telemetry::{Call, CallGraph},
    };
    use fakes::{
        sample,
        sample_evidence::{evidence, service},
    };

    use super::*;

    #[test]
    fn balancers_in_front_of_a_service_are_those_that_send_to_it_alone() {
        let balancer =
            |name: &str| sample::arn("elasticloadbalancing", &format!("loadbalancer/app/{name}/1"));
        let other = sample::arn("ecs", "service/shop/api");
        let node = |arn: &Arn| CallNode::from_resource(arn.clone(), "AWS::x");
        let call = |from: &Arn, to: &Arn| Call { caller: node(from).id(), callee: node(to).id() };
        let graph = CallGraph {
            nodes: [service(), other.clone(), balancer("own"), balancer("shared")].iter().map(node).collect(),
            calls: vec![
                call(&balancer("own"), &service()),
                call(&balancer("shared"), &service()),
                call(&balancer("shared"), &other),
                call(&other, &service()),
            ],
        };
        let seen = evidence(Observed::Connections { graph });
        let all = [seen.clone()];
        let index = EvidenceIndex::new(&all);
        assert_eq!(
            balancers_in_front_of(&service(), &index),
            (vec![balancer("own")], BTreeSet::from([seen.id]))
        );
        assert_eq!(balancers_in_front_of(&other, &index), (Vec::new(), BTreeSet::new()));
    }
}
