//! Reads a parameter's versions. Its values never leave this file: they are not even looked at.

use aws_sdk_ssm::{Client, types::ParameterHistory};
use common::{
    Arn, Observed,
    evidence::ParameterState,
    ports::{PortError, PortErrorKind, Reading},
};

use crate::{
    cli_command::aws,
    error::{failed, unreadable},
    time::from_sdk,
};

/// Parameter Store keeps a hundred versions.
const MAX_PAGES: usize = 4;

pub(super) async fn state(client: &Client, arn: &Arn, name: &str) -> Result<Reading<Observed>, PortError> {
    let operation = || format!("GetParameterHistory {name}");
    let mut versions = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let answer = client
            .get_parameter_history()
            .name(name)
            .with_decryption(false)
            .max_results(50)
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| failed(operation(), error))?;
        versions.extend(answer.parameters.unwrap_or_default());
        token = answer.next_token.filter(|token| !token.is_empty());
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

fn latest(arn: &Arn, name: &str, versions: &[ParameterHistory]) -> Option<ParameterState> {
    let latest = versions.iter().max_by_key(|version| version.version())?;
    let previous =
        versions.iter().map(ParameterHistory::version).filter(|other| *other < latest.version()).max();
    Some(ParameterState {
        arn: arn.clone(),
        name: name.to_owned(),
        parameter_type: latest.r#type().map_or("", |kind| kind.as_str()).to_owned(),
        version: u64::try_from(latest.version()).ok()?,
        modified_at: latest.last_modified_date().and_then(from_sdk)?,
        modified_by: latest.last_modified_user().unwrap_or_default().to_owned(),
        previous_version: previous.and_then(|version| u64::try_from(version).ok()),
    })
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;

    fn version(number: i64) -> ParameterHistory {
        ParameterHistory::builder()
            .version(number)
            .value("secret")
            .last_modified_date(DateTime::from_secs(number))
            .last_modified_user("arn:aws:iam::1:user/a")
            .build()
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
