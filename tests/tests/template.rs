//! The template against the crates' headers, and what no template of ours may do.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "also in what the tests share"
)]

use std::collections::BTreeSet;

use aws::store::Retention;
use common::{ContextSource, ports::ConnectionSource};
use nightshift_tests::{
    header,
    repository::{self, FUNCTIONS},
    template::{Template, fields, strings},
};
use serde_json::{Value, json};

fn template() -> Template {
    Template::load("template.yaml").unwrap()
}

#[test]
fn functions_are_the_crates() {
    let template = template();
    let expected: BTreeSet<String> =
        FUNCTIONS.iter().map(|function| repository::logical_name(function)).collect();
    let found: BTreeSet<String> =
        template.resources_of("AWS::Serverless::Function").map(|(name, _)| name.to_owned()).collect();
    assert_eq!(found, expected);
    for function in FUNCTIONS {
        let properties = template.properties(&repository::logical_name(function));
        assert_eq!(properties["CodeUri"], format!("../target/lambda/{function}/bootstrap.zip"));
    }
}

#[test]
fn headers_hold_environment() {
    let template = template();
    for (function, header) in headers() {
        let given: BTreeSet<String> = template
            .environment(&repository::logical_name(function))
            .keys()
            .map(ToString::to_string)
            .collect();
        assert_eq!(header.environment, given, "{function}: header left, template right");
    }
}

#[test]
fn headers_hold_permissions() {
    let template = template();
    let mut differences = Vec::new();
    for (function, header) in headers() {
        let given: BTreeSet<String> =
            template.allowed(&repository::logical_name(function)).iter().map(ToString::to_string).collect();
        let missing: Vec<_> = header.actions.difference(&given).collect();
        let needless: Vec<_> = given.difference(&header.actions).collect();
        if !(missing.is_empty() && needless.is_empty()) {
            differences.push(format!("{function}: lacks {missing:?}, has needlessly {needless:?}"));
        }
    }
    assert!(differences.is_empty(), "the template's policies: {differences:#?}");
}

/// What a look calls and may not shows as a gap in an incident only.
#[test]
fn diagnose_may_call_what_its_sources_call() {
    let template = template();
    let given = template.allowed("DiagnoseFunction");
    let called: BTreeSet<&str> = ContextSource::ALL
        .into_iter()
        .map(aws::context_sources::iam_actions)
        .chain(ConnectionSource::ALL.into_iter().map(aws::connections::iam_actions))
        .chain([aws::team_knowledge::IAM])
        .flatten()
        .copied()
        .collect();
    let missing: Vec<_> = called.difference(&given).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// What the function may do the action on, without what all ARNs begin with.
fn resources_for(template: &Template, function: &str, action: &str) -> BTreeSet<String> {
    let statements = template
        .statements()
        .into_iter()
        .filter(|(name, statement)| *name == function && strings(&statement["Action"]).contains(&action));
    let resources = statements.flat_map(|(_, statement)| match &statement["Resource"] {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    });
    let text = |resource: Value| resource["Fn::Sub"].as_str().or(resource.as_str()).unwrap().to_owned();
    resources
        .map(text)
        .map(|text| {
            text.replace("arn:${AWS::Partition}:", "").replace("${AWS::Region}:${AWS::AccountId}", "@")
        })
        .collect()
}

#[test]
fn diagnose_may_ask_models_and_every_kind_of_profile() {
    let found = resources_for(&template(), "DiagnoseFunction", "bedrock:InvokeModel");
    let expected = [
        "bedrock:*::foundation-model/anthropic.*",
        "bedrock:@:application-inference-profile/*",
        "bedrock:@:inference-profile/*",
    ];
    assert_eq!(found, expected.map(str::to_owned).into());
}

/// With it on everything, `/apikeys?includeValues=true` would tell keys.
#[test]
fn diagnose_may_read_apis_and_not_their_keys() {
    let found = resources_for(&template(), "DiagnoseFunction", "apigateway:GET");
    assert_eq!(found, ["apigateway:${AWS::Region}::/restapis/*".to_owned()].into());
}

#[test]
fn diagnose_reads_what_can_be_named_in_this_account_only() {
    let template = template();
    for (resource, actions) in [
        (
            "cloudformation:@:stack/*",
            &["cloudformation:DescribeStackEvents", "cloudformation:ListStackResources"][..],
        ),
        ("iam::${AWS::AccountId}:policy/*", &["iam:GetPolicy", "iam:GetPolicyVersion"]),
        (
            "iam::${AWS::AccountId}:role/*",
            &["iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
        ),
        ("lambda:@:function:*", &["lambda:GetFunctionConfiguration", "lambda:ListVersionsByFunction"]),
        ("logs:@:log-group:*", &["logs:FilterLogEvents", "logs:StartQuery"]),
        ("rds:@:db:*", &["rds:DescribeDBInstances"]),
        ("s3:::${KnowledgeBucket}", &["s3:ListBucket"]),
        ("s3:::${KnowledgeBucket}/${KnowledgePrefix}*", &["s3:GetObject"]),
    ] {
        for action in actions {
            let found = resources_for(&template, "DiagnoseFunction", action);
            assert_eq!(found, [resource.to_owned()].into(), "{action}");
        }
    }
}

#[test]
fn team_knowledge_is_listed_by_its_own_folder_only() {
    let template = template();
    let statements = template.statements();
    let (_, listing) =
        statements.iter().find(|(_, s)| strings(&s["Action"]).contains(&"s3:ListBucket")).unwrap();
    assert_eq!(listing["Condition"]["StringLike"]["s3:prefix"]["Fn::Sub"], "${KnowledgePrefix}*");
}

#[test]
fn headers_hold_timeouts() {
    let template = template();
    for (function, header) in headers() {
        let given = template.properties(&repository::logical_name(function))["Timeout"].as_u64();
        assert_eq!(Some(header.timeout_seconds), given, "{function}");
    }
}

fn headers() -> Vec<(&'static str, header::Header)> {
    FUNCTIONS.into_iter().map(|function| (function, header::of(function).unwrap())).collect()
}

#[test]
fn actions_are_named() {
    for (resource, statement) in template().statements() {
        assert!(statement["NotAction"].is_null() && statement["NotResource"].is_null(), "{resource}");
        for action in strings(&statement["Action"]) {
            assert!(action.contains(':') && !action.contains('*'), "{resource}: {action}");
        }
    }
}

#[test]
fn resources_are_named_or_the_comment_says_why_not() {
    let template = template();
    let lines: Vec<&str> = template.text.lines().collect();
    for (number, line) in lines.iter().enumerate() {
        let everything =
            ["Resource: \"*\"", "Resource: '*'", "Resource: *", "Resource: [\"*\"]", "\"Resource\": \"*\""];
        if !everything.contains(&line.trim().trim_end_matches(',')) {
            continue;
        }
        // A policy that is text has its comment above the text.
        let above = lines[number.saturating_sub(20)..number].iter().rev();
        let comment = above.map(|line| line.trim()).find(|line| line.starts_with('#'));
        assert!(comment.is_some_and(|c| c.to_lowercase().contains("must be *")), "line {}", number + 1);
    }
}

/// The statements of the template that allow an action on items.
fn item_statements(template: &Template) -> Vec<(&str, BTreeSet<&str>, &Value)> {
    let on_items =
        |action: &&str| action.strip_prefix("dynamodb:").is_some_and(|name| name.ends_with("Item"));
    let statements = template.statements().into_iter();
    statements
        .map(|(name, statement)| {
            let actions = strings(&statement["Action"]).into_iter().filter(on_items).collect();
            (name, actions, statement)
        })
        .filter(|(_, actions, _): &(_, BTreeSet<&str>, _)| !actions.is_empty())
        .collect()
}

#[test]
fn items_are_written_by_kind_only_and_the_table_is_never_scanned() {
    let template = template();
    for (resource, actions, statement) in item_statements(&template) {
        if actions.iter().all(|action| *action == "dynamodb:GetItem") {
            continue;
        }
        let condition = &statement["Condition"];
        let kinds = strings(&condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]);
        assert!(!kinds.is_empty(), "{resource}: {actions:?} of any kind of item");
        for kind in kinds {
            assert!(!kind.trim_end_matches("#*").contains('*'), "{resource}: {kind}");
        }
        // Without it the condition is true of a request that names no key.
        assert_eq!(condition["Null"]["dynamodb:LeadingKeys"], "false", "{resource}: {actions:?}");
    }
    for (resource, statement) in template.statements() {
        for action in strings(&statement["Action"]) {
            assert!(action != "dynamodb:Scan" && !action.starts_with("dynamodb:PartiQL"), "{resource}");
        }
    }
}

/// Whoever may write one of these decides: on an approval, on a start, on what a person has closed.
#[test]
fn items_that_decide_are_written_by_one_each() {
    let template = template();
    for (kind, expected) in [
        ("APPROVAL#*", "ApproveFunction"),
        ("BREAKER#*", "OperatorPolicy"),
        ("DECISION#*", "ApproverPolicy"),
        ("LEASE#*", "RemediateFunction"),
        ("PLAN#*", "RemediateFunction"),
        ("TARGET#*", "RemediateFunction"),
    ] {
        let writers: BTreeSet<&str> = item_statements(&template)
            .into_iter()
            .filter(|(_, actions, statement)| {
                let kinds = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
                let is_write = |action: &&str| ["dynamodb:PutItem", "dynamodb:UpdateItem"].contains(action);
                actions.iter().any(is_write) && strings(kinds).contains(&kind)
            })
            .map(|(resource, _, _)| resource)
            .collect();
        assert_eq!(writers, [expected].into(), "{kind}");
    }
}

/// What was written about an incident is deleted by one who may do little else, and the ledger by nobody.
#[test]
fn items_are_deleted_by_the_purger_only_marks_by_the_sequencer_and_never_the_ledgers() {
    let template = template();
    let deleting: Vec<_> = item_statements(&template)
        .into_iter()
        .filter(|(_, actions, _)| actions.contains("dynamodb:DeleteItem"))
        .map(|(resource, _, one)| {
            (resource, strings(&one["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]))
        })
        .collect();
    let kinds = vec!["EVIDENCE#*", "DIAGNOSIS#*", "REASONING#*", "VERIFICATION#*", "APPLICATION#*"];
    assert_eq!(deleting, [("SequenceFunction", vec!["UNLOGGED#*"]), ("PurgerPolicy", kinds)]);
}

#[test]
fn policies_of_people_have_names_and_viewers_write_nothing() {
    let template = template();
    for (policy, name) in [
        ("ViewerPolicy", "viewer"),
        ("ApproverPolicy", "approver"),
        ("OperatorPolicy", "operator"),
        ("PurgerPolicy", "purger"),
    ] {
        let found = &template.properties(policy)["ManagedPolicyName"]["Fn::Sub"];
        assert_eq!(*found, format!("${{AWS::StackName}}-${{AWS::Region}}-{name}"));
    }
    let actions = |policy: &str| -> BTreeSet<String> {
        let statements = template.statements().into_iter().filter(|(name, _)| *name == policy);
        let actions = statements.flat_map(|(_, one)| strings(&one["Action"]));
        // With a key of its own, the table is read with it.
        actions.filter(|action| !action.starts_with("kms:")).map(str::to_owned).collect()
    };
    let reading = ["cloudformation:DescribeStacks", "dynamodb:GetItem", "dynamodb:Query"];
    // `nightshift intake` counts what reached it, and what waits in the dead-letter queues.
    let counting = ["cloudwatch:GetMetricData", "sqs:GetQueueAttributes"];
    let viewing: BTreeSet<String> = reading.into_iter().chain(counting).map(str::to_owned).collect();
    assert_eq!(actions("ViewerPolicy"), viewing);
    let deciding = ["dynamodb:ConditionCheckItem", "dynamodb:PutItem", "states:SendTaskSuccess"];
    let approving = viewing.into_iter().chain(deciding.map(str::to_owned)).collect();
    assert_eq!(actions("ApproverPolicy"), approving);
}

#[test]
fn automations_are_started_by_remediate_only() {
    let template = template();
    for action in ["ssm:StartAutomationExecution", "iam:PassRole"] {
        let holders: Vec<&str> = template
            .statements()
            .into_iter()
            .filter(|(_, statement)| strings(&statement["Action"]).contains(&action))
            .map(|(resource, _)| resource)
            .collect();
        assert_eq!(holders, ["RemediateFunction"], "{action}");
    }
}

#[test]
fn automations_that_may_be_started_are_the_documents() {
    let template = template();
    let statements = template.statements();
    let (_, starting) =
        statements.iter().find(|(_, s)| s["Action"] == "ssm:StartAutomationExecution").unwrap();
    let named: BTreeSet<&str> = starting["Resource"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|resource| Some(resource["Fn::Sub"].as_str()?.split_once(":document/")?.1))
        .collect();
    let expected: Vec<String> = documents().iter().map(|document| format!("Nightshift-{document}")).collect();
    assert_eq!(named, expected.iter().map(String::as_str).collect());
}

#[test]
fn roles_may_be_passed_to_ssm_only() {
    let template = template();
    let statements = template.statements();
    let (_, passing) = statements.iter().find(|(_, s)| s["Action"] == "iam:PassRole").unwrap();
    assert_eq!(passing["Condition"]["StringEquals"]["iam:PassedToService"], "ssm.amazonaws.com");
    let roles: Vec<&str> = passing["Resource"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|role| role["Fn::GetAtt"].as_str())
        .collect();
    let expected: Vec<String> = documents().iter().map(|document| format!("{document}Role.Arn")).collect();
    assert_eq!(BTreeSet::from_iter(roles), expected.iter().map(String::as_str).collect());
}

#[test]
fn rules_have_retries_and_a_queue_for_what_they_could_not_deliver() {
    let template = template();
    let mut rules = 0;
    for (resource, definition) in template.resources() {
        for (event, definition) in fields(&definition["Properties"]["Events"]) {
            let rule = &definition["Properties"];
            let kind = if ["Sweep", "Join", "LookAtReturns"].contains(&event) {
                "Schedule"
            } else {
                "EventBridgeRule"
            };
            assert_eq!(definition["Type"], kind, "{resource}: {event}");
            assert!(rule["DeadLetterConfig"]["Arn"]["Fn::GetAtt"].is_string(), "{resource}: {event}");
            assert!(rule["RetryPolicy"]["MaximumRetryAttempts"].is_u64(), "{resource}: {event}");
            rules += 1;
        }
    }
    assert_eq!(rules, 20);
}

#[test]
fn intake_takes_events_of_its_own_account_and_region_only() {
    let template = template();
    let events = fields(&template.properties("IntakeStateMachine")["Events"]);
    for (event, rule) in events.filter(|(_, rule)| rule["Type"] != "Schedule") {
        let pattern = &rule["Properties"]["Pattern"];
        assert_eq!(pattern["account"], serde_json::json!([{ "Ref": "AWS::AccountId" }]), "{event}");
        assert_eq!(pattern["region"], serde_json::json!([{ "Ref": "AWS::Region" }]), "{event}");
    }
}

#[test]
fn parameters_read_by_value_are_nightshifts_own() {
    let template = template();
    for (resource, statement) in template.statements() {
        // The document that restores parameters has to read them: its role is bounded otherwise.
        if resource != "RestoreParameterRole" && strings(&statement["Action"]).contains(&"ssm:GetParameter") {
            let read = statement["Resource"]["Fn::Sub"].as_str().unwrap();
            assert!(
                read.contains(":parameter${ParameterPrefix}/") && read.ends_with("/*"),
                "{resource}: {read}"
            );
        }
    }
}

#[test]
fn notify_keeps_what_it_could_not_deliver_when_called_by_a_rule() {
    let template = template();
    let failed =
        &template.properties("NotifyFunction")["EventInvokeConfig"]["DestinationConfig"]["OnFailure"];
    assert_eq!(failed["Type"], "SQS");
}

#[test]
fn machines_named_in_rules_and_environment_are_the_machines() {
    let template = template();
    let name = template.properties("IncidentStateMachine")["Name"]["Fn::Sub"].as_str().unwrap();
    let notify = template.environment("NotifyFunction");
    let arn = notify["INCIDENT_STATE_MACHINE_ARN"]["Fn::Sub"].as_str().unwrap();
    assert!(arn.ends_with(&format!(":stateMachine:{name}")), "{arn}");
    let rule = &template.properties("NotifyFunction")["Events"]["IncidentBroken"]["Properties"];
    assert_eq!(rule["Pattern"]["detail"]["stateMachineArn"][0]["Fn::Sub"], arn);
}

#[test]
fn logs_are_kept_for_a_time_and_every_function_and_machine_has_its_own() {
    let template = template();
    for (name, group) in template.resources_of("AWS::Logs::LogGroup") {
        assert!(!group["Properties"]["RetentionInDays"].is_null(), "{name}");
    }
    for (name, function) in template.resources_of("AWS::Serverless::Function") {
        let own = format!("{}LogGroup", name.trim_end_matches("Function"));
        assert_eq!(function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"], own);
    }
    for (name, machine) in template.resources_of("AWS::Serverless::StateMachine") {
        let logging = &machine["Properties"]["Logging"];
        let own = format!("{}LogGroup.Arn", name.trim_end_matches("StateMachine"));
        assert_eq!(logging["Destinations"][0]["CloudWatchLogsLogGroup"]["LogGroupArn"]["Fn::GetAtt"], own);
        assert_eq!(logging["IncludeExecutionData"], false, "{name}");
    }
}

#[test]
fn table_survives_the_stack_and_a_mistake() {
    let template = template();
    let table = &template.json["Resources"]["IncidentTable"];
    assert_eq!(table["DeletionPolicy"], "Retain");
    assert_eq!(table["UpdateReplacePolicy"], "Retain");
    assert_eq!(table["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(table["Properties"]["SSESpecification"]["SSEEnabled"], true);
    assert_eq!(table["Properties"]["TimeToLiveSpecification"]["AttributeName"], "expires_at_seconds");
}

/// A table's items outlive the time for which their incident can be open.
#[test]
fn incident_retention_is_what_the_store_takes_and_far_longer_than_an_incident_is_open() {
    let template = template();
    let parameter = &template.json["Parameters"]["IncidentRetentionDays"];
    let days = |name: &str| parameter[name].as_u64().unwrap();
    assert_eq!(days("MinValue"), u64::from(Retention::LEAST_DAYS));
    assert_eq!(days("MaxValue"), u64::from(Retention::MOST_DAYS));
    assert_eq!(parameter["Default"].to_string().parse(), Ok(Retention::default()));
    let machine: Value =
        serde_json::from_str(&repository::read("statemachines/incident.asl.json").unwrap()).unwrap();
    let longest_days = machine["TimeoutSeconds"].as_u64().unwrap().div_ceil(86_400);
    assert!(days("MinValue") >= 3 * longest_days, "open for up to {longest_days} days");
}

#[test]
fn documents_have_a_resource_and_a_role_each_and_remediate_knows_them() {
    let automation = Template::load("automation.yaml").unwrap();
    let template = template();
    let remediate = template.environment("RemediateFunction");
    let roles: Value =
        serde_json::from_str(remediate["AUTOMATION_ROLES"]["Fn::Sub"].as_str().unwrap()).unwrap();
    let diagnose = template.environment("DiagnoseFunction");
    let names = diagnose["AUTOMATION_ROLE_NAMES"]["Fn::Sub"].as_str().unwrap();
    let documents = documents();
    assert_eq!(automation.resources().count(), documents.len());
    assert_eq!(fields(&roles).count(), documents.len());
    assert_eq!(names.split(',').count(), documents.len());
    for document in documents {
        let properties = automation.properties(&document);
        assert_eq!(properties["Name"], format!("Nightshift-{document}"));
        let location = &properties["Content"]["Fn::Transform"]["Parameters"]["Location"];
        assert_eq!(*location, format!("automation/{document}.yaml"));
        assert_eq!(roles[format!("Nightshift-{document}")], format!("${{{document}Role.Arn}}"));
        assert!(names.split(',').any(|name| name == format!("${{{document}Role}}")), "{document}");
    }
}

#[test]
fn document_roles_may_do_what_the_steps_call_and_no_more() {
    let template = template();
    for document in documents() {
        let text = repository::read(&format!("infra/automation/{document}.yaml")).unwrap();
        let steps: Value = serde_yaml_ng::from_str(&text).unwrap();
        let called: BTreeSet<String> = steps["mainSteps"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|step| {
                let inputs = &step["inputs"];
                Some(format!("{}:{}", inputs["Service"].as_str()?, inputs["Api"].as_str()?))
            })
            .collect();
        // EC2 creates the grant in the name of whoever starts the instance.
        let created_by_ec2 = (document == "StartInstance").then(|| "kms:CreateGrant".to_owned());
        let called: BTreeSet<String> = called.into_iter().chain(created_by_ec2).collect();
        let allowed = template.allowed(&format!("{document}Role"));
        assert_eq!(allowed.iter().map(ToString::to_string).collect::<BTreeSet<_>>(), called, "{document}");
        let bounds = &template.properties(&format!("{document}Role"))["ManagedPolicyArns"];
        assert_eq!(bounds[0]["Ref"], "AutomationLimits", "{document}");
        assert_eq!(bounds[1]["Ref"], "AutomationScopePolicy", "{document}");
    }
}

/// The names of the files in `infra/automation`.
fn documents() -> BTreeSet<String> {
    std::fs::read_dir(repository::root().join("infra/automation"))
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".yaml")?.to_owned()))
        .collect()
}

#[test]
fn sweep_is_asked_for_on_a_schedule_as_notify_reads_it() {
    let template = template();
    let sweep = &template.properties("NotifyFunction")["Events"]["Sweep"]["Properties"];
    assert_eq!(sweep["Schedule"], "rate(5 minutes)");
    let request: notify::Request = serde_json::from_str(sweep["Input"].as_str().unwrap()).unwrap();
    assert_eq!(request, notify::Request::Scheduled(notify::Scheduled::Sweep));
}

#[test]
fn returns_are_looked_at_on_a_schedule_as_dedup_reads_it() {
    let template = template();
    let look = &template.properties("IntakeStateMachine")["Events"]["LookAtReturns"]["Properties"];
    assert_eq!(look["Schedule"], "rate(5 minutes)");
    let request: dedup::Request = serde_json::from_str(look["Input"].as_str().unwrap()).unwrap();
    assert!(matches!(request, dedup::Request::Scheduled(dedup::Scheduled::LookAtReturns)));
}

/// The metrics of Step Functions that say that an incident's execution is in trouble:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html>
#[test]
fn alarms_watch_every_way_in_which_an_incident_s_execution_breaks() {
    let template = template();
    let watched = |dimension: &str, resource: &str| -> BTreeSet<String> {
        let alarms = template.resources_of("AWS::CloudWatch::Alarm");
        let of = alarms.filter(|(_, alarm)| {
            let value = &alarm["Properties"]["Dimensions"][0]["Value"];
            value[dimension] == *resource
        });
        of.map(|(_, alarm)| alarm["Properties"]["MetricName"].as_str().unwrap().to_owned()).collect()
    };
    let executions = ["ExecutionThrottled", "ExecutionsAborted", "ExecutionsFailed", "ExecutionsTimedOut"];
    assert_eq!(watched("Ref", "IncidentStateMachine"), executions.map(str::to_owned).into());
    let letters =
        ["ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible", "NumberOfMessagesSent"];
    let sequencer = ["Errors", "Invocations"];
    assert_eq!(watched("Ref", "SequenceFunction"), sequencer.map(str::to_owned).into());
    for queue in ["IntakeDeadLetterQueue", "RuleDeadLetterQueue"] {
        let found = watched("Fn::GetAtt", &format!("{queue}.QueueName"));
        assert_eq!(found, letters.map(str::to_owned).into(), "{queue}");
    }
    for (name, alarm) in template.resources_of("AWS::CloudWatch::Alarm") {
        let properties = &alarm["Properties"];
        assert_eq!(properties["AlarmActions"].as_array().unwrap().len(), 2, "{name}");
        assert!(properties["AlarmName"]["Fn::Sub"].as_str().unwrap().contains("-own-"), "{name}");
    }
}

/// A function that never runs fails never: it has no metrics at all.
#[test]
fn alarm_on_a_sequencer_that_never_runs_takes_missing_data_for_the_fault() {
    let template = template();
    let alarm = template.properties("LedgerSilentAlarm");
    assert_eq!(alarm["TreatMissingData"], "breaching");
    assert_eq!((&alarm["ComparisonOperator"], &alarm["Threshold"]), (&"LessThanThreshold".into(), &1.into()));
    let rule = &template.properties("SequenceFunction")["Events"]["Join"]["Properties"]["Schedule"];
    assert_eq!(*rule, "rate(5 minutes)");
    let period_minutes = alarm["Period"].as_u64().unwrap() / 60;
    assert!(period_minutes >= 2 * 5, "one run that is late is no alarm: {period_minutes} minutes");
}

#[test]
fn topics_lead_to_different_people() {
    let template = template();
    let endpoint = |name: &str| template.properties(name)["Endpoint"]["Ref"].as_str().unwrap().to_owned();
    assert_ne!(endpoint("AlertSubscription"), endpoint("FallbackSubscription"));
}

/// What releases an incident must not be able to end what still runs.
#[test]
fn fallback_that_is_the_mailbox_of_the_alerts_is_refused() {
    let template = template();
    let rule = &template.json["Rules"]["FallbackIsAnotherWay"];
    let same = json!({ "Fn::Equals": [{ "Ref": "FallbackEndpoint" }, { "Ref": "AlertEmail" }] });
    assert_eq!(rule["Assertions"][0]["Assert"], json!({ "Fn::Not": [same] }));
    // Both may be empty, for somebody to subscribe later.
    let empty = json!({ "Fn::Equals": [{ "Ref": "AlertEmail" }, ""] });
    assert_eq!(rule["RuleCondition"], json!({ "Fn::Not": [empty] }));
}

#[test]
fn executions_are_stopped_by_people_only() {
    let template = template();
    let holders: Vec<&str> = template
        .statements()
        .into_iter()
        .filter(|(_, statement)| strings(&statement["Action"]).contains(&"states:StopExecution"))
        .map(|(resource, _)| resource)
        .collect();
    assert_eq!(holders, ["OperatorPolicy"]);
}

#[test]
fn automations_act_only_on_the_applications_that_the_parameter_names() {
    let template = template();
    let document = &template.properties("AutomationScopePolicy")["PolicyDocument"]["Fn::Sub"];
    let policy: Value = serde_json::from_str(document[0].as_str().unwrap()).unwrap();
    let [statement] = policy["Statement"].as_array().unwrap().as_slice() else { panic!("one statement") };
    assert_eq!(statement["Effect"], "Deny");
    // The value and not only the key; a missing tag is not like any value either.
    let condition = json!({ "StringNotLike": { "aws:ResourceTag/${ApplicationTag}": ["${Values}"] } });
    assert_eq!(statement["Condition"], condition);
    assert_eq!(document[1]["Values"], json!({ "Fn::Join": ["\", \"", { "Ref": "Applications" }] }));
    assert_eq!(template.json["Parameters"]["Applications"]["Default"], "?*");
}

#[test]
fn grants_on_keys_of_volumes_are_for_ec2_only() {
    let template = template();
    let statements =
        template.properties("StartInstanceRole")["Policies"][0]["PolicyDocument"]["Statement"].clone();
    let of_keys =
        statements.as_array().unwrap().iter().find(|one| one["Fn::If"][0] == "HasVolumeKeys").unwrap();
    let statement = &of_keys["Fn::If"][1];
    assert_eq!(statement["Action"], "kms:CreateGrant");
    assert_eq!(statement["Resource"], json!({ "Ref": "VolumeKeys" }));
    assert_eq!(statement["Condition"]["Bool"]["kms:GrantIsForAWSResource"], "true");
    let via = &statement["Condition"]["StringEquals"]["kms:ViaService"]["Fn::Sub"];
    assert_eq!(*via, "ec2.${AWS::Region}.${AWS::URLSuffix}");
    assert_eq!(of_keys["Fn::If"][2], json!({ "Ref": "AWS::NoValue" }));
}
