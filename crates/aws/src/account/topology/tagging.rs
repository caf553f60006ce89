//! Reads the tags of resources from the Resource Groups Tagging API.

use common::ports::PortError;
use serde::Deserialize;
use serde_json::json;

use crate::signed_http::{Input, Operation, SignedClient, services::TAGGING};

/// <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html>
const RESOURCES: Operation = Operation::new(&TAGGING, "GetResources");

/// The most ARNs that one call takes.
pub(super) const MAX_ARNS: usize = 100;

/// Resources with their tags, and where the next ones begin.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Page {
    resource_tag_mapping_list: Option<Vec<Tagged>>,
    /// Empty on the last page.
    pagination_token: Option<String>,
}

impl Page {
    pub(super) fn next(&self) -> Option<&str> {
        self.pagination_token.as_deref().filter(|token| !token.is_empty())
    }

    pub(super) fn into_resources(self) -> Vec<Tagged> {
        self.resource_tag_mapping_list.unwrap_or_default()
    }
}

/// One resource with its tags.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tagged {
    #[serde(rename = "ResourceARN")]
    pub(super) arn: String,
    tags: Option<Vec<Tag>>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

impl Tagged {
    /// Its tags by key and value.
    pub(super) fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tags.iter().flatten().map(|tag| (tag.key.as_str(), tag.value.as_str()))
    }
}

/// Reads the tags of these resources, at most [`MAX_ARNS`]. One that never had a tag is left out.
pub(super) async fn of_arns(client: &SignedClient, arns: &[String]) -> Result<Vec<Tagged>, PortError> {
    let input = Input::new(arns.join(" ")).body(json!({"ResourceARNList": arns}));
    Ok(page(client, &input).await?.into_resources())
}

/// Reads a page of the resources that have this tag with this value.
pub(super) async fn of_value(
    client: &SignedClient,
    (key, value): (&str, &str),
    after: Option<&str>,
) -> Result<Page, PortError> {
    let body = json!({"TagFilters": [{"Key": key, "Values": [value]}], "ResourcesPerPage": 100});
    let about = format!("of {key} {value:?}");
    page(client, &Input::new(about).body(body).page("PaginationToken", after)).await
}

async fn page(client: &SignedClient, input: &Input) -> Result<Page, PortError> {
    client.parsed(&RESOURCES, input).await
}

#[cfg(test)]
mod tests {
    use common::ports::PortErrorKind;
    use serde_json::Value;

    use super::*;
    use crate::signed_http::loopback::Loopback;

    const CHECKOUT: &str = "arn:aws:lambda:eu-west-1:123456789012:function:checkout";

    async fn asked_of(answers: &'static str) -> (Loopback, SignedClient) {
        let service = Loopback::answering(move |_| Some((200, answers.to_owned()))).await;
        let client = SignedClient::from_config(&service.config().await);
        (service, client)
    }

    /// An answer as the API reference shows it.
    const ONE: &str = r#"{"PaginationToken": "", "ResourceTagMappingList": [{
        "ResourceARN": "arn:aws:lambda:eu-west-1:123456789012:function:checkout",
        "Tags": [{"Key": "application", "Value": "shop"}, {"Key": "stage", "Value": ""}]}]}"#;

    #[tokio::test]
    async fn tags_are_asked_for_by_arn() {
        let (service, client) = asked_of(ONE).await;
        let found = of_arns(&client, &[CHECKOUT.to_owned()]).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].arn, CHECKOUT);
        assert_eq!(found[0].tags().collect::<Vec<_>>(), [("application", "shop"), ("stage", "")]);
        let asked = service.asked().remove(0);
        assert_eq!(
            serde_json::from_str::<Value>(&asked.body).unwrap(),
            json!({"ResourceARNList": [CHECKOUT]})
        );
        assert!(asked.head.contains("x-amz-target: resourcegroupstaggingapi_20170126.getresources"));
        assert!(asked.head.contains("/eu-west-1/tagging/aws4_request"), "{}", asked.head);
    }

    #[tokio::test]
    async fn resources_are_asked_for_by_tag_page_by_page() {
        let (service, client) = asked_of(r#"{"PaginationToken": "p-2", "ResourceTagMappingList": []}"#).await;
        let first = of_value(&client, ("application", "shop"), None).await.unwrap();
        assert_eq!(first.next(), Some("p-2"));
        of_value(&client, ("application", "shop"), first.next()).await.unwrap();
        let filters = json!([{"Key": "application", "Values": ["shop"]}]);
        let asked: Vec<Value> =
            service.asked().iter().map(|asked| serde_json::from_str(&asked.body).unwrap()).collect();
        assert_eq!(
            asked,
            [
                json!({"TagFilters": filters, "ResourcesPerPage": 100}),
                json!({"TagFilters": filters, "ResourcesPerPage": 100, "PaginationToken": "p-2"}),
            ]
        );
    }

    #[tokio::test]
    async fn answer_without_a_list_is_no_resource() {
        let (_service, client) = asked_of("{}").await;
        let page = of_value(&client, ("application", "shop"), None).await.unwrap();
        assert_eq!(page.next(), None);
        assert_eq!(page.into_resources(), []);
    }

    #[tokio::test]
    async fn answer_of_another_shape_is_refused() {
        for answer in
            [r#"{"ResourceTagMappingList": [{"Tags": []}]}"#, r#"{"ResourceTagMappingList": {"Tags": []}}"#]
        {
            let (_service, client) = asked_of(answer).await;
            let error = of_arns(&client, &[CHECKOUT.to_owned()]).await.unwrap_err();
            assert_eq!(error.kind, PortErrorKind::Invalid, "{answer}");
            assert_eq!(error.operation, format!("GetResources {CHECKOUT}"));
        }
    }
}
