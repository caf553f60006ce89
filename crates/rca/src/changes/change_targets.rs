//! Matches the names and ARNs that a change was made to with components.

/// Services whose calls name their own resources by bare names: of these, a name alone is of one kind.
const NAME_THEIR_OWN: [&str; 9] =
    ["dynamodb", "ecs", "elasticache", "kinesis", "lambda", "rds", "sns", "sqs", "states"];

/// The targets of a change.
#[derive(Debug, Clone, Default)]
pub(crate) struct ChangeTargets(Vec<Target>);

/// One target, in lower case.
#[derive(Debug, Clone)]
struct Target {
    /// The name; of an ARN its resource.
    resource: String,
    /// The service, account and region, where it is an ARN.
    owner: Option<Owner>,
    /// The service that a bare name is of, where the call tells.
    named_by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Owner {
    service: String,
    region: String,
    account: String,
}

impl ChangeTargets {
    /// `source` is the service that was called, as CloudTrail writes it: `rds.amazonaws.com`.
    pub(crate) fn new(touches: &[String], source: &str) -> Self {
        let service = source.split('.').next().unwrap_or_default();
        let named_by = NAME_THEIR_OWN.contains(&service).then(|| service.to_owned());
        let from_text = |touched: &String| {
            let text = touched.to_lowercase();
            Target { resource: resource(&text).to_owned(), owner: owner(&text), named_by: named_by.clone() }
        };
        Self(touches.iter().map(from_text).collect())
    }

    /// True where the component is one of them, or stands in one of them between separators: `search` in
    /// `arn:aws:lambda:eu-west-1:111122223333:function:search:live`, and neither in `search-index` nor in
    /// an account's number. A component that is an ARN also matches the last part of its name, where that is not a
    /// resource of another kind, account or region.
    pub(crate) fn include(&self, component: &str) -> bool {
        let component = component.to_lowercase();
        let owner = owner(&component);
        let component = resource(&component);
        let name = component.rsplit([':', '/']).next().unwrap_or_default();
        self.0.iter().filter(|target| owner.as_ref().is_none_or(|owner| target.may_be_of(owner))).any(
            |target| is_part(&target.resource, component) || (owner.is_some() && target.resource == name),
        )
    }
}

impl Target {
    /// Returns false where this is known to be no resource of that service, account and region.
    fn may_be_of(&self, component: &Owner) -> bool {
        match (&self.owner, &self.named_by) {
            (Some(own), _) => own == component,
            (None, Some(service)) => *service == component.service,
            (None, None) => true,
        }
    }
}

/// Cuts off partition, service, region and account.
fn resource(name: &str) -> &str {
    if !name.starts_with("arn:") {
        return name;
    }
    name.splitn(6, ':').nth(5).unwrap_or(name)
}

fn owner(name: &str) -> Option<Owner> {
    let mut parts = name.strip_prefix("arn:")?.splitn(5, ':').skip(1).map(str::to_owned);
    Some(Owner { service: parts.next()?, region: parts.next()?, account: parts.next()? })
}

fn is_part(whole: &str, part: &str) -> bool {
    let is_edge = |letter: Option<char>| {
        letter
            .is_none_or(|letter| !letter.is_alphanumeric() && letter != '-' && letter != '_' && letter != '.')
    };
    whole == part
        || (!part.is_empty()
            && whole.match_indices(part).any(|(at, _)| {
                let before = whole.get(..at).and_then(|before| before.chars().next_back());
                let after = whole.get(at + part.len()..).and_then(|after| after.chars().next());
                is_edge(before) && is_edge(after)
            }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn include_table() {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:search";
        for (touched, component, expected) in [
            ("search", "search", true),
            ("Search", "search", true),
            ("arn:aws:lambda:eu-west-1:111122223333:function:search:live", "search", true),
            ("arn:aws:lambda:eu-west-1:111122223333:function:search:live", arn, true),
            ("search", arn, true),
            ("/petshop/search/page-size", "search", true),
            ("111122223333", arn, false),
            ("lambda", arn, false),
            ("arn:aws:lambda:eu-west-1:111122223333:function:search", "lambda", false),
            ("search-index", "search", false),
            ("search_archive", "search", false),
            ("https://search.example.org/x", "search", false),
            ("research", "search", false),
            ("", "search", false),
            ("search", "", false),
        ] {
            assert_eq!(
                ChangeTargets::new(&[touched.to_owned()], "").include(component),
                expected,
                "{touched} {component}"
            );
        }
    }

    #[test]
    fn include_a_resource_of_another_kind_account_or_region_is_another() {
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:search";
        for (source, touched, expected) in [
            // A database that bears the function's name.
            ("rds.amazonaws.com", "search", false),
            ("rds.amazonaws.com", "arn:aws:rds:eu-west-1:111122223333:db:search", false),
            ("dynamodb.amazonaws.com", "search", false),
            ("lambda.amazonaws.com", "search", true),
            ("lambda.amazonaws.com", "arn:aws:lambda:eu-west-1:111122223333:function:search", true),
            // Another account's, or another region's.
            ("lambda.amazonaws.com", "arn:aws:lambda:eu-west-1:999999999999:function:search", false),
            ("lambda.amazonaws.com", "arn:aws:lambda:us-east-1:111122223333:function:search", false),
            // What may be about anything.
            ("ssm.amazonaws.com", "search", true),
            ("codedeploy.amazonaws.com", "search", true),
            ("", "search", true),
        ] {
            let targets = ChangeTargets::new(&[touched.to_owned()], source);
            assert_eq!(targets.include(function), expected, "{source} {touched}");
        }
    }
}
