use proptest::prelude::*;

use super::*;

const ACCOUNT: &str = "123456789012";

fn kind(caller: &Caller<'_>) -> ActorKind {
    let Ok(own) = "Nightshift-Start".parse::<OwnRoles>();
    ActorKind::from_caller(caller, ACCOUNT, &own)
}

fn role(session: &str) -> String {
    format!("arn:aws:sts::{ACCOUNT}:assumed-role/{session}")
}

#[test]
fn kind_of_those_who_stop_instances_on_purpose_is_by_design() {
    let assumed = Caller { identity_type: Some("AssumedRole"), ..Caller::default() };
    let scheduler = role("hub-ASGSchedulerRole/InstanceScheduler");
    let plain = role("ops/9f31");
    let warm_pool = role("AWSServiceRoleForAutoScaling/AutoScaling");
    let by = |arn, invoked_by| Caller { arn: Some(arn), invoked_by, ..assumed };
    let quarantine = role("SO0111-Remediate-IsolateInstance/ASR");
    let response = role("guardduty-auto-response/isolate");
    for (who, caller, expected) in [
        ("Instance Scheduler", by(&scheduler, None), ActorKind::Scheduler),
        (
            "Instance Scheduler by its user agent",
            Caller {
                user_agent: Some("Boto3/1.34 md/Botocore AwsSolution/SO0030/v3.0.9"),
                ..by(&plain, None)
            },
            ActorKind::Scheduler,
        ),
        ("EventBridge Scheduler", by(&plain, Some("scheduler.amazonaws.com")), ActorKind::Scheduler),
        ("a warm pool", by(&warm_pool, Some("autoscaling.amazonaws.com")), ActorKind::Scaling),
        (
            "Auto Scaling by its role alone",
            Caller {
                session_issuer: Some(
                    "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_eu",
                ),
                ..by(&plain, None)
            },
            ActorKind::Scaling,
        ),
        ("Spot", by(&plain, Some("spot.amazonaws.com")), ActorKind::Scaling),
        ("a maintenance window", by(&plain, Some("ssm.amazonaws.com")), ActorKind::Service),
        ("AWS Backup", by(&plain, Some("backup.amazonaws.com")), ActorKind::Service),
        (
            "a service's own event",
            Caller {
                identity_type: Some("AWSService"),
                invoked_by: Some("AWS Internal"),
                ..Caller::default()
            },
            ActorKind::Service,
        ),
        ("a security response", by(&quarantine, Some("ssm.amazonaws.com")), ActorKind::Security),
        ("a response of the team's own", by(&response, None), ActorKind::Security),
    ] {
        let found = kind(&caller);
        assert_eq!(found, expected, "{who}");
        assert!(found.acts_by_design(), "{who}");
    }
}

#[test]
fn kind_of_everybody_else_is_what_the_record_says() {
    let user = "arn:aws:iam::123456789012:user/alice";
    let plain = role("developer/alice");
    let assumed = Caller { identity_type: Some("AssumedRole"), arn: Some(&plain), ..Caller::default() };
    let own = role("Nightshift-Start/Automation-1");
    let named_like_ours = role("developer/Nightshift-Start");
    let ci = role("deploy/GitHubActions");
    for (who, caller, expected) in [
        (
            "a user",
            Caller { identity_type: Some("IAMUser"), arn: Some(user), ..Caller::default() },
            ActorKind::Person,
        ),
        ("the root user", Caller { identity_type: Some("Root"), ..Caller::default() }, ActorKind::Person),
        (
            "a permission set of IAM Identity Center",
            Caller {
                session_issuer: Some(
                    "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_1",
                ),
                ..assumed
            },
            ActorKind::Person,
        ),
        ("a role at the console", Caller { from_console: true, ..assumed }, ActorKind::Person),
        ("a role", assumed, ActorKind::Unknown),
        ("nothing", Caller::default(), ActorKind::Unknown),
        (
            "an address",
            Caller { source_address: Some("203.0.113.7"), invoked_by: None, ..assumed },
            ActorKind::Unknown,
        ),
        ("a session named like GitHub's", Caller { arn: Some(&ci), ..assumed }, ActorKind::Pipeline),
        (
            "GitHub's identity",
            Caller {
                federated_provider: Some(
                    "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
                ),
                ..assumed
            },
            ActorKind::Pipeline,
        ),
        (
            "a provider named like GitHub's",
            Caller {
                federated_provider: Some(
                    "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com.evil.example",
                ),
                ..assumed
            },
            ActorKind::Unknown,
        ),
        (
            "a person through CloudFormation",
            Caller {
                identity_type: Some("IAMUser"),
                arn: Some(user),
                invoked_by: Some("cloudformation.amazonaws.com"),
                ..Caller::default()
            },
            ActorKind::Pipeline,
        ),
        (
            "a service in China, by the address",
            Caller { source_address: Some("codedeploy.cn-north-1.amazonaws.com.cn"), ..assumed },
            ActorKind::Pipeline,
        ),
        (
            "ourselves",
            Caller { arn: Some(&own), invoked_by: Some("ssm.amazonaws.com"), ..assumed },
            ActorKind::Ourselves,
        ),
        ("a session named like us", Caller { arn: Some(&named_like_ours), ..assumed }, ActorKind::Unknown),
    ] {
        assert_eq!(kind(&caller), expected, "{who}");
    }
}

#[test]
fn from_arn_knows_a_user_and_no_role() {
    let of = |arn: &str| ActorKind::from_arn(arn, ACCOUNT, &OwnRoles::default());
    assert_eq!(of("arn:aws:iam::123456789012:user/bob"), ActorKind::Person);
    assert_eq!(of("arn:aws:sts::123456789012:assumed-role/developer/alice"), ActorKind::Unknown);
    assert_eq!(of("arn:aws:sts::123456789012:assumed-role/instance-scheduler/x"), ActorKind::Scheduler);
    assert_eq!(of("unknown"), ActorKind::Unknown);
}

#[test]
fn as_str_is_the_word_that_is_stored() {
    for kind in ActorKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), serde_json::json!(kind.as_str()));
    }
}

prop_compose! {
    fn record()(
        identity_type in prop::option::of(prop::sample::select(vec![
            "Root", "IAMUser", "AssumedRole", "AWSService", "WebIdentityUser", "IdentityCenterUser", "Unknown",
        ])),
        invoked_by in prop::option::of(prop::sample::select(vec![
            "autoscaling.amazonaws.com", "scheduler.amazonaws.com", "ssm.amazonaws.com", "AWS Internal",
            "guardduty.amazonaws.com", "cloudformation.amazonaws.com", "new-service.amazonaws.com",
        ])),
        issuer in prop::option::of(prop::sample::select(vec![
            "arn:aws:iam::123456789012:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot",
            "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1",
            "arn:aws:iam::123456789012:role/app",
        ])),
        from_console in any::<bool>(),
    ) -> Caller<'static> {
        Caller { identity_type, invoked_by, session_issuer: issuer, from_console, ..Caller::default() }
    }
}

proptest! {
    /// Whoever chooses a session's name or a user agent can only make us more careful.
    #[test]
    fn kind_no_chosen_name_makes_us_less_careful(
        record in record(),
        session in "[A-Za-z0-9+=,.@-]{2,40}|GitHubActions|alice|console|AWSReservedSSO_Admin",
        agent in "[ -~]{0,60}|console.amazonaws.com|signin.amazonaws.com|HashiCorp Terraform/1.9",
    ) {
        let without = kind(&record);
        let arn = role(&format!("app/{session}"));
        let with = kind(&Caller { arn: Some(&arn), user_agent: Some(&agent), ..record });
        prop_assert!(with >= without, "{without} became {with}");
    }

    /// A record that AWS attributes to a scheduler, to scaling or to a service never gives a person.
    #[test]
    fn kind_what_a_service_did_is_never_a_persons(record in record()) {
        let by_service = record.invoked_by.is_some_and(|by| by.ends_with(".amazonaws.com"));
        prop_assume!(by_service);
        prop_assert!(kind(&record) > ActorKind::Unknown);
    }

    #[test]
    fn kind_any_text_is_an_answer(text in any::<String>()) {
        let all = Caller {
            identity_type: Some(&text),
            arn: Some(&text),
            invoked_by: Some(&text),
            session_issuer: Some(&text),
            federated_provider: Some(&text),
            source_address: Some(&text),
            user_agent: Some(&text),
            from_console: false,
        };
        let _ = kind(&all);
    }
}
