//! Verifies that a document is still the one that may be started.

use aws_sdk_ssm::{Client, types::DocumentFormat};
use common::ports::{PortError, PortErrorKind};
use guard::{DocumentPin, ExpectedDocument, content_hash};

use crate::error::{failed, unreadable};

/// Returns the version of the document to start. A version's content never changes, so what was verified is what runs.
pub(super) async fn verified_version(
    client: &Client,
    name: &str,
    expected: &ExpectedDocument,
) -> Result<String, PortError> {
    match expected {
        ExpectedDocument::Content { hash } => of_content(client, name, hash).await,
        ExpectedDocument::Pinned(pin) => of_pin(client, name, pin).await,
    }
}

/// The default version, if it says what this binary was built with.
async fn of_content(client: &Client, name: &str, hash: &str) -> Result<String, PortError> {
    let operation = || format!("GetDocument {name}");
    let answer = client
        .get_document()
        .name(name)
        // SSM converts what was stored as YAML.
        .document_format(DocumentFormat::Json)
        .send()
        .await
        .map_err(|error| failed(operation(), error))?;
    let (Some(version), Some(content)) = (answer.document_version(), answer.content()) else {
        return Err(unreadable(operation(), "the answer holds no version or no content"));
    };
    let content = serde_json::from_str(content).map_err(|error| unreadable(operation(), error))?;
    if content_hash(&content) == hash {
        return Ok(version.to_owned());
    }
    Err(altered(
        operation(),
        format!(
            "version {version} of the document {name} is not the one that Nightshift was built with: it was altered, or \
             the functions and the documents are of two versions; find out who updated it, or run `make deploy`"
        ),
    ))
}

async fn of_pin(client: &Client, name: &str, pin: &DocumentPin) -> Result<String, PortError> {
    let operation = || format!("DescribeDocument {name} version {}", pin.version);
    let answer = client
        .describe_document()
        .name(name)
        .document_version(&pin.version)
        .send()
        .await
        .map_err(|error| failed(operation(), error))?;
    let document = answer.document();
    let hash = document.and_then(|document| document.hash()).unwrap_or("none");
    let version = document.and_then(|document| document.document_version());
    if version == Some(pin.version.as_str()) && hash.eq_ignore_ascii_case(&pin.sha256) {
        return Ok(pin.version.clone());
    }
    Err(altered(
        operation(),
        format!(
            "version {} of the document {name} has the hash {hash}, expected {} as infra/actions.toml pins it: it was \
             deleted and made again, or the pin is of another document",
            pin.version, pin.sha256
        ),
    ))
}

fn altered(operation: String, why: String) -> PortError {
    PortError::new(operation, PortErrorKind::Denied, why)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ssm::{
        operation::{describe_document::DescribeDocumentOutput, get_document::GetDocumentOutput},
        types::DocumentDescription,
    };
    use aws_smithy_mocks::mock;
    use guard::Guard;

    use super::*;

    const NAME: &str = "Nightshift-StartInstance";

    fn shipped() -> ExpectedDocument {
        Guard::shipped().unwrap().catalogue.documents().expected(NAME).unwrap().clone()
    }

    /// As `CloudFormation` and SSM give the document: as JSON, with numbers and booleans as text.
    fn stored() -> serde_json::Value {
        let text = include_str!("../../../../../infra/automation/StartInstance.yaml");
        let mut content: serde_json::Value = serde_yaml_ng::from_str(text).unwrap();
        let steps = content["mainSteps"].as_array_mut().unwrap();
        for step in steps {
            for field in ["timeoutSeconds", "isEnd"] {
                if let Some(value) = step.get(field).map(ToString::to_string) {
                    step[field] = value.into();
                }
            }
        }
        content
    }

    async fn content_version(content: String) -> Result<String, PortError> {
        let document = mock!(Client::get_document)
            .match_requests(|request| {
                request.name() == Some(NAME)
                    && request.document_version().is_none()
                    && request.document_format() == Some(&DocumentFormat::Json)
            })
            .then_output(move || {
                GetDocumentOutput::builder().document_version("7").content(content.clone()).build()
            });
        verified_version(&client!(aws_sdk_ssm, &document), NAME, &shipped()).await
    }

    #[tokio::test]
    async fn verified_version_is_the_default_one_if_its_content_was_built_in() {
        assert_eq!(content_version(stored().to_string()).await.unwrap(), "7");
    }

    #[tokio::test]
    async fn verified_version_of_an_altered_document_is_refused_by_name() {
        let mut altered = stored();
        altered["mainSteps"][0]["inputs"]["InstanceIds"][0] = "i-0123456789abcdef0".into();
        let mut longer = stored();
        let last = longer["mainSteps"][0].clone();
        longer["mainSteps"].as_array_mut().unwrap().push(last);
        for content in [altered.to_string(), longer.to_string(), "{}".to_owned()] {
            let error = content_version(content).await.unwrap_err();
            assert_eq!(error.kind, PortErrorKind::Denied);
            let text = format!("{error:?}");
            assert!(text.contains(NAME) && text.contains("version 7"), "{text}");
        }
        assert_eq!(content_version("no JSON".to_owned()).await.unwrap_err().kind, PortErrorKind::Invalid);
    }

    #[tokio::test]
    async fn verified_version_of_a_teams_document_is_the_pinned_one_with_its_hash() {
        let hash = "ab".repeat(32);
        let pin = |sha256: String| ExpectedDocument::Pinned(DocumentPin { version: "3".to_owned(), sha256 });
        let document = mock!(Client::describe_document)
            .match_requests(|request| {
                request.name() == Some("Team-Restart") && request.document_version() == Some("3")
            })
            .then_output(move || {
                let description =
                    DocumentDescription::builder().hash("AB".repeat(32)).document_version("3").build();
                DescribeDocumentOutput::builder().document(description).build()
            });
        let client = client!(aws_sdk_ssm, &document);
        assert_eq!(verified_version(&client, "Team-Restart", &pin(hash)).await.unwrap(), "3");
        let error = verified_version(&client, "Team-Restart", &pin("cd".repeat(32))).await.unwrap_err();
        assert_eq!(error.kind, PortErrorKind::Denied);
        assert!(format!("{error:?}").contains("Team-Restart"), "{error:?}");
    }
}
