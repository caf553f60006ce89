//! Reads a Lambda alias: the version it points to, and the one it pointed to before.

use std::collections::BTreeMap;

use common::{
    Arn, Observed,
    evidence::{AliasState, Change},
    ports::{PortError, Reading},
};
use serde::Deserialize;

use super::set_by;
use crate::{
    cli_command::aws,
    error::unreadable,
    signed_http::{Input, Operation, SignedClient, services::LAMBDA},
};

const ALIAS: Operation = Operation::at(&LAMBDA, "GetAlias", "GET", "/2015-03-31/functions/{}/aliases/{}");

/// <https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html>
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Alias {
    function_version: Option<String>,
    routing_config: Option<Routing>,
    revision_id: Option<String>,
}

/// Versions that get a part of the requests, each with its part.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Routing {
    additional_version_weights: Option<BTreeMap<String, f64>>,
}

pub(super) async fn state(
    client: &SignedClient,
    arn: &Arn,
    function: &str,
    alias: &str,
    history: &[&Change],
) -> Result<Reading<Observed>, PortError> {
    let input = Input::new(format!("{function}:{alias}")).label(function).label(alias);
    let found: Alias = client.parsed(&ALIAS, &input).await?;
    let weights = found.routing_config.and_then(|routing| routing.additional_version_weights);
    // Sorted already.
    let weighted_versions: Vec<String> = weights.unwrap_or_default().into_keys().collect();
    let version = found.function_version.ok_or_else(|| {
        unreadable(format!("{} {}", ALIAS.name(), input.about()), "it points to no version")
    })?;
    let previous_version = before(&version, history);
    let state = AliasState {
        arn: arn.clone(),
        function: function.to_owned(),
        alias: alias.to_owned(),
        version,
        previous_version,
        weighted: !weighted_versions.is_empty(),
        weighted_versions,
        revision: found.revision_id,
    };
    let query = aws(["lambda", "get-alias", "--function-name", function, "--name", alias]);
    Ok(Reading::new(query, Observed::Alias { state }))
}

/// The newest recorded version that is not the present one. The latest change may be missing from the
/// history, or be a repetition, so the latest but one is not taken by its place.
fn before(version: &str, history: &[&Change]) -> Option<String> {
    set_by(history, ["UpdateAlias", "CreateAlias"], "functionVersion")
        .into_iter()
        .find(|other| *other != version)
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use common::ports::PortErrorKind;
    use jiff::Timestamp;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::signed_http::{garbled::garbled, loopback::Loopback};

    fn change(second: i64, event: &str, version: &str) -> Change {
        Change {
            event_id: format!("e-{second}"),
            event_name: event.into(),
            at: Timestamp::from_second(second).unwrap(),
            actor: String::new(),
            by_nightshift: false,
            actor_kind: common::ActorKind::Unknown,
            resource: "arn:aws:lambda:r:1:function:f:live".parse().unwrap(),
            request: BTreeMap::from([("functionVersion".into(), version.into())]),
        }
    }

    #[test]
    fn before_is_the_newest_other_version() {
        for (changes, expected) in [
            (vec![], None),
            (vec![change(2, "UpdateAlias", "7")], None),
            (vec![change(2, "UpdateAlias", "7"), change(1, "UpdateAlias", "6")], Some("6")),
            (vec![change(1, "UpdateAlias", "6"), change(2, "UpdateAlias", "7")], Some("6")),
            (
                vec![
                    change(3, "UpdateAlias", "7"),
                    change(2, "UpdateAlias", "7"),
                    change(1, "CreateAlias", "5"),
                ],
                Some("5"),
            ),
            (vec![change(1, "UpdateAlias", "6")], Some("6")),
            (vec![change(2, "DeleteAlias", "6")], None),
        ] {
            let history: Vec<&Change> = changes.iter().collect();
            assert_eq!(before("7", &history).as_deref(), expected);
        }
    }

    /// An alias as the API reference shows it, with a canary.
    fn recorded() -> Value {
        json!({
            "AliasArn": "arn:aws:lambda:eu-west-1:123456789012:function:f:live",
            "Name": "live",
            "FunctionVersion": "7",
            "Description": "",
            "RoutingConfig": {"AdditionalVersionWeights": {"8": 0.1}},
            "RevisionId": "fee19d5c-xmpl",
        })
    }

    async fn answered(status: u16, answer: String) -> (Result<Reading<Observed>, PortError>, String) {
        let service = Loopback::answering(move |_| Some((status, answer.clone()))).await;
        let client = SignedClient::from_config(&service.config().await);
        let arn: Arn = "arn:aws:lambda:eu-west-1:123456789012:function:f:live".parse().unwrap();
        let earlier = change(1, "UpdateAlias", "6");
        let read = state(&client, &arn, "f", "live", &[&earlier]).await;
        (read, service.asked().remove(0).head)
    }

    #[tokio::test]
    async fn state_is_the_version_its_weights_and_its_revision() {
        let without_canary = json!({"FunctionVersion": "7", "RoutingConfig": null});
        for (answer, weighted, revision) in
            [(recorded(), vec!["8"], Some("fee19d5c-xmpl")), (without_canary, vec![], None)]
        {
            let (read, head) = answered(200, answer.to_string()).await;
            assert!(head.starts_with("get /2015-03-31/functions/f/aliases/live http/1.1\r\n"), "{head}");
            let read = read.unwrap();
            assert_eq!(read.command, "aws lambda get-alias --function-name f --name live");
            let Observed::Alias { state } = read.value else { unreachable!("an alias") };
            assert_eq!((state.version.as_str(), state.previous_version.as_deref()), ("7", Some("6")));
            assert_eq!((state.weighted, state.revision.as_deref()), (!weighted.is_empty(), revision));
            assert_eq!(state.weighted_versions, weighted);
        }
    }

    #[tokio::test]
    async fn state_of_an_alias_that_is_gone_refused_or_points_nowhere_is_an_error() {
        for (status, answer, kind) in [
            (404, r#"{"Type": "User", "Message": "Cannot find alias"}"#, PortErrorKind::NotFound),
            (403, "{}", PortErrorKind::Denied),
            (429, "{}", PortErrorKind::Throttled),
            (200, r#"{"Name": "live"}"#, PortErrorKind::Invalid),
        ] {
            let error = answered(status, answer.to_owned()).await.0.unwrap_err();
            assert_eq!((error.kind, error.operation.as_str()), (kind, "GetAlias f:live"), "{answer}");
        }
    }

    proptest! {
        #[test]
        fn alias_of_any_answer_is_as_documented_or_an_error(answer in garbled(recorded())) {
            let documented = answer.is_object() || answer.is_array();
            prop_assert!(documented || serde_json::from_value::<Alias>(answer).is_err());
        }
    }
}
