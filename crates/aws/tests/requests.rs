//! Tests the requests to AWS and the errors that its refusals become. Nothing is sent: the SDK's mocks answer.
#![cfg(all(feature = "automations", feature = "channels", feature = "resources", feature = "symptoms"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

#[macro_use]
#[path = "support/client.rs"]
mod client;
#[path = "support/loopback.rs"]
mod loopback;

use std::collections::BTreeMap;

use aws::{SdkConfig, SignedClient};
use aws_smithy_mocks::mock;
use common::{
    Arn, Observed, Symptom, SymptomState,
    notification::Message,
    ports::{Channel as _, PortErrorKind, Resources as _, Symptoms as _},
};
use guard::{Automations as _, Progress};
use jiff::Timestamp;
use loopback::{Loopback, answer};
use serde_json::{Value, json};

fn arn(text: &str) -> Arn {
    text.replace('@', "eu-west-1:123456789012").parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    format!("2026-11-20T{text}Z").parse().unwrap()
}

#[tokio::test]
async fn alarm_firing_is_measured_against_its_threshold() {
    use aws_sdk_cloudwatch::{
        operation::{describe_alarms::DescribeAlarmsOutput, get_metric_data::GetMetricDataOutput},
        types::{ComparisonOperator, MetricAlarm, MetricDataResult, StateValue, Statistic},
    };
    let alarm = mock!(aws_sdk_cloudwatch::Client::describe_alarms)
        .match_requests(|request| request.alarm_names() == ["errors"] && request.alarm_types().len() == 2)
        .then_output(|| {
            let alarm = MetricAlarm::builder()
                .state_value(StateValue::Alarm)
                .namespace("AWS/Lambda")
                .metric_name("Errors")
                .statistic(Statistic::Sum)
                .period(60)
                .threshold(2.0)
                .comparison_operator(ComparisonOperator::GreaterThanThreshold)
                .build();
            DescribeAlarmsOutput::builder().metric_alarms(alarm).build()
        });
    let metric = mock!(aws_sdk_cloudwatch::Client::get_metric_data).then_output(|| {
        let result = MetricDataResult::builder().values(6.0).values(1.0).build();
        GetMetricDataOutput::builder().metric_data_results(result).build()
    });
    let symptoms = aws::symptoms::AwsSymptoms::new(
        client!(aws_sdk_cloudwatch, &alarm, &metric),
        SignedClient::from_config(&SdkConfig::builder().build()),
    );
    let look = symptoms.observe(&Symptom::Alarm { name: "errors".into() }).await.unwrap();
    assert_eq!((look.value.state, look.value.excess), (SymptomState::Firing, Some(2.0)));
    let group = Symptom::DeploymentGroup { application: "a".into(), group: "g".into() };
    assert_eq!(symptoms.observe(&group).await.unwrap().value.state, SymptomState::Unknown);
}

/// Two tiers of one metric are one problem, which is there as long as either fires.
#[tokio::test]
async fn alarm_in_tiers_fires_as_long_as_any_of_them_does() {
    use aws_sdk_cloudwatch::{
        operation::describe_alarms::DescribeAlarmsOutput,
        types::{MetricAlarm, StateValue},
    };
    let described = |name: &str, state: StateValue| {
        let alarm = MetricAlarm::builder()
            .alarm_name(name)
            .state_value(state)
            .namespace("AWS/SQS")
            .metric_name("ApproximateAgeOfOldestMessage")
            .build();
        DescribeAlarmsOutput::builder().metric_alarms(alarm).build()
    };
    for (other, expected) in [
        ("age-warning", SymptomState::Firing),
        ("age-high", SymptomState::Recovered),
        ("age-of-dead-letters-warning", SymptomState::Recovered),
    ] {
        let asked = mock!(aws_sdk_cloudwatch::Client::describe_alarms)
            .match_requests(|request| request.alarm_names() == ["age-critical"])
            .then_output(move || described("age-critical", StateValue::Ok));
        let others = mock!(aws_sdk_cloudwatch::Client::describe_alarms)
            .match_requests(|request| {
                request.alarm_name_prefix() == Some("age")
                    && request.state_value() == Some(&StateValue::Alarm)
            })
            .then_output(move || described(other, StateValue::Alarm));
        let symptoms = aws::symptoms::AwsSymptoms::new(
            client!(aws_sdk_cloudwatch, &asked, &others),
            SignedClient::from_config(&SdkConfig::builder().build()),
        );
        let look = symptoms.observe(&Symptom::Alarm { name: "age-critical".into() }).await.unwrap();
        assert_eq!(look.value.state, expected, "{other}");
        assert_eq!(look.command.contains("age-warning"), expected == SymptomState::Firing, "{other}");
    }
}

#[tokio::test]
async fn instance_that_is_gone_is_unknown_and_a_refusal_is_not() {
    for (code, expected) in
        [("InvalidInstanceID.NotFound", None), ("UnauthorizedOperation", Some(PortErrorKind::Denied))]
    {
        let refusal = format!("<Response><Errors><Error><Code>{code}</Code></Error></Errors></Response>");
        let ec2 = Loopback::answering(&[answer(400, &[], &refusal)]).await;
        let symptoms = aws::symptoms::AwsSymptoms::new(
            client!(aws_sdk_cloudwatch),
            SignedClient::from_config(&ec2.config),
        );
        match symptoms.observe(&Symptom::Instance { id: "i-1".into() }).await {
            Ok(look) => assert_eq!((look.value.state, expected), (SymptomState::Unknown, None)),
            Err(error) => assert_eq!(Some(error.kind), expected),
        }
        let asked = ec2.asked();
        let bodies: Vec<_> = asked.iter().map(|asked| asked.body.as_str()).collect();
        assert_eq!(bodies, ["Action=DescribeInstances&Version=2016-11-15&InstanceId.1=i-1"]);
        assert!(asked[0].head.contains("/eu-west-1/ec2/aws4_request"), "{}", asked[0].head);
    }
}

#[tokio::test]
async fn service_of_a_missing_cluster_is_unknown_and_a_refusal_is_not() {
    for (code, expected) in [
        ("ClusterNotFoundException", None),
        ("AccessDeniedException", Some(PortErrorKind::Denied)),
        ("ResourceNotFoundException", Some(PortErrorKind::NotFound)),
    ] {
        let refusal = json!({"__type": code}).to_string();
        let ecs = Loopback::answering(&[answer(400, &[], &refusal)]).await;
        let symptoms = aws::symptoms::AwsSymptoms::new(
            client!(aws_sdk_cloudwatch),
            SignedClient::from_config(&ecs.config),
        );
        let symptom = Symptom::EcsService { cluster: "shop".into(), service: "web".into() };
        match symptoms.observe(&symptom).await {
            Ok(look) => assert_eq!((look.value.state, expected), (SymptomState::Unknown, None)),
            Err(error) => assert_eq!(Some(error.kind), expected),
        }
    }
}

#[tokio::test]
async fn service_previous_task_definition_is_one_that_is_active() {
    const BASE: &str = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web";
    let deployment =
        |status, revision| json!({"status": status, "taskDefinition": format!("{BASE}:{revision}")});
    let services =
        json!({"services": [{"deployments": [deployment("PRIMARY", 7), deployment("ACTIVE", 5)]}]});
    let definition = |revision: u32, status| json!({"taskDefinition": {"taskDefinitionArn": format!("{BASE}:{revision}"), "status": status}});
    let stopped = json!({"taskArns": []});
    let answers = [services, definition(5, "INACTIVE"), definition(6, "ACTIVE"), stopped];
    let ecs = Loopback::answering(&answers.map(|body| answer(200, &[], &body.to_string()))).await;
    let resources = aws::resources::AwsResources::new(SignedClient::from_config(&ecs.config));
    let service = arn("arn:aws:ecs:@:service/shop/web");
    let set = |second: i64, revision: u32| common::evidence::Change {
        event_id: format!("e-{second}"),
        event_name: "UpdateService".into(),
        at: jiff::Timestamp::from_second(second).unwrap(),
        actor: String::new(),
        by_nightshift: false,
        actor_kind: common::ActorKind::Person,
        resource: service.clone(),
        request: [("taskDefinition".to_owned(), format!("{BASE}:{revision}"))].into(),
    };
    // The newest that is not the present one is no longer ACTIVE, so the one before it is taken.
    let history = [set(3, 7), set(2, 5), set(1, 6)];
    let look = resources.state(&service, &history).await.unwrap().unwrap();
    let Observed::Service { state } = look.value else { unreachable!("a service") };
    assert_eq!(state.previous_task_definition, Some(format!("{BASE}:6")));
    assert_eq!(state.failed_tasks, Some(Vec::new()));
    let asked: Vec<Value> =
        ecs.asked().iter().map(|asked| serde_json::from_str(&asked.body).unwrap()).collect();
    let expected = [
        json!({"cluster": "shop", "services": ["web"]}),
        json!({"taskDefinition": format!("{BASE}:5")}),
        json!({"taskDefinition": format!("{BASE}:6")}),
        json!({"cluster": "shop", "serviceName": "web", "desiredStatus": "STOPPED", "maxResults": 100}),
    ];
    assert_eq!(asked, expected);
    assert_eq!(resources.state(&arn("arn:aws:s3:::bucket"), &[]).await.unwrap(), None);
}

#[tokio::test]
async fn message_is_published_with_its_subject_and_counts_only_where_somebody_has_subscribed() {
    use aws_sdk_sns::{
        error::ErrorMetadata,
        operation::get_topic_attributes::{GetTopicAttributesError, GetTopicAttributesOutput},
    };
    const TOPIC: &str = "arn:aws:sns:eu-west-1:1:alerts";
    let publish = mock!(aws_sdk_sns::Client::publish)
        .match_requests(|request| {
            request.topic_arn() == Some(TOPIC)
                && request.subject() == Some("Down?")
                && request.message() == Some("b")
        })
        .then_output(|| aws_sdk_sns::operation::publish::PublishOutput::builder().message_id("m-1").build());
    let confirmed = |number: &'static str| {
        mock!(aws_sdk_sns::Client::get_topic_attributes)
            .match_requests(|request| request.topic_arn() == Some(TOPIC))
            .then_output(move || {
                GetTopicAttributesOutput::builder().attributes("SubscriptionsConfirmed", number).build()
            })
    };
    let denied = mock!(aws_sdk_sns::Client::get_topic_attributes).then_error(|| {
        GetTopicAttributesError::generic(ErrorMetadata::builder().code("AuthorizationError").build())
    });
    let message = Message { subject: "Down\u{2026}".into(), body: "b".into() };
    for (attributes, is_sent) in [(confirmed("1"), true), (confirmed("0"), false), (denied, true)] {
        let channel = aws::channels::SnsChannel::new(client!(aws_sdk_sns, &publish, &attributes), TOPIC);
        assert_eq!(channel.name(), "sns:alerts");
        let sent = channel.send(&message).await;
        assert_eq!(sent.is_ok(), is_sent, "{sent:?}");
        match sent {
            Ok(id) => assert_eq!(id, "m-1"),
            Err(error) => assert!(format!("{:?}", error.source).contains("nobody has confirmed")),
        }
    }
}

#[tokio::test]
async fn automation_found_by_its_plan_and_followed() {
    use aws_sdk_ssm::{
        operation::{
            describe_automation_executions::DescribeAutomationExecutionsOutput,
            get_automation_execution::GetAutomationExecutionOutput,
        },
        types::{
            AutomationExecution, AutomationExecutionFilter, AutomationExecutionMetadata,
            AutomationExecutionStatus,
        },
    };
    let list = mock!(aws_sdk_ssm::Client::describe_automation_executions)
        .match_requests(|request| {
            let values: Vec<_> =
                request.filters().iter().flat_map(AutomationExecutionFilter::values).collect();
            values == ["Nightshift-StartInstance", "2026-11-20T02:59:00Z"]
        })
        .then_output(|| {
            let listed = |id| {
                AutomationExecutionMetadata::builder()
                    .automation_execution_id(id)
                    .document_name("Nightshift-StartInstance")
                    .build()
            };
            DescribeAutomationExecutionsOutput::builder()
                .automation_execution_metadata_list(listed("x-1"))
                .automation_execution_metadata_list(listed("x-2"))
                .build()
        });
    let plan = |instance: &str| common::Plan {
        schema_version: 1,
        incident_id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
        action: "start-instance".parse().unwrap(),
        document: "Nightshift-StartInstance".into(),
        target: arn("arn:aws:ec2:@:instance/i-2"),
        parameters: BTreeMap::from([("InstanceId".into(), instance.into())]),
        undo_of: None,
    };
    let execution = |id: &'static str, instance: &'static str| {
        let hash = plan(instance).hash().to_string();
        mock!(aws_sdk_ssm::Client::get_automation_execution)
            .match_requests(move |request| request.automation_execution_id() == Some(id))
            .then_output(move || {
                let execution = AutomationExecution::builder()
                    .parameters("PlanHash", vec![hash.clone()])
                    .automation_execution_status(AutomationExecutionStatus::Inprogress)
                    .build();
                GetAutomationExecutionOutput::builder().automation_execution(execution).build()
            })
    };
    let (one, two) = (execution("x-1", "i-1"), execution("x-2", "i-2"));
    let automations = aws::automations::SsmAutomations::new(
        client!(aws_sdk_ssm, &list, &one, &two),
        BTreeMap::new(),
        guard::Documents::default(),
    );
    let found = automations.find(&plan("i-2"), at("03:00:00.7")).await.unwrap();
    assert_eq!(found.as_deref(), Some("x-2"));
    assert_eq!(automations.find(&plan("i-3"), at("03:00:00.7")).await.unwrap(), None);
    assert_eq!(automations.progress("x-1").await.unwrap(), Progress::Running);
}
