//! Judges what was read of the deployment; pure.

use common::Mode;

use super::finding::Finding;
use crate::account::stack::Stack;

/// A resource as the stack lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) logical_id: String,
    pub(super) kind: String,
    pub(super) status: String,
    pub(super) reason: Option<String>,
}

pub(super) fn stack(stack: &Stack) -> Finding {
    let what = "stack";
    let said = format!("{} is {}", stack.name, stack.status);
    match stack.status.as_str() {
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => Finding::ok(what, said),
        "UPDATE_ROLLBACK_COMPLETE" | "IMPORT_ROLLBACK_COMPLETE" => Finding::warn(
            what,
            format!("{said}: the last update failed and the previous version runs; see the stack's events"),
        ),
        "CREATE_IN_PROGRESS" | "UPDATE_IN_PROGRESS" | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" => {
            Finding::warn(what, format!("{said}: a deployment is running, check again when it has ended"))
        }
        _ => Finding::fail(
            what,
            format!("{said}: see the stack's events, fix what they name, then run `make deploy`"),
        ),
    }
}

/// One line for the functions, one for all the rest, one more for each resource that is not well.
pub(super) fn resources(resources: &[Resource]) -> Vec<Finding> {
    let is_function = |resource: &&Resource| resource.kind == "AWS::Lambda::Function";
    let settled = |resource: &&Resource| {
        let status = resource.status.as_str();
        status.ends_with("_COMPLETE") && !status.starts_with("DELETE") && !status.contains("ROLLBACK")
    };
    let functions = resources.iter().filter(is_function).count();
    let well = resources.iter().filter(settled).count();
    let mut findings = Vec::new();
    if functions == 0 {
        findings.push(Finding::fail("functions", "none in the stack: run `make deploy`"));
    } else {
        let names: Vec<_> =
            resources.iter().filter(is_function).map(|function| function.logical_id.as_str()).collect();
        findings.push(Finding::ok("functions", names.join(", ")));
    }
    findings.push(Finding::ok("resources", format!("{well} of {} complete", resources.len())));
    for resource in resources.iter().filter(|resource| !settled(resource)) {
        let why = resource.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let said = format!("{} is {}{why}", resource.kind, resource.status);
        findings.push(if resource.status.ends_with("_FAILED") {
            Finding::fail(&resource.logical_id, format!("{said} (run `make deploy` again)"))
        } else {
            Finding::warn(&resource.logical_id, said)
        });
    }
    findings
}

pub(super) fn mode(name: &str, value: &str) -> Finding {
    let what = "mode";
    match value.parse::<Mode>() {
        Ok(Mode::Off) => Finding::warn(
            what,
            format!(
                "off: incidents are opened and a person is notified, nothing is diagnosed or changed; to set observe, \
                 shadow, supervised or autonomous: \
                 `aws ssm put-parameter --name {name} --overwrite --value MODE`"
            ),
        ),
        Ok(mode) => Finding::ok(what, mode.to_string()),
        Err(error) => Finding::fail(
            what,
            format!(
                "{name}: {error}; no action is taken until you set it: \
                 `aws ssm put-parameter --name {name} --overwrite --value MODE`"
            ),
        ),
    }
}

/// The finding where the deployment has no mode at all.
pub(super) fn missing_mode(name: &str) -> Finding {
    let missing = Mode::MISSING;
    Finding::warn(
        "mode",
        format!(
            "{name} is missing, so the mode is {missing} and nothing is changed; to set one: \
             `aws ssm put-parameter --name {name} --type String --value MODE`"
        ),
    )
}

/// `status` is Step Functions' own word; a machine that is being deleted still answers.
pub(super) fn state_machine(what: &str, name: &str, status: &str) -> Finding {
    if status == "ACTIVE" {
        Finding::ok(what, name)
    } else {
        Finding::fail(what, format!("{name} is {status}: run `make deploy`"))
    }
}

/// `subscriptions` are ARNs, or what SNS says instead of one that nobody confirmed yet.
pub(super) fn topic(what: &str, arn: &str, subscriptions: &[String]) -> Finding {
    let confirmed = subscriptions.iter().filter(|arn| arn.starts_with("arn:")).count();
    let pending = subscriptions.iter().filter(|arn| arn.as_str() == "PendingConfirmation").count();
    match (confirmed, pending) {
        (0, 0) => Finding::warn(
            what,
            format!(
                "no subscriptions, so nobody is notified: \
                 `aws sns subscribe --topic-arn {arn} --protocol email --notification-endpoint ADDRESS`"
            ),
        ),
        (0, pending) => Finding::warn(
            what,
            format!(
                "nobody is notified yet: {pending} not confirmed; the link is in the mail from AWS",
                pending = subscriptions_of(pending)
            ),
        ),
        (confirmed, 0) => Finding::ok(what, subscriptions_of(confirmed)),
        (confirmed, pending) => {
            Finding::ok(what, format!("{}, {pending} more not confirmed yet", subscriptions_of(confirmed)))
        }
    }
}

/// Lists the confirmed endpoints of a topic, for example `email oncall@example.com`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Endpoints(pub(super) std::collections::BTreeSet<String>);

/// A fallback that leads to the same mailbox as the alert topic fails with it.
pub(super) fn fallback(alert: &Endpoints, fallback: &Endpoints) -> Finding {
    let what = "fallback";
    let (Endpoints(alert), Endpoints(fallback)) = (alert, fallback);
    if fallback.is_empty() {
        let detail = "the fallback topic has no confirmed subscription, so a message that the alert topic does not take \
                      reaches nobody: deploy with FallbackEndpoint, or confirm the subscription";
        return Finding::warn(what, detail);
    }
    if fallback.is_subset(alert) {
        let same: Vec<_> = fallback.iter().map(String::as_str).collect();
        let detail = format!(
            "both topics lead to {}: give FallbackEndpoint another mailbox, a phone number or a pager's URL",
            same.join(", ")
        );
        return Finding::warn(what, detail);
    }
    Finding::ok(what, "leads elsewhere than the alert topic")
}

/// `1 subscription`, `2 subscriptions`
fn subscriptions_of(number: usize) -> String {
    format!("{number} subscription{}", if number == 1 { "" } else { "s" })
}

/// `status` is SSM's own word.
pub(super) fn document(name: &str, status: &str) -> Finding {
    if status == "Active" {
        Finding::ok("document", name)
    } else {
        Finding::fail("document", format!("{name} is {status}, so its action cannot run: run `make deploy`"))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::finding::Level, *};

    #[test]
    fn stack_level_follows_its_status() {
        for (status, expected) in [
            ("CREATE_COMPLETE", Level::Ok),
            ("UPDATE_COMPLETE", Level::Ok),
            ("UPDATE_IN_PROGRESS", Level::Warn),
            ("UPDATE_ROLLBACK_COMPLETE", Level::Warn),
            ("ROLLBACK_COMPLETE", Level::Fail),
            ("DELETE_IN_PROGRESS", Level::Fail),
            ("UPDATE_ROLLBACK_FAILED", Level::Fail),
        ] {
            assert_eq!(stack(&Stack::fake(status, &[])).level, expected, "{status}");
        }
    }

    fn resource(logical_id: &str, kind: &str, status: &str) -> Resource {
        let reason = status.ends_with("_FAILED").then(|| "no such role".to_owned());
        Resource { logical_id: logical_id.into(), kind: kind.into(), status: status.into(), reason }
    }

    #[test]
    fn resources_each_one_that_is_not_well_has_its_line() {
        let findings = resources(&[
            resource("IngestFunction", "AWS::Lambda::Function", "CREATE_COMPLETE"),
            resource("DedupFunction", "AWS::Lambda::Function", "UPDATE_FAILED"),
            resource("AlertTopic", "AWS::SNS::Topic", "UPDATE_IN_PROGRESS"),
        ]);
        let levels: Vec<_> = findings.iter().map(|finding| finding.level).collect();
        assert_eq!(levels, [Level::Ok, Level::Ok, Level::Fail, Level::Warn]);
        assert_eq!(findings[0].detail, "IngestFunction, DedupFunction");
        assert_eq!(findings[1].detail, "1 of 3 complete");
        assert!(findings[2].detail.contains("no such role"));
    }

    #[test]
    fn resources_without_a_function_is_a_failure() {
        assert_eq!(resources(&[])[0].level, Level::Fail);
    }

    #[test]
    fn mode_off_warns_and_another_word_fails() {
        for (value, expected) in [
            ("supervised", Level::Ok),
            ("autonomous", Level::Ok),
            ("off", Level::Warn),
            ("Full Speed", Level::Fail),
            ("", Level::Fail),
        ] {
            assert_eq!(mode("/nightshift/mode", value).level, expected, "{value}");
        }
    }

    #[test]
    fn missing_mode_warns_and_says_how_to_set_one() {
        let found = missing_mode("/nightshift/mode");
        assert_eq!(found.level, Level::Warn);
        assert!(found.detail.contains("the mode is observe") && found.detail.contains("put-parameter"));
    }

    #[test]
    fn topic_that_nobody_confirmed_warns() {
        let arn = || "arn:aws:sns:eu-west-1:123456789012:alerts:1".to_owned();
        let pending = || "PendingConfirmation".to_owned();
        for (subscriptions, expected) in [
            (vec![], Level::Warn),
            (vec![pending()], Level::Warn),
            (vec!["Deleted".to_owned()], Level::Warn),
            (vec![arn()], Level::Ok),
            (vec![pending(), arn()], Level::Ok),
        ] {
            assert_eq!(topic("alert topic", "arn", &subscriptions).level, expected, "{subscriptions:?}");
        }
    }

    #[test]
    fn fallback_that_reaches_nobody_else_warns() {
        let endpoints = |all: &[&str]| Endpoints(all.iter().map(ToString::to_string).collect());
        let (ada, bob) = ("email ada@example.com", "sms +4912345");
        for (alert, other, expected) in [
            (&[ada][..], &[][..], Level::Warn),
            (&[], &[], Level::Warn),
            (&[ada], &[ada], Level::Warn),
            (&[ada, bob], &[bob], Level::Warn),
            (&[ada], &[bob], Level::Ok),
            (&[ada], &[ada, bob], Level::Ok),
            (&[], &[bob], Level::Ok),
        ] {
            assert_eq!(fallback(&endpoints(alert), &endpoints(other)).level, expected, "{alert:?} {other:?}");
        }
    }

    #[test]
    fn machines_and_documents_must_be_active() {
        assert_eq!(state_machine("intake", "m", "ACTIVE").level, Level::Ok);
        assert_eq!(state_machine("intake", "m", "DELETING").level, Level::Fail);
        assert_eq!(document("d", "Active").level, Level::Ok);
        assert_eq!(document("d", "Failed").level, Level::Fail);
    }
}
