//! Makes the first reads of a diagnosis: the symptom itself, and which application it belongs to.

use std::collections::BTreeSet;

use common::{
    Arn, Clock, Observed, ResourceKind, Signal, Symptom, SymptomState,
    evidence::ReadSource,
    ports::{AlarmHistory, Reading, Symptoms, Topology},
};
use jiff::SignedDuration;
use reasoning::{evidence::call_graph::is_in_scope, evidence::evidence_window::before};

use super::{collected_evidence::CollectedEvidence, timeout::with_timeout};
use crate::Account;

/// An alarm's history is read this far back: a day, and the half hour by which what comes every day may come later today.
/// Changes are read for the hour that is judged.
const HISTORY: SignedDuration = SignedDuration::from_mins(24 * 60 + 30);

/// Reads the symptom and returns the application that the tags of the signal's resources name.
pub(crate) async fn collect_symptom(
    account: &impl Account,
    clock: &impl Clock,
    signal: &Signal,
    collected: &mut CollectedEvidence,
) -> Option<String> {
    let since = before(signal.occurred_at, HISTORY);
    // Another account's tags cannot be asked for, and say nothing about this one's application.
    let own: Vec<Arn> = signal.resources.iter().filter(|arn| is_in_scope(arn, signal)).cloned().collect();
    let (symptom, history, application) = tokio::join!(
        with_timeout(ReadSource::Symptom, account.symptoms().observe(&signal.symptom)),
        async {
            match &signal.symptom {
                Symptom::Alarm { name } => Some(
                    with_timeout(ReadSource::AlarmHistory, account.alarms().transitions(name, since)).await,
                ),
                _ => None,
            }
        },
        with_timeout(ReadSource::ApplicationTag, account.topology().application_of(&own)),
    );
    let now = clock.now();
    if let Some(Reading { command, value: observation, .. }) = collected.accept(symptom) {
        let summary = observation.summary.clone();
        collected.add(now, &command, &summary, Observed::Symptom { observation });
    }
    if let Some(Reading { command, value: transitions, .. }) =
        history.and_then(|history| collected.accept_whole(ReadSource::AlarmHistory, history))
    {
        let fired = transitions.iter().filter(|one| one.to == SymptomState::Firing).count();
        let summary = format!("the alarm fired {fired} times in 24 hours");
        collected.add(now, &command, &summary, Observed::AlarmHistory { transitions });
    }
    collected.accept(application).and_then(|reading| reading.value)
}

/// Returns the resource that the signal's metric is about, where its dimensions name it by a name that is no part of its
/// ARN: then the tags of the application tell which it is, if there is only one.
pub(crate) async fn named_by_tag(account: &impl Account, signal: &Signal, application: &str) -> Option<Arn> {
    // The dimensions of other metrics are anybody's words.
    let metric = signal.metric.as_ref().filter(|metric| metric.namespace.starts_with("AWS/"))?;
    let dimensions = &metric.dimensions;
    let read = account.topology().resources_of(application);
    let members = with_timeout(ReadSource::ApplicationResources, read).await.ok()?.value;
    let ours = members.iter().filter(|arn| arn.may_be_of(&signal.account, &signal.region));
    let ours: Vec<&Arn> = ours.filter(|arn| !matches!(arn.kind(), ResourceKind::Alarm { .. })).collect();
    if dimensions.contains_key("ApiName") {
        return only(stages(&ours, dimensions.get("Stage")));
    }
    let is_named = |arn: &&&Arn| {
        let mut parts = arn.resource().split(['/', ':']);
        parts.any(|part| dimensions.values().any(|value| value == part))
    };
    only(ours.iter().filter(is_named).map(|arn| (*arn).clone()).collect())
}

/// The stages of that name, or, of REST APIs without tagged stages, what their stages' ARNs are.
fn stages(members: &[&Arn], stage: Option<&String>) -> Vec<Arn> {
    let rest = members.iter().filter(|arn| arn.resource().starts_with("/restapis/"));
    let mut found = BTreeSet::new();
    for arn in rest {
        let mut parts = arn.resource().split('/').skip(2);
        let (Some(id), of_api) = (parts.next(), parts.next()) else { continue };
        let (of_stage, named) = (parts.next(), stage.map(|stage| format!("/restapis/{id}/stages/{stage}")));
        let is_it = match (of_api, of_stage, stage) {
            (None, ..) => true,
            (Some("stages"), Some(of_stage), Some(stage)) => of_stage == stage,
            _ => false,
        };
        let text = arn.to_string();
        let path = named.unwrap_or_else(|| format!("/restapis/{id}"));
        found.extend(is_it.then(|| text.replace(arn.resource(), &path).parse().ok()).flatten());
    }
    found.into_iter().collect()
}

fn only(found: Vec<Arn>) -> Option<Arn> {
    match <[Arn; 1]>::try_from(found) {
        Ok([only]) => Some(only),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use common::signal::Metric;
    use fakes::{FakeAccount, Faults, sample};

    use super::*;

    #[tokio::test]
    async fn named_by_tag_is_the_only_member_that_the_dimensions_fit() {
        for (dimensions, members, expected) in [
            ("ApiName=shop Stage=prod", "apigateway::/restapis/a1/stages/prod", "/restapis/a1/stages/prod"),
            ("ApiName=shop Stage=prod", "apigateway::/restapis/a1", "/restapis/a1/stages/prod"),
            (
                "ApiName=shop Stage=prod",
                "apigateway::/restapis/a1 apigateway::/restapis/a1/stages/prod",
                "/restapis/a1/stages/prod",
            ),
            ("ApiName=shop", "apigateway::/restapis/a1", "/restapis/a1"),
            ("ApiName=shop Stage=prod", "apigateway::/restapis/a1/stages/test", ""),
            ("ApiName=shop Stage=prod", "apigateway::/restapis/a1 apigateway::/restapis/a2", ""),
            ("ApiName=shop Stage=prod", "", ""),
            (
                "AutoScalingGroupName=web",
                "autoscaling:@:autoScalingGroup:0a:autoScalingGroupName/web",
                "autoScalingGroup:0a:autoScalingGroupName/web",
            ),
            ("AutoScalingGroupName=web", "autoscaling:@:autoScalingGroup:0a:autoScalingGroupName/api", ""),
        ] {
            let account = FakeAccount::new(&Faults::default());
            for member in members.split(' ').filter(|member| !member.is_empty()) {
                let (service, rest) = member.split_once(':').unwrap();
                let owner = if rest.starts_with('@') { "123456789012:" } else { ":" };
                let resource = rest.trim_start_matches('@').trim_start_matches(':');
                let arn = format!("arn:aws:{service}:eu-west-1:{owner}{resource}");
                account.tag(&arn.parse().unwrap(), "shop");
            }
            let pairs = dimensions.split(' ').filter_map(|pair| pair.split_once('='));
            let dimensions: BTreeMap<String, String> =
                pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let metric = Metric {
                namespace: "AWS/ApiGateway".to_owned(),
                name: "m".to_owned(),
                dimensions,
                statistic: "Sum".to_owned(),
                period_seconds: 60,
            };
            let signal = Signal { metric: Some(metric), ..sample::alarm_signal("e", "x") };
            let found = named_by_tag(&crate::OneAccount(account), &signal, "shop").await;
            assert_eq!(found.map(|arn| arn.resource().to_owned()).unwrap_or_default(), expected, "{members}");
        }
    }
}
