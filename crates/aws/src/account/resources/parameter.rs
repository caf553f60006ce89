//! Reads a parameter's versions. Its values are not even parsed.

use common::{
    Arn, Observed,
    evidence::ParameterState,
    ports::{PortError, PortErrorKind, Reading},
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    cli_command::aws,
    error::unreadable,
    signed_http::{Input, Operation, SignedClient, services::SSM},
    time::from_epoch_seconds,
};

/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameterHistory.html>
const HISTORY: Operation = Operation::new(&SSM, "GetParameterHistory");

/// Parameter Store keeps a hundred versions.
const MAX_PAGES: usize = 4;

/// Versions, and where the next ones begin.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Page {
    parameters: Option<Vec<ParameterVersion>>,
    next_token: Option<String>,
}

/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterHistory.html>
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ParameterVersion {
    version: Option<i64>,
    #[serde(rename = "Type")]
    kind: Option<String>,
    #[serde(rename = "LastModifiedDate")]
    modified_at_seconds: Option<f64>,
    last_modified_user: Option<String>,
}

impl ParameterVersion {
    fn number(&self) -> i64 {
        self.version.unwrap_or_default()
    }
}

pub(super) async fn state(
    client: &SignedClient,
    arn: &Arn,
    name: &str,
) -> Result<Reading<Observed>, PortError> {
    let operation = || format!("{} {name}", HISTORY.name());
    let input = Input::new(name).body(json!({"Name": name, "WithDecryption": false, "MaxResults": 50}));
    let mut versions = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let page: Page = client.parsed(&HISTORY, &input.clone().page("NextToken", token.as_deref())).await?;
        versions.extend(page.parameters.unwrap_or_default());
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            break;
        }
    }
    if versions.is_empty() {
        return Err(PortError::new(operation(), PortErrorKind::NotFound, "it has no version"));
    }
    let state = latest(arn, name, &versions)
        .ok_or_else(|| unreadable(operation(), "its latest version lacks a number or a date"))?;
    // Anyone who repeats this sees the values as well, but those of no SecureString.
    let query = aws(["ssm", "get-parameter-history", "--name", name, "--no-with-decryption"]);
    Ok(Reading::new(query, Observed::Parameter { state }))
}

fn latest(arn: &Arn, name: &str, versions: &[ParameterVersion]) -> Option<ParameterState> {
    let latest = versions.iter().max_by_key(|version| version.number())?;
    let numbers = versions.iter().map(ParameterVersion::number);
    let previous = numbers.filter(|other| *other < latest.number()).max();
    Some(ParameterState {
        arn: arn.clone(),
        name: name.to_owned(),
        parameter_type: latest.kind.clone().unwrap_or_default(),
        version: u64::try_from(latest.number()).ok()?,
        modified_at: latest.modified_at_seconds.and_then(from_epoch_seconds)?,
        modified_by: latest.last_modified_user.clone().unwrap_or_default(),
        previous_version: previous.and_then(|version| u64::try_from(version).ok()),
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::signed_http::{garbled::garbled, loopback::Loopback};

    /// A version as the API reference shows it.
    fn answered(number: i64) -> Value {
        json!({
            "Name": "/shop/limit",
            "Type": "SecureString",
            "KeyId": "alias/aws/ssm",
            "Version": number,
            "Value": "secret",
            "LastModifiedDate": 1_795_143_600.123,
            "LastModifiedUser": "arn:aws:iam::1:user/a",
            "Labels": ["stable"],
            "Tier": "Standard",
            "Policies": [],
            "DataType": "text",
        })
    }

    fn version(number: i64) -> ParameterVersion {
        serde_json::from_value(answered(number)).unwrap()
    }

    async fn asked(
        answers: impl Fn(&Value) -> (u16, Value) + Send + Sync + 'static,
    ) -> (Result<Reading<Observed>, PortError>, Vec<Value>) {
        let service = Loopback::answering(move |asked| {
            let (status, answer) = answers(&serde_json::from_str(&asked.body).unwrap());
            Some((status, answer.to_string()))
        })
        .await;
        let client = SignedClient::from_config(&service.config().await);
        let arn: Arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/limit".parse().unwrap();
        let read = state(&client, &arn, "/shop/limit").await;
        let asked = service.asked();
        assert!(asked[0].head.contains("x-amz-target: amazonssm.getparameterhistory\r\n"), "{asked:?}");
        (read, asked.iter().map(|asked| serde_json::from_str(&asked.body).unwrap()).collect())
    }

    #[tokio::test]
    async fn versions_are_read_page_by_page_and_never_decrypted() {
        let (read, asked) = asked(|body| match body.get("NextToken") {
            None => (200, json!({"Parameters": [answered(1)], "NextToken": "t"})),
            Some(_) => (200, json!({"Parameters": [answered(3)]})),
        })
        .await;
        let first = json!({"Name": "/shop/limit", "WithDecryption": false, "MaxResults": 50});
        let mut second = first.clone();
        second["NextToken"] = "t".into();
        assert_eq!(asked, [first, second]);
        let Observed::Parameter { state } = read.unwrap().value else { unreachable!("a parameter") };
        assert_eq!((state.version, state.previous_version), (3, Some(1)));
        assert_eq!(state.parameter_type, "SecureString");
        assert_eq!(state.modified_by, "arn:aws:iam::1:user/a");
        assert_eq!(state.modified_at, "2026-11-20T03:00:00.123Z".parse::<Timestamp>().unwrap());
        assert!(!format!("{state:?}").contains("secret"));
    }

    #[tokio::test]
    async fn versions_that_are_none_refused_or_incomplete_are_an_error() {
        for (status, answer, kind) in [
            (400, json!({"__type": "ParameterNotFound"}), PortErrorKind::NotFound),
            (400, json!({"__type": "AccessDeniedException"}), PortErrorKind::Denied),
            (400, json!({"__type": "ThrottlingException"}), PortErrorKind::Throttled),
            (200, json!({"Parameters": []}), PortErrorKind::NotFound),
            (200, json!({"Parameters": [{"Version": 1}]}), PortErrorKind::Invalid),
            (200, json!({"Parameters": [{"Version": -1, "LastModifiedDate": 1.0}]}), PortErrorKind::Invalid),
        ] {
            let error = asked(move |_| (status, answer.clone())).await.0.unwrap_err();
            assert_eq!(error.kind, kind, "{error}");
            assert_eq!(error.operation, "GetParameterHistory /shop/limit");
        }
    }

    proptest! {
        #[test]
        fn latest_of_any_answer_is_one_of_its_versions_and_holds_no_value(
            answer in garbled(json!({"Parameters": [answered(1), answered(2)]})),
        ) {
            let arn: Arn = "arn:aws:ssm:r:1:parameter/a".parse().unwrap();
            if let Ok(page) = serde_json::from_value::<Page>(answer)
                && let Some(state) = latest(&arn, "a", &page.parameters.unwrap_or_default())
            {
                prop_assert!(state.previous_version.is_none_or(|previous| previous < state.version));
                let text = format!("{state:?}");
                prop_assert!(!text.contains("secret"));
            }
        }
    }

    #[test]
    fn latest_is_the_highest_whatever_the_order() {
        let arn: Arn = "arn:aws:ssm:r:1:parameter/a".parse().unwrap();
        for (numbers, expected) in
            [(vec![1], (1, None)), (vec![1, 2, 4], (4, Some(2))), (vec![9, 7, 8], (9, Some(8)))]
        {
            let versions: Vec<_> = numbers.into_iter().map(version).collect();
            let state = latest(&arn, "a", &versions).unwrap();
            assert_eq!((state.version, state.previous_version), expected);
            assert!(!format!("{state:?}").contains("secret"));
        }
        assert_eq!(latest(&arn, "a", &[]), None);
    }
}
