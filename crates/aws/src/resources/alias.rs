//! A Lambda alias: the version it points to, and the one it pointed to before.

use aws_sdk_lambda::Client;
use common::{
    Arn, Observed,
    evidence::{AliasState, Change},
    ports::{Look, PortError},
};

use super::set_by;
use crate::{
    error::{failed, unreadable},
    query::aws,
};

/// Pages of fifty versions.
const MAX_PAGES: usize = 20;

pub(super) async fn state(
    client: &Client,
    arn: &Arn,
    function: &str,
    alias: &str,
    history: &[&Change],
) -> Result<Look<Observed>, PortError> {
    let operation = format!("GetAlias {function}:{alias}");
    let answer = client
        .get_alias()
        .function_name(function)
        .name(alias)
        .send()
        .await
        .map_err(|error| failed(&operation, error))?;
    let version = answer.function_version.ok_or_else(|| unreadable(operation, "it points to no version"))?;
    let previous_version = match before(&version, history) {
        Some(version) => Some(version),
        None => below(&version, &published(client, function).await?),
    };
    let state = AliasState {
        arn: arn.clone(),
        function: function.to_owned(),
        alias: alias.to_owned(),
        version,
        previous_version,
    };
    let query = aws(["lambda", "get-alias", "--function-name", function, "--name", alias]);
    Ok(Look { query, found: Observed::Alias { state } })
}

/// The newest recorded version that is not the present one. The latest change may be missing from the
/// history, or be a repetition, so the latest but one is not taken by its place.
fn before(version: &str, history: &[&Change]) -> Option<String> {
    set_by(history, ["UpdateAlias", "CreateAlias"], "functionVersion")
        .into_iter()
        .find(|other| *other != version)
        .map(str::to_owned)
}

async fn published(client: &Client, function: &str) -> Result<Vec<u64>, PortError> {
    let operation = || format!("ListVersionsByFunction {function}");
    let mut numbers = Vec::new();
    let mut marker: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let answer = client
            .list_versions_by_function()
            .function_name(function)
            .max_items(50)
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| failed(operation(), error))?;
        let versions = answer.versions().iter().filter_map(|version| version.version());
        // `$LATEST` is no number.
        numbers.extend(versions.filter_map(|version| version.parse::<u64>().ok()));
        marker = answer.next_marker.filter(|marker| !marker.is_empty());
        if marker.is_none() {
            return Ok(numbers);
        }
    }
    Err(unreadable(operation(), "it has more than 1000 versions"))
}

/// The highest published version below `version`; none for `$LATEST`.
fn below(version: &str, published: &[u64]) -> Option<String> {
    let version: u64 = version.parse().ok()?;
    published.iter().filter(|other| **other < version).max().map(u64::to_string)
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

    #[test]
    fn below_is_the_highest_lower_number() {
        assert_eq!(below("10", &[1, 9, 11, 2]).as_deref(), Some("9"));
        assert_eq!(below("1", &[1, 2]), None);
        assert_eq!(below("$LATEST", &[1, 2]), None);
    }
}
