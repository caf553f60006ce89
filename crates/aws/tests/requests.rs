//! Tests the requests to AWS and the errors that its refusals become. Nothing is sent: the SDK's mocks answer.
#![cfg(all(
    feature = "automations",
    feature = "changes",
    feature = "channels",
    feature = "modes",
    feature = "resources",
    feature = "symptoms",
    feature = "topology"
))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

#[macro_use]
#[path = "support/client.rs"]
mod client;
#[path = "support/loopback.rs"]
mod loopback;

use std::collections::BTreeMap;

use aws::{SdkConfig, SignedClient};
use aws_sdk_ssm::{
    operation::get_calendar_state::{GetCalendarStateError, GetCalendarStateOutput},
    types::CalendarState,
};
use aws_smithy_mocks::mock;
use aws_smithy_types::{DateTime, error::ErrorMetadata};
use common::{
    Arn, ChangeCalendar, Mode, Observed, Symptom, SymptomState,
    notification::Message,
    ports::{
        Changes as _, Channel as _, Modes as _, PortErrorKind, Resources as _, Symptoms as _, Topology as _,
    },
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

fn parameter_value(name: &'static str, value: &'static str) -> aws_smithy_mocks::Rule {
    mock!(aws_sdk_ssm::Client::get_parameter)
        .match_requests(move |request| request.name() == Some(name))
        .then_output(move || {
            let parameter = aws_sdk_ssm::types::Parameter::builder().value(value).build();
            aws_sdk_ssm::operation::get_parameter::GetParameterOutput::builder().parameter(parameter).build()
        })
}

fn parameter_error(name: &'static str, code: &'static str) -> aws_smithy_mocks::Rule {
    mock!(aws_sdk_ssm::Client::get_parameter)
        .match_requests(move |request| request.name() == Some(name))
        .then_error(move || {
            aws_sdk_ssm::operation::get_parameter::GetParameterError::generic(
                ErrorMetadata::builder().code(code).build(),
            )
        })
}

#[tokio::test]
async fn mode_of_an_application_is_capped_by_the_deployments() {
    let deployment = parameter_value("/nightshift/mode", "supervised\n");
    let own = parameter_value("/nightshift/applications/shop/mode", "autonomous");
    let none = parameter_error("/nightshift/applications/other/mode", "ParameterNotFound");
    let client = client!(aws_sdk_ssm, &deployment, &own, &none);
    let modes = aws::modes::ParameterModes::new(client, "/nightshift/");
    for application in [None, Some("shop"), Some("other")] {
        assert_eq!(modes.effective(application).await.unwrap(), Mode::Supervised);
    }
    assert_eq!(modes.effective(Some("../mode")).await.unwrap_err().kind, PortErrorKind::Invalid);
}

/// The calendars' state as SSM answers it, to a request that names exactly these two.
fn calendars(state: Option<CalendarState>) -> aws_smithy_mocks::Rule {
    mock!(aws_sdk_ssm::Client::get_calendar_state)
        .match_requests(|request| request.calendar_names() == ["freeze", "arn:aws:ssm:r:1:document/audit"])
        .then_output(move || GetCalendarStateOutput::builder().set_state(state.clone()).build())
}

#[tokio::test]
async fn change_calendars_are_asked_in_one_call_and_each_answer_means_one_thing() {
    for (state, expected) in [
        (Some(CalendarState::Open), Some(ChangeCalendar::Open)),
        (Some(CalendarState::Closed), Some(ChangeCalendar::Closed)),
        (Some("AJAR".into()), None),
        (None, None),
    ] {
        let rule = calendars(state.clone());
        let modes = aws::modes::ParameterModes::new(client!(aws_sdk_ssm, &rule), "/n")
            .with_calendars("freeze, arn:aws:ssm:r:1:document/audit,");
        assert_eq!(modes.change_calendar().await.ok(), expected, "{state:?}");
        assert_eq!(rule.num_calls(), 1);
    }
}

#[tokio::test]
async fn change_calendar_that_cannot_be_read_is_an_error_and_none_is_open() {
    for (code, expected) in [
        ("InvalidDocument", PortErrorKind::Invalid),
        ("AccessDeniedException", PortErrorKind::Denied),
        ("ThrottlingException", PortErrorKind::Throttled),
    ] {
        let rule = mock!(aws_sdk_ssm::Client::get_calendar_state)
            .then_error(move || GetCalendarStateError::generic(ErrorMetadata::builder().code(code).build()));
        let modes =
            aws::modes::ParameterModes::new(client!(aws_sdk_ssm, &rule), "/n").with_calendars("freeze");
        let error = modes.change_calendar().await.unwrap_err();
        assert_eq!(error.kind, expected, "{error}");
        assert!(error.to_string().starts_with("GetCalendarState freeze"), "{error}");
    }
    let nothing_is_called = parameter_value("/n/mode", "off");
    let modes = aws::modes::ParameterModes::new(client!(aws_sdk_ssm, &nothing_is_called), "/n");
    for names in ["", " , "] {
        assert_eq!(
            modes.clone().with_calendars(names).change_calendar().await.unwrap(),
            ChangeCalendar::Open
        );
    }
}

#[tokio::test]
async fn mode_of_a_deployment_without_one_is_observe_for_every_application() {
    for own in ["autonomous", "observe", "off"] {
        let deployment = parameter_error("/n/mode", "ParameterNotFound");
        let shop = parameter_value("/n/applications/shop/mode", own);
        let none = parameter_error("/n/applications/other/mode", "ParameterNotFound");
        let modes = aws::modes::ParameterModes::new(client!(aws_sdk_ssm, &deployment, &shop, &none), "/n");
        for (application, expected) in [
            (None, Mode::Observe),
            (Some("other"), Mode::Observe),
            (Some("shop"), Mode::Observe.min(own.parse().unwrap())),
        ] {
            assert_eq!(modes.effective(application).await.unwrap(), expected, "{application:?} {own}");
        }
    }
}

#[tokio::test]
async fn mode_that_cannot_be_read_is_an_error() {
    for (rule, expected) in [
        (parameter_error("/n/mode", "AccessDeniedException"), PortErrorKind::Denied),
        (parameter_error("/n/mode", "ThrottlingException"), PortErrorKind::Throttled),
        (parameter_value("/n/mode", "Autonomous"), PortErrorKind::Invalid),
    ] {
        let modes = aws::modes::ParameterModes::new(client!(aws_sdk_ssm, &rule), "/n");
        let error = modes.effective(None).await.unwrap_err();
        assert_eq!(error.kind, expected);
        assert!(error.operation.contains("/n/mode"));
    }
}

#[tokio::test]
async fn changes_ask_for_writes_page_by_page() {
    let event = |id: &str, time: &str| {
        let text = json!({
            "eventID": id,
            "eventName": "PutParameter",
            "eventSource": "ssm.amazonaws.com",
            "eventTime": format!("2026-11-20T{time}Z"),
            "awsRegion": "eu-west-1",
            "requestParameters": {"name": "/shop/limit"},
        });
        aws_sdk_cloudtrail::types::Event::builder().cloud_trail_event(text.to_string()).build()
    };
    let page = |token: Option<&'static str>| {
        mock!(aws_sdk_cloudtrail::Client::lookup_events).match_requests(move |request| {
            let attribute = request.lookup_attributes().first();
            request.next_token() == token
                && request.lookup_attributes().len() == 1
                && attribute.is_some_and(|of| {
                    of.attribute_key().as_str() == "ReadOnly" && of.attribute_value() == "false"
                })
                && request.start_time() == Some(&DateTime::from_secs(at("02:00:00").as_second()))
        })
    };
    let output = aws_sdk_cloudtrail::operation::lookup_events::LookupEventsOutput::builder;
    let first =
        page(None).then_output(move || output().events(event("e-2", "02:20:00")).next_token("t").build());
    let second = page(Some("t")).then_output(move || output().events(event("e-1", "02:10:00")).build());
    let trail = aws::changes::CloudTrail::new(
        client!(aws_sdk_cloudtrail, &first, &second),
        common::OwnRoles::default(),
    );
    let look = trail
        .changes(&[arn("arn:aws:ssm:@:parameter/shop/limit")], at("02:00:00"), at("03:00:00"))
        .await
        .unwrap();
    let ids: Vec<_> = look.value.iter().map(|change| change.event_id.as_str()).collect();
    assert_eq!(ids, ["e-2", "e-1"]);
    assert_eq!(look.truncation, None);
}

#[tokio::test]
async fn target_changes_of_many_aliases_are_one_lookup_for_each_name_of_event() {
    use aws_sdk_cloudtrail::operation::lookup_events::LookupEventsOutput;
    let lookup = |name: &'static str, function: &'static str| {
        let text = json!({
            "eventID": name,
            "eventName": name,
            "eventSource": "lambda.amazonaws.com",
            "eventTime": "2026-11-20T02:20:00Z",
            "awsRegion": "eu-west-1",
            "requestParameters": {"functionName": function, "name": "live", "functionVersion": "2"},
        });
        mock!(aws_sdk_cloudtrail::Client::lookup_events)
            .match_requests(move |request| {
                request.lookup_attributes().iter().any(|of| of.attribute_value() == name)
            })
            .then_output(move || {
                let event = aws_sdk_cloudtrail::types::Event::builder().cloud_trail_event(text.to_string());
                LookupEventsOutput::builder().events(event.build()).build()
            })
    };
    let (moved, made) = (lookup("UpdateAlias20150331", "a"), lookup("CreateAlias20150331", "b"));
    let trail = aws::changes::CloudTrail::new(
        client!(aws_sdk_cloudtrail, &moved, &made),
        common::OwnRoles::default(),
    );
    let aliases = ["a", "b", "c"].map(|name| arn(&format!("arn:aws:lambda:@:function:{name}:live")));
    let look = trail.target_changes(&aliases, at("03:00:00")).await.unwrap();
    assert_eq!(look.value.len(), 2);
    assert_eq!((moved.num_calls(), made.num_calls()), (1, 1));
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
    let resources = aws::resources::AwsResources::new(
        client!(aws_sdk_ssm),
        client!(aws_sdk_lambda),
        SignedClient::from_config(&ecs.config),
    );
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
async fn application_of_an_alias_is_asked_of_its_function() {
    const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:checkout";
    let tag = json!({"Key": "application", "Value": "shop"});
    let tagged = json!({"ResourceTagMappingList": [{"ResourceARN": FUNCTION, "Tags": [tag]}]});
    let tagging = Loopback::answering(&[answer(200, &[], &tagged.to_string())]).await;
    let topology = aws::topology::TaggedResources::new(
        SignedClient::from_config(&tagging.config),
        client!(aws_sdk_lambda),
        "application",
    );
    let resources =
        [arn("arn:aws:lambda:@:function:checkout:live"), arn("arn:aws:lambda:@:function:checkout")];
    assert_eq!(topology.application_of(&resources).await.unwrap().value.as_deref(), Some("shop"));
    // Both are the one function; and for nothing, nothing is asked.
    assert_eq!(topology.application_of(&[]).await.unwrap().value, None);
    let asked: Vec<Value> =
        tagging.asked().iter().map(|asked| serde_json::from_str(&asked.body).unwrap()).collect();
    assert_eq!(asked, [json!({"ResourceARNList": [FUNCTION]})]);
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
