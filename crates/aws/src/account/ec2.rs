//! Reads EC2 instances for the modules that ask about one.

use common::ports::PortError;
use jiff::Timestamp;

use crate::signed_http::{
    Input, Operation, SignedClient,
    services::EC2,
    xml::{child, child_text, members, response},
};

const INSTANCES: Operation = Operation::new(&EC2, "DescribeInstances");

/// An instance as `DescribeInstances` tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Instance {
    /// EC2's own word, for example `running`.
    pub(super) state: String,
    /// The time of its last start.
    pub(super) launched_at: Option<Timestamp>,
}

/// Reads one instance. `None` where the answer holds no such instance; for an id that EC2 does not know it
/// refuses with [`NO_SUCH_INSTANCE`] instead.
pub(super) async fn instance(client: &SignedClient, id: &str) -> Result<Option<Instance>, PortError> {
    let input = Input::new(id).pair("InstanceId.1", id);
    parse_instance(&client.text(&INSTANCES, &input).await?)
}

/// The code of EC2's refusal where there is no instance with the id.
pub(super) const NO_SUCH_INSTANCE: &str = "InvalidInstanceID.NotFound";

fn parse_instance(answer: &str) -> Result<Option<Instance>, PortError> {
    let document = response(answer, INSTANCES.name())?;
    let Some(found) = members(document.root(), "instancesSet").into_iter().next() else { return Ok(None) };
    let state = child(found, "instanceState").and_then(|state| child_text(state, "name"));
    Ok(state.map(|state| Instance {
        state: state.to_owned(),
        launched_at: child_text(found, "launchTime").and_then(|time| time.parse().ok()),
    }))
}

#[cfg(test)]
mod tests {
    use common::ports::PortErrorKind;
    use proptest::prelude::*;

    use super::*;
    use crate::signed_http::{loopback::Loopback, refusal};

    /// Returns an answer as the API reference shows it, shortened.
    fn answer(instances: &str) -> String {
        format!(
            "<DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
             <requestId>8f7724cf</requestId><reservationSet>{instances}</reservationSet>\
             </DescribeInstancesResponse>"
        )
    }

    const RUNNING: &str = "<item><reservationId>r-1</reservationId><instancesSet><item>\
        <instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name></instanceState>\
        <monitoring><state>disabled</state></monitoring></item></instancesSet></item>";

    #[test]
    fn instance_is_the_first_instances_word() {
        for (instances, expected) in [
            (RUNNING, Some("running")),
            ("", None),
            ("<item><instancesSet/></item>", None),
            ("<item><instancesSet><item><instanceId>i-1</instanceId></item></instancesSet></item>", None),
        ] {
            let found = parse_instance(&answer(instances)).unwrap().map(|found| found.state);
            assert_eq!(found.as_deref(), expected, "{instances}");
        }
        assert_eq!(parse_instance("<html/>").unwrap_err().kind, PortErrorKind::Invalid);
    }

    #[tokio::test]
    async fn instance_is_asked_for_by_its_id() {
        let service = Loopback::answering(|_| Some((200, answer(RUNNING)))).await;
        let client = SignedClient::from_config(&service.config().await);
        assert_eq!(instance(&client, "i-1").await.unwrap().unwrap().state, "running");
        let asked = service.asked().remove(0);
        assert_eq!(asked.body, "Action=DescribeInstances&Version=2016-11-15&InstanceId.1=i-1");
        assert!(asked.head.contains("/eu-west-1/ec2/aws4_request"), "{}", asked.head);
    }

    #[tokio::test]
    async fn refusal_is_mapped_by_its_code() {
        for (code, status, expected) in [
            (NO_SUCH_INSTANCE, 400, PortErrorKind::NotFound),
            ("InvalidInstanceID.Malformed", 400, PortErrorKind::Invalid),
            ("UnauthorizedOperation", 403, PortErrorKind::Denied),
            ("AuthFailure", 401, PortErrorKind::Denied),
            ("RequestLimitExceeded", 503, PortErrorKind::Throttled),
            ("InternalError", 500, PortErrorKind::Unavailable),
        ] {
            let body = format!(
                "<Response><Errors><Error><Code>{code}</Code><Message>m</Message></Error></Errors>\
                 <RequestID>1</RequestID></Response>"
            );
            let service = Loopback::answering(move |_| Some((status, body.clone()))).await;
            let client = SignedClient::from_config(&service.config().await);
            let error = instance(&client, "i-1").await.unwrap_err();
            assert_eq!((error.kind, refusal::code(&error)), (expected, code));
            assert_eq!(error.operation, "DescribeInstances i-1");
        }
    }

    proptest! {
        #[test]
        fn state_any_text_is_read_or_refused(text in "\\PC*") {
            let _ = parse_instance(&text);
            let _ = parse_instance(&answer(&text));
        }
    }
}
