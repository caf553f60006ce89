//! Reads the events of the `CloudFormation` stacks that own the resources. They do not say who caused them.

use std::collections::BTreeSet;

use common::{
    Arn, ResourceKind,
    context_source::{Note, Scope},
    evidence::Truncation,
    partition::Partition,
    ports::{PortError, Reading},
};
use jiff::Timestamp;

use super::{
    each,
    note::{after_colon, arn, is_within, newest, note},
};
use crate::{
    cli_command::aws,
    error::unreadable,
    is_about_absent_stack,
    signed_http::{
        Input, Operation, SignedClient, refusal,
        services::CLOUD_FORMATION,
        xml::{child_text, members, response, text_below},
    },
};

const RESOURCES: Operation = Operation::new(&CLOUD_FORMATION, "DescribeStackResources");
const EVENTS: Operation = Operation::new(&CLOUD_FORMATION, "DescribeStackEvents");
pub(super) const IAM: &[&str] =
    &["cloudformation:DescribeStackEvents", "cloudformation:DescribeStackResources"];

const MOST_RESOURCES: usize = 8;
const MOST_STACKS: usize = 4;
/// The most pages that are read, each of a hundred events, the newest first.
const MOST_PAGES: usize = 3;

pub(super) async fn look(client: &SignedClient, scope: &Scope) -> Result<Reading<Vec<Note>>, PortError> {
    let ids: Vec<String> = scope.resources.iter().take(MOST_RESOURCES).map(physical_id).collect();
    let mut queries: Vec<_> = ids
        .iter()
        .map(|id| aws(["cloudformation", "describe-stack-resources", "--physical-resource-id", id]))
        .collect();
    let owners = each(&ids, async |id| {
        let input = Input::new(id.as_str()).pair("PhysicalResourceId", id);
        match client.text(&RESOURCES, &input).await {
            Ok(answer) => stack_of(&answer, id),
            // Of no stack.
            Err(error) if is_about_absent_stack(refusal::message(&error)) => Ok(None),
            Err(error) => Err(error),
        }
    })
    .await?;
    let stacks: BTreeSet<String> = owners.into_iter().flatten().collect();
    let too_many =
        (stacks.len() > MOST_STACKS).then(|| Truncation::new(format!("only {MOST_STACKS} stacks were read")));
    let stacks: Vec<String> = stacks.into_iter().take(MOST_STACKS).collect();
    let events = each(&stacks, async |stack| events_of(client, stack, scope).await).await?;
    queries.extend(
        stacks.iter().map(|stack| aws(["cloudformation", "describe-stack-events", "--stack-name", stack])),
    );
    let found = newest(events.into_iter().flatten().collect());
    Ok(Reading::new(queries.join("; "), found).truncated(too_many))
}

/// Returns `CloudFormation`'s id of the resource: its name for most services, its ARN or URL for some.
pub(super) fn physical_id(resource: &Arn) -> String {
    let rest = resource.resource();
    let last = || rest.rsplit(['/', ':']).next().unwrap_or(rest).to_owned();
    match (resource.service(), resource.component().kind()) {
        (_, ResourceKind::Service { .. })
        | ("sns" | "elasticloadbalancing" | "states" | "secretsmanager", _) => resource.to_string(),
        ("sqs", _) => queue_url(resource),
        ("logs", _) => {
            let group = rest.strip_prefix("log-group:").unwrap_or(rest);
            group.strip_suffix(":*").unwrap_or(group).to_owned()
        }
        (_, ResourceKind::Other) => last(),
        _ => resource.component().name(),
    }
}

/// Returns the URL that SQS knows the queue by.
pub(super) fn queue_url(queue: &Arn) -> String {
    Partition::of_region(queue.region()).queue_url(queue.region(), queue.account(), queue.resource())
}

/// The id of the stack that the resource is in.
fn stack_of(answer: &str, id: &str) -> Result<Option<String>, PortError> {
    let document = response(answer, RESOURCES.name())?;
    let owner = members(document.root(), "StackResources")
        .into_iter()
        .find(|resource| child_text(*resource, "PhysicalResourceId") == Some(id))
        .and_then(|resource| child_text(resource, "StackId"))
        .map(str::to_owned);
    Ok(owner)
}

async fn events_of(client: &SignedClient, stack: &str, scope: &Scope) -> Result<Vec<Note>, PortError> {
    let mut found = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let input = Input::new(stack).pair("StackName", stack).page("NextToken", token.as_deref());
        let page = parse_page(&client.text(&EVENTS, &input).await?, scope)?;
        found.extend(page.notes);
        token = page.next;
        if token.is_none() || page.oldest.is_some_and(|oldest| oldest < scope.from) {
            break;
        }
    }
    Ok(found)
}

#[derive(Debug)]
struct Page {
    notes: Vec<Note>,
    oldest: Option<Timestamp>,
    next: Option<String>,
}

/// The stack's own events, those of the scope's resources, and whatever failed or was taken back. The
/// resources' properties may hold secrets and are left alone.
fn parse_page(answer: &str, scope: &Scope) -> Result<Page, PortError> {
    let document = response(answer, EVENTS.name())?;
    let ours: Vec<(String, &Arn)> =
        scope.resources.iter().map(|resource| (physical_id(resource), resource)).collect();
    let mut page = Page { notes: Vec::new(), oldest: None, next: None };
    for event in members(document.root(), "StackEvents") {
        let field = |name| child_text(event, name);
        let (Some(stack_id), Some(at)) = (field("StackId"), field("Timestamp")) else {
            return Err(unreadable(EVENTS.name(), "an event without StackId or Timestamp"));
        };
        let at: Timestamp = at.parse().map_err(|error| unreadable(EVENTS.name(), error))?;
        page.oldest = Some(page.oldest.map_or(at, |oldest| oldest.min(at)));
        let status = field("ResourceStatus").unwrap_or("of unknown status");
        let physical = field("PhysicalResourceId");
        let own = ours.iter().find(|(id, _)| Some(id.as_str()) == physical).map(|(_, own)| (*own).clone());
        let of_stack = physical == Some(stack_id);
        let notable = own.is_some() || of_stack || status.contains("FAILED") || status.contains("ROLLBACK");
        if !notable || !is_within(at, scope) {
            continue;
        }
        let subject = if of_stack {
            String::new()
        } else {
            let kind = field("ResourceType").unwrap_or("?");
            format!(": {} ({kind})", field("LogicalResourceId").unwrap_or("?"))
        };
        let stack = field("StackName").unwrap_or(stack_id);
        let what = format!("stack {stack}{subject} {status}{}", after_colon(field("ResourceStatusReason")));
        page.notes.push(note(Some(at), own.or_else(|| arn(Some(stack_id))), None, &what));
    }
    page.next = text_below(document.root(), "NextToken").map(str::to_owned);
    Ok(page)
}

#[cfg(test)]
pub(super) mod tests {
    use common::ports::PortErrorKind;
    use proptest::prelude::*;

    use super::*;
    use crate::context_sources::tests::{at, scope, torn};

    pub(crate) const RECORDED: &str = r#"<DescribeStackEventsResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
  <DescribeStackEventsResult><StackEvents>
    <member>
      <EventId>e-3</EventId><StackId>arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/u-1</StackId>
      <StackName>shop</StackName><LogicalResourceId>shop</LogicalResourceId>
      <PhysicalResourceId>arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/u-1</PhysicalResourceId>
      <ResourceType>AWS::CloudFormation::Stack</ResourceType><Timestamp>2026-11-20T03:02:00.100Z</Timestamp>
      <ResourceStatus>UPDATE_ROLLBACK_IN_PROGRESS</ResourceStatus>
      <ResourceStatusReason>The following resource(s) failed to update: [Table].</ResourceStatusReason>
    </member>
    <member>
      <EventId>e-2</EventId><StackId>arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/u-1</StackId>
      <StackName>shop</StackName><LogicalResourceId>Checkout</LogicalResourceId>
      <PhysicalResourceId>checkout</PhysicalResourceId><ResourceType>AWS::Lambda::Function</ResourceType>
      <Timestamp>2026-11-20T03:01:00Z</Timestamp><ResourceStatus>UPDATE_COMPLETE</ResourceStatus>
      <ResourceProperties>{"Environment":{"Variables":{"PASSWORD":"swordfish"}}}</ResourceProperties>
    </member>
    <member>
      <EventId>e-1</EventId><StackId>arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/u-1</StackId>
      <StackName>shop</StackName><LogicalResourceId>Other</LogicalResourceId>
      <PhysicalResourceId>other</PhysicalResourceId><ResourceType>AWS::Lambda::Function</ResourceType>
      <Timestamp>2026-11-20T01:00:00Z</Timestamp><ResourceStatus>UPDATE_COMPLETE</ResourceStatus>
    </member>
  </StackEvents><NextToken>t</NextToken></DescribeStackEventsResult>
</DescribeStackEventsResponse>"#;

    #[test]
    fn events_of_the_stack_and_of_ours_without_their_properties() {
        let page = parse_page(RECORDED, &scope()).unwrap();
        let said: Vec<_> = page.notes.iter().map(|note| note.what.as_str()).collect();
        assert_eq!(
            said,
            [
                "stack shop UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to update: [Table].",
                "stack shop: Checkout (AWS::Lambda::Function) UPDATE_COMPLETE",
            ]
        );
        assert_eq!(page.notes[1].resource, Some(scope().resources[0].clone()));
        assert_eq!((page.oldest, page.next.as_deref()), (Some(at("01:00:00")), Some("t")));
        assert!(!format!("{page:?}").contains("swordfish"));
    }

    #[test]
    fn stack_of_a_resource_is_the_one_that_holds_it() {
        let answer = "<DescribeStackResourcesResponse><DescribeStackResourcesResult><StackResources>
            <member><StackId>s-1</StackId><PhysicalResourceId>a</PhysicalResourceId></member>
            <member><StackId>s-2</StackId><PhysicalResourceId>b</PhysicalResourceId></member>
            </StackResources></DescribeStackResourcesResult></DescribeStackResourcesResponse>";
        assert_eq!(stack_of(answer, "b").unwrap().as_deref(), Some("s-2"));
        assert_eq!(stack_of(answer, "c").unwrap(), None);
        assert_eq!(stack_of("<x/>", "c").unwrap_err().kind, PortErrorKind::Invalid);
    }

    #[test]
    fn physical_id_of_each_kind() {
        for (resource, expected) in [
            ("lambda:@:function:checkout:live", "checkout"),
            ("dynamodb:@:table/orders", "orders"),
            ("sqs:@:jobs", "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"),
            ("sns:@:alerts", "arn:aws:sns:eu-west-1:123456789012:alerts"),
            ("ecs:@:service/shop/web", "arn:aws:ecs:eu-west-1:123456789012:service/shop/web"),
            ("rds:@:db:main", "main"),
            ("cloudwatch:@:alarm:errors", "errors"),
            ("ec2:@:instance/i-1", "i-1"),
            ("logs:@:log-group:/aws/lambda/checkout:*", "/aws/lambda/checkout"),
        ] {
            let arn = format!("arn:aws:{}", resource.replace('@', "eu-west-1:123456789012"));
            assert_eq!(physical_id(&arn.parse().unwrap()), expected);
        }
    }

    proptest! {
        #[test]
        fn events_any_answer_is_read_or_malformed(answer in torn(RECORDED)) {
            if let Err(error) = parse_page(&answer, &scope()) {
                prop_assert_eq!(error.kind, PortErrorKind::Invalid);
            }
            let _ = stack_of(&answer, "x");
        }
    }
}
