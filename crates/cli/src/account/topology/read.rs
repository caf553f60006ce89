//! Reads the topology from the account with the caller's credentials; writes nothing.

use common::{
    Arn, Gap, PortError,
    evidence::ReadSource,
    ports::{ConnectionSource, Connections, Reading, Topology, Traces},
    topology::{TopologyMap, TopologyReadings, assembled},
};
use jiff::{SignedDuration, Timestamp};

use crate::failure::Failure;

/// The longest time range that X-Ray answers at once.
const TRACED: SignedDuration = SignedDuration::from_hours(6);

/// The account, by the ports that read it.
#[derive(Debug)]
pub(super) struct Account<T, X, C> {
    pub(super) topology: T,
    pub(super) traces: X,
    pub(super) connections: C,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct TopologyRequest<'a> {
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) application: Option<&'a str>,
    pub(super) resource: Option<&'a Arn>,
    /// The key of the application's tag.
    pub(super) tag: &'a str,
}

/// Reads the map. A read that fails becomes a gap; where all fail, that is the error.
pub(super) async fn anew(
    account: &Account<impl Topology, impl Traces, impl Connections>,
    asked: &TopologyRequest<'_>,
    now: Timestamp,
) -> Result<TopologyMap, Failure> {
    let Account { topology, traces, connections } = account;
    let from = now.saturating_sub(TRACED).unwrap_or(now);
    let (calls, event_sources, members, balancers, rules) = tokio::join!(
        traces.calls(asked.account, asked.region, from, now),
        topology.event_sources(),
        async {
            match asked.application {
                Some(application) => Some(topology.resources_of(application).await),
                None => None,
            }
        },
        connections.connections(ConnectionSource::LoadBalancers, &[]),
        connections.connections(ConnectionSource::Rules, &[]),
    );
    let resource = asked.resource.into_iter();
    let also: Vec<Arn> = resource.clone().cloned().collect();
    let tagged = members.as_ref().and_then(|look| look.as_ref().ok()).map(|look| look.value.as_slice());
    if let (Some(application), Some([]), None) = (asked.application, tagged, asked.resource) {
        return Err(Failure::Input(format!(
            "no resource in this account and region has the tag {}={application}",
            asked.tag
        )));
    }
    let mut subjects: Vec<Arn> = resource.chain(tagged.unwrap_or_default()).map(Arn::component).collect();
    if subjects.is_empty() {
        let graphs = [&calls, &event_sources].into_iter().filter_map(|look| look.as_ref().ok());
        let nodes = graphs.flat_map(|look| &look.value.nodes);
        subjects.extend(nodes.filter_map(|node| node.resource.clone()));
    }
    let (stacks, permissions) = tokio::join!(
        connections.connections(ConnectionSource::Stacks, &subjects),
        connections.connections(ConnectionSource::Permissions, &subjects),
    );
    let connections = [
        (ConnectionSource::LoadBalancers, balancers),
        (ConnectionSource::Rules, rules),
        (ConnectionSource::Stacks, stacks),
        (ConnectionSource::Permissions, permissions),
    ];
    let (calls, first) = match calls {
        Ok(reading) => (Ok(reading.value), None),
        Err(error) => (Err(Gap::from_error(ReadSource::Traces, &error)), Some(error)),
    };
    let readings = TopologyReadings {
        calls: Some(calls),
        event_sources: Some(value_or_gap(ReadSource::EventSources, event_sources)),
        members: members.map(|members| value_or_gap(ReadSource::ApplicationResources, members)),
        connections: connections
            .into_iter()
            .map(|(source, reading)| value_or_gap(ReadSource::Connections(source), reading))
            .collect(),
    };
    if readings.failed() {
        return Err(first.map_or_else(
            || Failure::Operation("no read of the account succeeded".to_owned()),
            Failure::from,
        ));
    }
    Ok(assembled(readings, asked.application, &also, now))
}

fn value_or_gap<T>(source: ReadSource, reading: Result<Reading<T>, PortError>) -> Result<T, Gap> {
    reading.map(|reading| reading.value).map_err(|error| Gap::from_error(source, &error))
}

#[cfg(test)]
mod tests {
    use common::topology::{Component, Connected, EdgeKind};
    use fakes::{FakeAccount, Faults, sample};

    use super::*;

    fn account(fake: &FakeAccount) -> Account<FakeAccount, FakeAccount, FakeAccount> {
        Account { topology: fake.clone(), traces: fake.clone(), connections: fake.clone() }
    }

    const fn asked<'a>(application: Option<&'a str>, resource: Option<&'a Arn>) -> TopologyRequest<'a> {
        TopologyRequest {
            account: sample::ACCOUNT,
            region: sample::REGION,
            application,
            resource,
            tag: "application",
        }
    }

    fn function(name: &str) -> Arn {
        sample::arn("lambda", &format!("function:{name}"))
    }

    /// A traced call from an application's function, and a rule that starts it.
    fn shop(faults: &Faults) -> FakeAccount {
        let fake = FakeAccount::new(faults);
        fake.tag(&function("checkout"), "shop");
        fake.set_calls(&[(&function("checkout"), &function("pay")), (&function("a"), &function("b"))]);
        let mut rules = Connected::default();
        let rule = Component::from_resource(sample::arn("events", "rule/nightly"), "AWS::Events::Rule");
        rules.connect(rule, EdgeKind::Triggers, Component::from_resource(function("checkout"), "lambda"));
        fake.set_connections(ConnectionSource::Rules, rules);
        fake
    }

    #[tokio::test]
    async fn anew_of_an_application_is_what_hangs_together_with_it() {
        let fake = shop(&Faults::default());
        let map = anew(&account(&fake), &asked(Some("shop"), None), sample::at()).await.unwrap();
        let names: Vec<_> = map.components.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["rule/nightly", "checkout", "pay"]);
        let all = anew(&account(&fake), &asked(None, None), sample::at()).await.unwrap();
        assert_eq!((all.components.len(), all.gaps.len()), (5, 0));
    }

    #[tokio::test]
    async fn anew_of_an_unknown_application_is_the_callers_mistake() {
        let fake = shop(&Faults::default());
        let failure = anew(&account(&fake), &asked(Some("shp"), None), sample::at()).await.unwrap_err();
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.to_string().contains("application=shp"), "{failure}");
    }

    #[tokio::test]
    async fn anew_what_cannot_be_read_is_a_gap_and_nothing_at_all_a_failure() {
        let faults = Faults::default();
        let fake = shop(&faults);
        let sources = [
            "Traces::calls",
            "Topology::event_sources",
            "Connections::stacks",
            "Connections::load_balancers",
            "Connections::rules",
            "Connections::permissions",
        ];
        let (first, others) = sources.split_first().unwrap();
        for source in others {
            faults.fail_operation(source);
        }
        let map = anew(&account(&fake), &asked(None, None), sample::at()).await.unwrap();
        assert_eq!(map.gaps.len(), 5);
        faults.fail_operation(first);
        let failure = anew(&account(&fake), &asked(None, None), sample::at()).await.unwrap_err();
        assert_eq!(failure.exit_code(), 1);
        assert!(failure.to_string().starts_with("Traces::calls: "), "{failure}");
    }
}
