//! Gives the short names by which the engine, and its sentences, call components. No two components share
//! one.

use std::collections::BTreeMap;

use common::{Arn, telemetry::CallNode};

/// The names of components, and the resource that each stands for.
#[derive(Debug, Default)]
pub struct ComponentNames {
    names: BTreeMap<String, String>,
    by_name: BTreeMap<String, Option<Arn>>,
}

impl ComponentNames {
    /// Names each node. Two that bear the same name are told apart by their kind, and where that is
    /// the same too, by their id.
    pub fn new<'a>(nodes: impl IntoIterator<Item = &'a CallNode>) -> Self {
        let nodes: BTreeMap<String, &CallNode> = nodes.into_iter().map(|node| (node.id(), node)).collect();
        let with_kind = |node: &CallNode| {
            let kind = node.resource.as_ref().map_or(node.kind.as_str(), Arn::service);
            format!("{} ({kind})", node.name)
        };
        let alone = |named: &dyn Fn(&CallNode) -> String, name: &str| {
            nodes.values().filter(|node| named(node) == name).count() == 1
        };
        let plain = |node: &CallNode| node.name.clone();
        let mut all = Self::default();
        for (id, node) in &nodes {
            let name = if alone(&plain, &node.name) {
                node.name.clone()
            } else if alone(&with_kind, &with_kind(node)) {
                with_kind(node)
            } else {
                id.clone()
            };
            all.by_name.insert(name.clone(), node.resource.clone());
            all.names.insert(id.clone(), name);
        }
        all
    }

    /// Returns the name of the component with this id; the id itself where it is not known.
    pub fn name(&self, id: &str) -> String {
        self.names.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    /// Returns the names that stand for resources, with what they stand for.
    pub fn resources(&self) -> impl Iterator<Item = (&str, &Arn)> {
        self.by_name.iter().filter_map(|(name, resource)| Some((name.as_str(), resource.as_ref()?)))
    }

    /// Returns the resource of this name; `None` where the name is unknown or no resource of the account.
    pub fn resource(&self, name: &str) -> Option<&Arn> {
        self.by_name.get(name)?.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::*;

    #[test]
    fn name_is_short_and_of_one_component_only() {
        let function =
            CallNode::from_resource(sample::arn("lambda", "function:orders"), "AWS::Lambda::Function");
        let queue = CallNode::from_resource(sample::arn("sqs", "orders"), "event source");
        let pay = CallNode::from_resource(sample::arn("lambda", "function:pay"), "AWS::Lambda::Function");
        let remote =
            |name: &str| CallNode { name: name.to_owned(), kind: "remote".to_owned(), resource: None };
        let nodes = [function.clone(), queue.clone(), pay.clone(), remote("bank"), function.clone()];
        let components = ComponentNames::new(&nodes);
        assert_eq!(components.name(&function.id()), "orders (lambda)");
        assert_eq!(components.name(&queue.id()), "orders (sqs)");
        assert_eq!(components.name(&pay.id()), "pay");
        assert_eq!(components.name("remote bank"), "bank");
        assert_eq!(components.resource("orders (sqs)"), queue.resource.as_ref());
        assert_eq!(components.resource("bank"), None);
    }
}
