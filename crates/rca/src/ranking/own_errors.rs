//! Tells an error of a program's own from one that it has with another.

use crate::{ranking::call_graph::CallGraph, series::metric_kind::metric_words};

/// Words of errors that a program has because it waits for another, or cannot reach it.
const OF_OTHERS: [&str; 26] = [
    "timeout",
    "timeouts",
    "timed",
    "timedout",
    "deadline",
    "elapsed",
    "wait",
    "waited",
    "waiting",
    "slow",
    "took",
    "connect",
    "connection",
    "connections",
    "socket",
    "host",
    "upstream",
    "downstream",
    "dependency",
    "remote",
    "gateway",
    "unavailable",
    "unreachable",
    "refused",
    "reset",
    "retries",
];

/// Returns true for a template of `component` that speaks of no wait for another and names none.
pub(crate) fn speaks_for_itself(component: usize, template: &str, graph: &CallGraph) -> bool {
    let words = metric_words(template);
    if words.iter().any(|word| OF_OTHERS.contains(&word.as_str())) {
        return false;
    }
    (0..graph.len()).filter(|other| *other != component).all(|other| {
        let name = graph.name(other);
        let name = metric_words(name.rsplit(['/', ':']).next().unwrap_or(name));
        name.is_empty() || !words.windows(name.len()).any(|part| part == name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident_data::{Call, IncidentData};

    #[test]
    fn speaks_for_itself_table() {
        let call = |caller: &str, callee: &str| Call { caller: caller.to_owned(), callee: callee.to_owned() };
        let calls = Some(vec![call("shop", "pay"), call("pay", "arn:aws:dynamodb:r:1:table/ledger")]);
        let graph = CallGraph::new(&IncidentData { calls, ..IncidentData::default() });
        let shop = graph.index("shop").unwrap();
        for (template, expected) in [
            ("ERROR TypeError: basket.items is not iterable", true),
            ("ERROR shop: KeyError <*>", true),
            ("ERROR TimeoutError after <*>", false),
            ("ERROR request timed out", false),
            ("connection refused", false),
            ("ERROR Pay answered <*>", false),
            ("ERROR cannot write to ledger", false),
            // A name inside another word is none.
            ("ERROR payload is empty", true),
        ] {
            assert_eq!(speaks_for_itself(shop, template, &graph), expected, "{template}");
        }
    }
}
