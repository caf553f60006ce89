use common::Arn;
use fakes::{sample, sample_evidence};

use super::*;

fn left(property: TargetProperty, value: Option<&str>) -> BTreeMap<TargetProperty, Option<String>> {
    BTreeMap::from([(property, value.map(str::to_owned))])
}

fn service(deployment: Option<&str>, rollout: &str) -> Observed {
    let mut observed = sample_evidence::service_state(rollout);
    if let Observed::Service { state } = &mut observed {
        state.deployment = deployment.map(str::to_owned);
    }
    observed
}

fn instance(launched_at: Option<&str>, state: &str) -> Observed {
    let arn: Arn = sample::arn("ec2", "instance/i-1");
    let mut observed = sample_evidence::instance_state(&arn, state);
    if let Observed::Instance { state } = &mut observed {
        state.launched_at = launched_at.map(|at| at.parse().unwrap());
    }
    observed
}

#[test]
fn target_condition_table() {
    use TargetCondition::{AsWeLeftIt, Touched, Unknown};
    use TargetProperty::{Deployment, LaunchTime, Version};
    let early = "2026-11-20T03:00:00Z";
    for (property, ours, observed, expected) in [
        (Deployment, Some("ecs-svc/1"), service(Some("ecs-svc/1"), "COMPLETED"), AsWeLeftIt),
        // A circuit breaker's rollback, or a pipeline's next deployment.
        (Deployment, Some("ecs-svc/1"), service(Some("ecs-svc/2"), "COMPLETED"), Touched),
        (Deployment, Some("ecs-svc/1"), service(None, "COMPLETED"), Unknown),
        (Deployment, None, service(Some("ecs-svc/1"), "COMPLETED"), Unknown),
        (Version, Some("3"), service(Some("3"), "COMPLETED"), Unknown),
        (LaunchTime, Some("2026-11-20T03:00:00+00:00"), instance(Some(early), "running"), AsWeLeftIt),
        (LaunchTime, Some("2026-11-20T03:00:00.25Z"), instance(Some(early), "running"), AsWeLeftIt),
        (LaunchTime, Some("2026-11-20T02:59:59Z"), instance(Some(early), "running"), Touched),
        (LaunchTime, Some("1795143600"), instance(Some(early), "running"), Unknown),
        (LaunchTime, None, instance(Some(early), "running"), Unknown),
    ] {
        assert_eq!(target_condition(&left(property, ours), &observed), expected, "{ours:?} {observed:?}");
    }
    assert_eq!(target_condition(&BTreeMap::new(), &service(Some("1"), "COMPLETED")), Unknown);
}

#[test]
fn is_rolling_out_table() {
    for (observed, expected) in [
        (service(None, "IN_PROGRESS"), true),
        (service(None, "COMPLETED"), false),
        (service(None, "FAILED"), false),
        (instance(None, "pending"), true),
        (instance(None, "running"), false),
    ] {
        assert_eq!(is_rolling_out(&observed), expected, "{observed:?}");
    }
}

#[test]
fn symptom_trend_table() {
    let recovering = Trend::Recovering { normal_since: sample::at() };
    let breaching = Trend::Breaching { is_sustained: true };
    for (state, measured, expected) in [
        (SymptomState::Recovered, None, SymptomTrend::Gone),
        (SymptomState::Recovered, Some(breaching), SymptomTrend::Gone),
        (SymptomState::Unknown, Some(recovering), SymptomTrend::Unknown),
        (SymptomState::Firing, None, SymptomTrend::Firing),
        (SymptomState::Firing, Some(breaching), SymptomTrend::Firing),
        (SymptomState::Firing, Some(Trend::NotMeasured), SymptomTrend::Firing),
        (SymptomState::Firing, Some(Trend::Unreadable { tells: false }), SymptomTrend::Firing),
        (SymptomState::Firing, Some(recovering), SymptomTrend::Going),
    ] {
        assert_eq!(symptom_trend(state, measured), expected, "{state:?} {measured:?}");
    }
}
