//! Finds, among the changes of the account, those that have to do with the incident though nobody asked for their
//! resources: a parameter that a function near the symptom reads, a DNS record of a host that is called, a role or a key
//! that the log of a failing function names.

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Arn, Clock, Observed, ResourceKind, Signal,
    evidence::{Change, ReadSource},
    ports::Topology,
    telemetry::{Call, CallGraph, CallNode},
};
use futures_util::future::join_all;
use reasoning::{
    candidates::refusals::refused_by,
    engine::telemetry::{FunctionLogs, Telemetry},
    evidence::call_graph::is_in_scope,
};

use super::{
    application::{readers, record_reads},
    changes::add_changes,
    collected_evidence::CollectedEvidence,
    timeout::with_timeout,
};
use crate::Account;

/// The parameters of a change that hold the names of the DNS records that it wrote.
const RECORD_NAMES: &str = "recordNames";

/// The changes that the incident is judged by, and those of the account of which nothing says yet that they have to do
/// with it.
pub(super) struct RelatedChanges {
    command: String,
    elsewhere: Vec<Change>,
    /// The changes of resources around the symptom, and of those that were found to have to do with it.
    pub(super) changes: Vec<Change>,
    /// The functions that read a parameter, by the parameter.
    pub(super) readers: BTreeMap<Arn, Vec<Arn>>,
}

impl RelatedChanges {
    pub(super) fn new(
        command: String,
        elsewhere: Vec<Change>,
        changes: Vec<Change>,
        readers: BTreeMap<Arn, Vec<Arn>>,
    ) -> Self {
        Self { command, elsewhere, changes, readers }
    }

    /// Looks which parameters of other applications the functions near the symptom read.
    pub(super) async fn add_read_parameters(
        &mut self,
        account: &impl Account,
        clock: &impl Clock,
        signal: &Signal,
        near: &[Arn],
        collected: &mut CollectedEvidence,
    ) {
        let parameters = parameters(&self.elsewhere, signal);
        let functions = readers(signal, near, &parameters, collected);
        let reads = join_all(functions.iter().map(async |function| {
            let read = account.topology().read_by(function, &parameters);
            (function, with_timeout(ReadSource::FunctionEnvironment, read).await)
        }))
        .await;
        // That a function reads none of them is no news.
        let reads =
            reads.into_iter().filter(|(_, reading)| !reading.as_ref().is_ok_and(|one| one.value.is_empty()));
        let read = record_reads(reads.collect(), clock, collected);
        self.keep(|change| read.contains_key(&change.resource), clock, collected);
        self.readers.extend(read);
    }

    /// Records the connections that were found, and the changes of what they lead to.
    pub(super) fn connect(
        &mut self,
        found: Option<CallGraph>,
        why: &str,
        telemetry: &mut Telemetry,
        clock: &impl Clock,
        collected: &mut CollectedEvidence,
    ) {
        let Some(graph) = found else { return };
        let is_there =
            |change: &Change| graph.nodes.iter().any(|node| node.resource.as_ref() == Some(&change.resource));
        self.keep(is_there, clock, collected);
        telemetry.graph.nodes.extend(graph.nodes.iter().cloned());
        telemetry.graph.calls.extend(graph.calls.iter().cloned());
        collected.add(clock.now(), &self.command, why, Observed::Connections { graph });
    }

    /// The zones whose changed records are of hosts that are called.
    pub(super) fn zones(&self, graph: &CallGraph) -> Option<CallGraph> {
        zones_of_hosts(self.elsewhere.iter().chain(&self.changes), graph)
    }

    /// The changed resources that the lines name.
    pub(super) fn named(&self, logs: &[FunctionLogs]) -> Option<CallGraph> {
        named_in_lines(self.elsewhere.iter().chain(&self.changes), logs)
    }

    fn keep(
        &mut self,
        is_related: impl Fn(&Change) -> bool,
        clock: &impl Clock,
        collected: &mut CollectedEvidence,
    ) {
        let (related, elsewhere) = std::mem::take(&mut self.elsewhere).into_iter().partition(is_related);
        self.elsewhere = elsewhere;
        add_changes(&related, clock.now(), &self.command, None, collected);
        self.changes.extend(related);
    }
}

/// Splits the changes by whether they are of `resources` or of aliases of the functions among them.
pub(super) fn split(changes: Vec<Change>, resources: &[Arn]) -> (Vec<Change>, Vec<Change>) {
    let asked: BTreeSet<&Arn> = resources.iter().collect();
    changes.into_iter().partition(|change| {
        asked.contains(&change.resource)
            || change.resource.function().is_some_and(|function| asked.contains(&function))
    })
}

/// The parameters among the changes, each once.
fn parameters(changes: &[Change], signal: &Signal) -> Vec<Arn> {
    let found = changes.iter().map(|change| &change.resource).filter(|arn| is_in_scope(arn, signal));
    let parameters: BTreeSet<&Arn> =
        found.filter(|arn| matches!(arn.kind(), ResourceKind::Parameter { .. })).collect();
    parameters.into_iter().cloned().collect()
}

/// Connects each caller of a host to the hosted zones whose record of that host was changed. A record ends in a dot, and
/// may stand for all hosts below a name.
fn zones_of_hosts<'a>(changes: impl Iterator<Item = &'a Change>, graph: &CallGraph) -> Option<CallGraph> {
    let mut found = CallGraph::default();
    for change in changes {
        let Some(names) = change.request.get(RECORD_NAMES) else { continue };
        for node in graph.nodes.iter().filter(|node| node.resource.is_none()) {
            if names.split(' ').any(|record| covers(record, &node.name)) {
                let id = node.id();
                let callers = graph.calls.iter().filter(|call| call.callee == id);
                let callers =
                    callers.filter_map(|call| graph.nodes.iter().find(|one| one.id() == call.caller));
                connect(&mut found, callers.cloned(), &change.resource);
            }
        }
    }
    found.non_empty()
}

/// `*.shop.example.` covers `api.shop.example`.
fn covers(record: &str, host: &str) -> bool {
    let record = record.trim_end_matches('.').replace("\\052", "*").to_ascii_lowercase();
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let host = host.split(':').next().unwrap_or(&host);
    if record.is_empty() {
        return false;
    }
    record.strip_prefix('*').map_or(record == host, |rest| host.ends_with(rest))
}

/// Connects functions to the changed resources that lines of the incident name, and no line before it. Where no line names
/// one, those count of which a refusal can only come.
fn named_in_lines<'a>(changes: impl Iterator<Item = &'a Change>, logs: &[FunctionLogs]) -> Option<CallGraph> {
    let changes: Vec<&Change> = changes.collect();
    let mut found = CallGraph::default();
    for log in logs {
        let is_new = |names_it: &dyn Fn(&String) -> bool| {
            log.incident.lines.iter().any(names_it) && !log.baseline.lines.iter().any(names_it)
        };
        let by_name = changes.iter().map(|change| (&change.resource, names_in_lines(change)));
        let by_name = by_name
            .filter(|(_, names)| is_new(&|line: &String| names.iter().any(|name| contains(line, name))));
        let mut named: Vec<&Arn> = by_name.map(|(resource, _)| resource).collect();
        if named.is_empty() {
            let refused: BTreeSet<&Arn> = log
                .incident
                .lines
                .iter()
                .filter_map(|line| refused_by(line, &log.function, &changes))
                .filter(|resource| {
                    let by_it = |line: &String| refused_by(line, &log.function, &changes) == Some(*resource);
                    !log.baseline.lines.iter().any(by_it)
                })
                .collect();
            named.extend(refused);
        }
        for resource in named {
            let function = CallNode::from_resource(log.function.clone(), "AWS::Lambda::Function");
            connect(&mut found, [function], resource);
        }
    }
    found.non_empty()
}

/// The texts that stand for one resource and hardly for anything else: its ARN, the session of a role, an id of letters
/// and digits, the name of a host whose record was changed. A name alone may be a word of any sentence.
fn names_in_lines(change: &Change) -> Vec<String> {
    let resource = &change.resource;
    let mut names = vec![resource.to_string()];
    let last = resource.resource().rsplit(['/', ':']).next().unwrap_or_default();
    if resource.service() == "iam" {
        names.push(format!("assumed-role/{last}/"));
    }
    if last.len() >= 8 && last.bytes().any(|b| b.is_ascii_digit()) && last.bytes().any(|b| b == b'-') {
        names.push(last.to_owned());
    }
    let records = change.request.get(RECORD_NAMES).map(String::as_str).unwrap_or_default();
    names.extend(records.split(' ').map(|record| record.trim_end_matches('.').to_owned()));
    names.retain(|name| !name.is_empty() && !name.contains('*'));
    names
}

/// A match that goes on as a name could is of another, longer name.
fn contains(line: &str, name: &str) -> bool {
    let continues = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    line.match_indices(name).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at.saturating_add(name.len())..).and_then(|text| text.chars().next());
        !before.is_some_and(continues) && (name.ends_with('/') || !after.is_some_and(continues))
    })
}

fn connect(graph: &mut CallGraph, callers: impl IntoIterator<Item = CallNode>, resource: &Arn) {
    let callee = CallNode::from_resource(resource.clone(), resource.service());
    for caller in callers {
        let call = Call { caller: caller.id(), callee: callee.id() };
        if !graph.calls.contains(&call) {
            graph.calls.push(call);
            graph.nodes.push(caller);
            graph.nodes.push(callee.clone());
        }
    }
    graph.nodes.sort();
    graph.nodes.dedup();
}

#[cfg(test)]
mod tests {
    use common::telemetry::LogLines;
    use fakes::{
        sample,
        sample_evidence::{before, change, function, parameter},
    };

    use super::*;

    fn arn(text: &str) -> Arn {
        text.parse().unwrap()
    }

    fn calls_host(host: &str) -> CallGraph {
        let caller = CallNode::from_resource(function(), "AWS::Lambda::Function");
        let node = CallNode { name: host.to_owned(), kind: "remote".to_owned(), resource: None };
        let call = Call { caller: caller.id(), callee: node.id() };
        CallGraph { nodes: vec![caller, node], calls: vec![call] }
    }

    #[test]
    fn split_keeps_what_was_asked_for_and_its_aliases_apart() {
        let alias = fakes::sample_evidence::alias();
        let all = vec![
            change(&alias, "UpdateAlias", before(3)),
            change(&parameter("x"), "PutParameter", before(3)),
        ];
        let (around, elsewhere) = split(all, &[function()]);
        assert_eq!(around.len(), 1);
        assert_eq!(parameters(&elsewhere, &sample::alarm_signal("e", "x")), [parameter("x")]);
    }

    #[test]
    fn zones_of_hosts_are_those_whose_record_covers_a_called_host() {
        let zone = arn("arn:aws:route53:::hostedzone/Z1");
        for (records, host, expected) in [
            ("feed.internal.example.", "feed.internal.example", true),
            ("feed.internal.example.", "feed.internal.example:443", true),
            ("a.example. feed.internal.example.", "FEED.internal.example", true),
            ("\\052.internal.example.", "feed.internal.example", true),
            ("*.internal.example.", "internal.example", false),
            ("internal.example.", "feed.internal.example", false),
            ("", "feed.internal.example", false),
        ] {
            let mut written = change(&zone, "ChangeResourceRecordSets", before(3));
            written.request.insert(RECORD_NAMES.to_owned(), records.to_owned());
            let found = zones_of_hosts([&written].into_iter(), &calls_host(host));
            assert_eq!(found.is_some(), expected, "{records} {host}");
            if let Some(found) = found {
                assert_eq!(found.calls, [Call { caller: function().to_string(), callee: zone.to_string() }]);
            }
        }
    }

    #[test]
    fn named_in_lines_only_by_what_stands_for_one_resource_and_is_new() {
        let role = arn("arn:aws:iam::123456789012:role/receipts");
        let key = arn("arn:aws:kms:eu-west-1:123456789012:key/5d0c9f0e-3c1b-4f3b");
        let queue = arn("arn:aws:sqs:eu-west-1:123456789012:orders");
        let denied = "User: arn:aws:sts::123456789012:assumed-role/receipts/f is not authorized";
        for (resource, before_line, line, expected) in [
            (&role, "ok", denied, true),
            (&role, denied, denied, false),
            (&role, "ok", "assumed-role/receipts2/f is not authorized", false),
            (&key, "ok", "key 5d0c9f0e-3c1b-4f3b is disabled", true),
            (&key, "ok", "key 5d0c9f0e-3c1b-4f3b-77 is disabled", false),
            (&queue, "ok", "cannot send to orders", false),
            (&queue, "ok", "cannot send to arn:aws:sqs:eu-west-1:123456789012:orders", true),
            // A refusal names by its kind what was changed, where only that can have refused.
            (&key, "ok", "KMSDisabledException: key is disabled", true),
            (&key, "KMSDisabledException: key is disabled", "KMSDisabledException: key is disabled", false),
            (&role, "ok", "not authorized to perform: s3:PutObject", true),
            (&queue, "ok", "not authorized to perform: s3:PutObject", false),
        ] {
            let lines = |line: &str| LogLines { lines: vec![line.to_owned()], truncated: false };
            let log =
                FunctionLogs { function: function(), baseline: lines(before_line), incident: lines(line) };
            let event = if resource == &key { "DisableKey" } else { "PutRolePolicy" };
            let found = named_in_lines([&change(resource, event, before(3))].into_iter(), &[log]);
            assert_eq!(found.is_some(), expected, "{line}");
        }
    }
}
