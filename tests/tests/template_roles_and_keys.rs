//! The template's roles and keys: what a permissions boundary, a role path and customer managed keys reach.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "also in what the tests share")]

use std::collections::BTreeSet;

use nightshift_tests::template::{Template, strings};
use serde_json::{Value, json};

fn template() -> Template {
    Template::load("template.yaml").unwrap()
}

fn only_if(condition: &str, value: &Value) -> Value {
    json!({"Fn::If": [condition, value, {"Ref": "AWS::NoValue"}]})
}

/// Without these a deployment is as it was before there were such parameters.
#[test]
fn keys_boundary_and_path_are_none_by_default() {
    let template = template();
    for parameter in ["TableKeyArn", "TopicKeyArn", "QueueKeyArn", "PermissionsBoundary"] {
        assert_eq!(template.json["Parameters"][parameter]["Default"], "", "{parameter}");
        let condition = match parameter {
            "PermissionsBoundary" => "HasPermissionsBoundary".to_owned(),
            key => format!("Has{}", key.trim_end_matches("Arn")),
        };
        let is_given = json!({"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]});
        assert_eq!(template.json["Conditions"][condition], is_given, "{parameter}");
    }
    assert_eq!(template.json["Parameters"]["RolePath"]["Default"], "/");
}

#[test]
fn every_role_has_the_boundary_and_the_path() {
    let template = template();
    let boundary = only_if("HasPermissionsBoundary", &json!({"Ref": "PermissionsBoundary"}));
    let path = json!({"Ref": "RolePath"});
    let functions = &template.json["Globals"]["Function"];
    assert_eq!((&functions["PermissionsBoundary"], &functions["RolePath"]), (&boundary, &path));
    for (name, function) in template.resources_of("AWS::Serverless::Function") {
        let own = &function["Properties"];
        assert!(own["PermissionsBoundary"].is_null() && own["Role"].is_null(), "{name}");
    }
    for (kind, path_property) in [("AWS::Serverless::StateMachine", "RolePath"), ("AWS::IAM::Role", "Path")] {
        let mut found = 0;
        for (name, resource) in template.resources_of(kind) {
            let properties = &resource["Properties"];
            assert_eq!(properties["PermissionsBoundary"], boundary, "{name}");
            assert_eq!(properties[path_property], path, "{name}");
            found += 1;
        }
        assert!(found >= 2, "{kind}");
    }
}

#[test]
fn table_topics_and_queues_use_the_keys_that_are_given() {
    let template = template();
    let key = |condition: &str, parameter: &str| only_if(condition, &json!({ "Ref": parameter }));
    let table = &template.properties("IncidentTable")["SSESpecification"];
    assert_eq!(table["KMSMasterKeyId"], key("HasTableKey", "TableKeyArn"));
    assert_eq!(table["SSEType"], only_if("HasTableKey", &json!("KMS")));
    for (name, topic) in template.resources_of("AWS::SNS::Topic") {
        assert_eq!(topic["Properties"]["KmsMasterKeyId"], key("HasTopicKey", "TopicKeyArn"), "{name}");
    }
    for (name, queue) in template.resources_of("AWS::SQS::Queue") {
        assert_eq!(queue["Properties"]["KmsMasterKeyId"], key("HasQueueKey", "QueueKeyArn"), "{name}");
        // SQS refuses both at once.
        let managed = json!({"Fn::If": ["HasQueueKey", {"Ref": "AWS::NoValue"}, true]});
        assert_eq!(queue["Properties"]["SqsManagedSseEnabled"], managed, "{name}");
    }
}

/// Those whose policies permit one of the actions, and those who may use the key for it.
fn users(template: &Template, service: &str, key: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let policy = format!("{key}KeyPolicy");
    let mut callers = BTreeSet::new();
    let mut key_users = BTreeSet::new();
    for (name, statement) in template.statements() {
        let actions = strings(&statement["Action"]);
        // What only tells of a queue or a topic, and not of messages, needs no key.
        let reads_or_writes = |action: &&str| {
            action.starts_with(service)
                && !["GetTopicAttributes", "GetQueueAttributes", "Describe", "List", "GetData", "GetResource"]
                    .iter()
                    .any(|harmless| action.contains(harmless))
        };
        // A queue's own policy is about who may send, and EventBridge has no role.
        let has_principal = !statement["Principal"].is_null();
        if !has_principal && actions.iter().any(reads_or_writes) {
            callers.insert(name.to_owned());
        }
        if name != policy && statement["Resource"] == json!({ "Ref": format!("{key}KeyArn") }) {
            key_users.insert(name.to_owned());
        }
    }
    for (name, resource) in template.resources() {
        if resource["Properties"]["Policies"]
            .as_array()
            .is_some_and(|all| all.contains(&only_if(&format!("Has{key}Key"), &json!({ "Ref": policy }))))
        {
            key_users.insert(name.to_owned());
        }
    }
    (callers, key_users)
}

#[test]
fn whoever_uses_the_table_a_topic_or_a_queue_may_use_its_key_and_nobody_else() {
    let template = template();
    for (service, key) in [("dynamodb:", "Table"), ("sns:", "Topic"), ("sqs:", "Queue")] {
        let (mut callers, key_users) = users(&template, service, key);
        if service == "sqs:" {
            // Lambda sends what it could not deliver under the function's role.
            callers.insert("NotifyFunction".to_owned());
        }
        assert!(callers.len() >= 2, "{service}");
        assert_eq!(key_users, callers, "{key}");
    }
}

#[test]
fn keys_are_used_through_their_service_only() {
    let template = template();
    let mut found = 0;
    for (name, statement) in template.statements() {
        let key = statement["Resource"]["Ref"].as_str().filter(|key| key.ends_with("KeyArn"));
        let Some(key) = key else { continue };
        let service = match key {
            "TableKeyArn" => "dynamodb",
            "TopicKeyArn" => "sns",
            _ => "sqs",
        };
        let via = &statement["Condition"]["StringEquals"]["kms:ViaService"]["Fn::Sub"];
        assert_eq!(*via, format!("{service}.${{AWS::Region}}.${{AWS::URLSuffix}}"), "{name}");
        found += 1;
    }
    assert!(found > 6);
}

/// The functions, machines and policies that allow the action.
fn holders<'a>(template: &'a Template, action: &str) -> BTreeSet<&'a str> {
    let allowing = template.statements().into_iter().filter(|(_, statement)| {
        statement["Effect"] == "Allow" && strings(&statement["Action"]).contains(&action)
    });
    allowing.map(|(name, _)| name).collect()
}

/// `docs/security.md` rests on these.
#[test]
fn rights_with_an_effect_have_the_holders_that_the_document_names() {
    let template = template();
    for (action, expected) in [
        ("events:PutEvents", &["WebhookFunction"][..]),
        ("sns:Publish", &["NotifyFunction", "OperatorPolicy"]),
        ("bedrock:InvokeModel", &["DiagnoseFunction"]),
        ("states:SendTaskSuccess", &["ApproverPolicy"]),
        ("states:StartExecution", &["IntakeStateMachine", "NotifyFunction", "OperatorPolicy"]),
        ("sqs:DeleteMessage", &["OperatorPolicy"]),
        ("lambda:GetFunctionConfiguration", &["DiagnoseFunction", "RollbackLambdaAliasRole"]),
        ("lambda:UpdateFunctionCode", &[]),
        ("secretsmanager:GetSecretValue", &[]),
        ("iam:CreateRole", &[]),
    ] {
        assert_eq!(holders(&template, action), expected.iter().copied().collect(), "{action}");
    }
}

#[test]
fn settings_are_written_by_no_role_of_the_stack() {
    let template = template();
    assert_eq!(holders(&template, "ssm:PutParameter"), ["RestoreParameterRole"].into());
    let statements = template.statements();
    let (_, denied) = statements.iter().find(|(name, _)| *name == "AutomationLimits").unwrap();
    assert_eq!(denied["Effect"], "Deny");
    assert!(strings(&denied["Action"]).contains(&"ssm:PutParameter"));
    let own = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${ParameterPrefix}/*";
    assert!(denied["Resource"].as_array().unwrap().contains(&json!({ "Fn::Sub": own })));
    for (name, role) in template.resources_of("AWS::IAM::Role") {
        let bounds = role["Properties"]["ManagedPolicyArns"].as_array().unwrap();
        assert!(bounds.contains(&json!({"Ref": "AutomationLimits"})), "{name}");
    }
}

/// A parameter can be asked for decrypted, its history too, and the account's own key for parameters permits that to all.
#[test]
fn whoever_reads_parameters_of_others_decrypts_its_own_only() {
    let template = template();
    let mut readers = holders(&template, "ssm:GetParameterHistory");
    assert_eq!(readers, ["DiagnoseFunction", "RemediateFunction", "VerifyFunction"].into());
    readers.insert("RestoreParameterRole");
    let own = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${ParameterPrefix}/*";
    for reader in readers {
        let statements = template.statements();
        let (_, deny) = statements
            .iter()
            .find(|(name, one)| *name == reader && one["Effect"] == "Deny" && one["Action"] == "kms:Decrypt")
            .unwrap();
        assert_eq!(deny["Resource"], "*", "{reader}");
        let condition = &deny["Condition"];
        let via = &condition["StringEquals"]["kms:ViaService"]["Fn::Sub"];
        assert_eq!(*via, "ssm.${AWS::Region}.${AWS::URLSuffix}", "{reader}");
        let context = &condition["StringNotLike"]["kms:EncryptionContext:PARAMETER_ARN"]["Fn::Sub"];
        assert_eq!(*context, own, "{reader}");
    }
}
