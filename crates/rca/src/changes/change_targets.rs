//! Matches the names and ARNs that a change was made to with components.

/// Lower-case names of the targets; of an ARN its resource.
#[derive(Debug, Clone, Default)]
pub(crate) struct ChangeTargets(Vec<String>);

impl ChangeTargets {
    pub(crate) fn new(touches: &[String]) -> Self {
        Self(touches.iter().map(|touched| resource(touched).to_lowercase()).collect())
    }

    /// True where the component is one of them, or stands in one of them between separators: `search` in
    /// `arn:aws:lambda:eu-west-1:111122223333:function:search:live`, and neither in `search-index` nor in
    /// an account's number. A component that is an ARN also matches the last part of its name.
    pub(crate) fn include(&self, component: &str) -> bool {
        let is_arn = component.starts_with("arn:");
        let component = resource(component).to_lowercase();
        let name = component.rsplit([':', '/']).next().unwrap_or_default();
        self.0.iter().any(|touched| is_part(touched, &component) || (is_arn && touched == name))
    }
}

/// Cuts off partition, service, region and account.
fn resource(name: &str) -> &str {
    if !name.starts_with("arn:") {
        return name;
    }
    name.splitn(6, ':').nth(5).unwrap_or(name)
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
                ChangeTargets::new(&[touched.to_owned()]).include(component),
                expected,
                "{touched} {component}"
            );
        }
    }
}
