//! Gives short names to the components that an answer may name: they cost few tokens, and a resource's own
//! name, which somebody chose, never stands where a model takes it for more than data.

use common::{Arn, model_opinion::MOST_COMPONENTS};

/// The components that an answer may name, at most [`MOST_COMPONENTS`], each with a short name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ComponentNames<'a>(&'a [Arn]);

impl<'a> ComponentNames<'a> {
    pub(crate) fn new(components: &'a [Arn]) -> Self {
        Self(components.get(..MOST_COMPONENTS).unwrap_or(components))
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The short names `c1`, `c2`, …, each with its component.
    pub(crate) fn all(self) -> impl Iterator<Item = (String, &'a Arn)> {
        self.0.iter().enumerate().map(|(at, arn)| (short(at), arn))
    }

    /// The short name of a component, or of what it is a part of.
    pub(crate) fn short_name(self, arn: &Arn) -> Option<String> {
        let at = |wanted: &Arn| self.0.iter().position(|one| one == wanted);
        at(arn).or_else(|| at(&arn.component())).map(short)
    }

    /// The component that `text` names by its short name or its ARN.
    pub(crate) fn resolve(self, text: &str) -> Option<&'a Arn> {
        self.all().find(|(name, arn)| name == text || arn.to_string() == text).map(|(_, arn)| arn)
    }

    /// Returns `text` with each short name replaced by the resource's own name.
    pub(crate) fn spelled_out(self, text: &str) -> String {
        let parts = text.split_inclusive(|letter: char| !is_word(letter));
        parts
            .map(|part| {
                let bare = part.trim_end_matches(|letter: char| !is_word(letter) || ".:".contains(letter));
                let after = part.get(bare.len()..).unwrap_or_default();
                match self.all().find(|(name, _)| name == bare) {
                    Some((_, arn)) => format!("{}{after}", arn.name()),
                    None => part.to_owned(),
                }
            })
            .collect()
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || "-_:/.".contains(letter)
}

fn short(at: usize) -> String {
    format!("c{}", at.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use fakes::sample::arn;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn resolve_takes_short_names_and_arns_of_the_list_and_nothing_else() {
        let components = [arn("lambda", "function:checkout"), arn("dynamodb", "table/orders")];
        let names = ComponentNames::new(&components);
        assert_eq!(names.resolve("c2"), Some(&components[1]));
        assert_eq!(names.resolve(&components[0].to_string()), Some(&components[0]));
        for text in ["", "c0", "c3", "C1", " c1", "c01", "checkout", "arn:aws:lambda:eu-west-1:1:function:x"]
        {
            assert_eq!(names.resolve(text), None, "{text:?}");
        }
        assert_eq!(names.short_name(&arn("lambda", "function:checkout:live")).as_deref(), Some("c1"));
    }

    #[test]
    fn new_more_than_may_be_named_keeps_the_first() {
        let all: Vec<_> = (0..=MOST_COMPONENTS).map(|at| arn("lambda", &format!("function:f{at}"))).collect();
        let names = ComponentNames::new(&all);
        assert_eq!(names.all().count(), MOST_COMPONENTS);
        assert_eq!(names.short_name(&all[MOST_COMPONENTS]), None);
    }

    #[test]
    fn spelled_out_table() {
        let components = [arn("lambda", "function:checkout"), arn("dynamodb", "table/orders")];
        let names = ComponentNames::new(&components);
        for (text, expected) in [
            ("c1 failed after c2.", "checkout failed after table/orders."),
            ("(c1)", "(checkout)"),
            ("c10 and abc1 and c1x stay", "c10 and abc1 and c1x stay"),
            ("", ""),
        ] {
            assert_eq!(names.spelled_out(text), expected);
        }
    }

    proptest! {
        #[test]
        fn spelled_out_without_components_any_text_stays(text in any::<String>()) {
            prop_assert_eq!(ComponentNames::new(&[]).spelled_out(&text), text);
        }
    }
}
