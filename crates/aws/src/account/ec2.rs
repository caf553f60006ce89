//! Reads EC2 instances for the modules that ask about one.

use common::ports::PortError;

use crate::signed_http::{
    Input, Operation, SignedClient,
    services::EC2,
    xml::{child, child_text, members, response},
};

const INSTANCES: Operation = Operation::new(&EC2, "DescribeInstances");

/// Reads EC2's own word for an instance's state, for example `running`. `None` where the answer holds no
/// such instance; for an id that EC2 does not know it refuses with [`NO_SUCH_INSTANCE`] instead.
pub(super) async fn instance_state(client: &SignedClient, id: &str) -> Result<Option<String>, PortError> {
    let input = Input::new(id).pair("InstanceId.1", id);
    state(&client.text(&INSTANCES, &input).await?)
}

/// The code of EC2's refusal where there is no instance with the id.
pub(super) const NO_SUCH_INSTANCE: &str = "InvalidInstanceID.NotFound";

fn state(answer: &str) -> Result<Option<String>, PortError> {
    let document = response(answer, INSTANCES.name())?;
    let instance = members(document.root(), "instancesSet").into_iter().next();
    let state = instance.and_then(|instance| child(instance, "instanceState"));
    Ok(state.and_then(|state| child_text(state, "name")).map(str::to_owned))
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
    fn state_is_the_first_instances_word() {
        for (instances, expected) in [
            (RUNNING, Some("running")),
            ("", None),
            ("<item><instancesSet/></item>", None),
            ("<item><instancesSet><item><instanceId>i-1</instanceId></item></instancesSet></item>", None),
        ] {
            assert_eq!(state(&answer(instances)).unwrap().as_deref(), expected, "{instances}");
        }
        assert_eq!(state("<html/>").unwrap_err().kind, PortErrorKind::Invalid);
    }

    #[tokio::test]
    async fn instance_is_asked_for_by_its_id() {
        let service = Loopback::answering(|_| Some((200, answer(RUNNING)))).await;
        let client = SignedClient::from_config(&service.config().await);
        assert_eq!(instance_state(&client, "i-1").await.unwrap().as_deref(), Some("running"));
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
            let error = instance_state(&client, "i-1").await.unwrap_err();
            assert_eq!((error.kind, refusal::code(&error)), (expected, code));
            assert_eq!(error.operation, "DescribeInstances i-1");
        }
    }

    proptest! {
        #[test]
        fn state_any_text_is_read_or_refused(text in "\\PC*") {
            let _ = state(&text);
            let _ = state(&answer(&text));
        }
    }
}
