//! Sentences and parameters with `{fact}` in them.

use crate::playbooks::facts::{Facts, Value};

/// A text in which `{fact}` stands for a fact's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<TemplatePart>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum TemplatePart {
    Text(String),
    Fact(String),
}

impl Template {
    /// Parses `text`. Errs where a brace has no partner.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (fact, after) =
                after.split_once('}').ok_or_else(|| format!("a {{ is never closed in {text:?}"))?;
            parts.push(TemplatePart::Text(before.to_owned()));
            parts.push(TemplatePart::Fact(fact.to_owned()));
            rest = after;
        }
        parts.push(TemplatePart::Text(rest.to_owned()));
        let stray = |part: &TemplatePart| matches!(part, TemplatePart::Text(text) if text.contains('}'));
        if parts.iter().any(stray) {
            return Err(format!("a }} was never opened in {text:?}"));
        }
        Ok(Self(parts))
    }

    /// Returns the names of the facts in it.
    pub fn facts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            TemplatePart::Fact(name) => Some(name.as_str()),
            TemplatePart::Text(_) => None,
        })
    }

    /// Fills in each value unchanged; `None` where a fact is unknown.
    pub fn exact(&self, facts: &Facts) -> Option<String> {
        self.fill(facts, Value::exact)
    }

    /// Fills in each value as a person reads it; `None` where a fact is unknown.
    pub fn readable(&self, facts: &Facts) -> Option<String> {
        self.fill(facts, Value::readable)
    }

    // A value is put in and never looked at again: braces in it name nothing.
    fn fill(&self, facts: &Facts, shown: fn(&Value) -> String) -> Option<String> {
        self.0
            .iter()
            .map(|part| match part {
                TemplatePart::Text(text) => Some(text.clone()),
                TemplatePart::Fact(name) => facts.get(name).map(|fact| shown(&fact.value)),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_braces_without_a_partner_are_refused() {
        assert!(Template::parse("a {b").is_err());
        assert!(Template::parse("a } b").is_err());
        let template = Template::parse("a {b.c} d {e}").unwrap();
        assert_eq!(template.facts().collect::<Vec<_>>(), ["b.c", "e"]);
    }

    #[test]
    fn readable_unknown_fact_is_no_sentence() {
        assert_eq!(Template::parse("by {change.actor}").unwrap().readable(&Facts::default()), None);
    }
}
