//! Reads a Lambda alias: the version it points to, and the one it pointed to before.

use aws_sdk_lambda::Client;
use common::{
    Arn, Observed,
    evidence::{AliasState, Change},
    ports::{PortError, Reading},
};

use super::set_by;
use crate::{
    cli_command::aws,
    error::{failed, unreadable},
};

pub(super) async fn state(
    client: &Client,
    arn: &Arn,
    function: &str,
    alias: &str,
    history: &[&Change],
) -> Result<Reading<Observed>, PortError> {
    let operation = format!("GetAlias {function}:{alias}");
    let answer = client
        .get_alias()
        .function_name(function)
        .name(alias)
        .send()
        .await
        .map_err(|error| failed(&operation, error))?;
    let weights = answer.routing_config.and_then(|routing| routing.additional_version_weights);
    let version = answer.function_version.ok_or_else(|| unreadable(operation, "it points to no version"))?;
    let previous_version = before(&version, history);
    let state = AliasState {
        arn: arn.clone(),
        function: function.to_owned(),
        alias: alias.to_owned(),
        version,
        previous_version,
        weighted: weights.is_some_and(|weights| !weights.is_empty()),
        revision: answer.revision_id,
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
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;

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
}
