//! Renders a request that policies allow, for people.

use std::fmt::Write as _;

use policy_proof::Counterexample;

/// Renders the facts, a line each, as a table of cases has them.
pub(crate) fn facts(request: &Counterexample, indent: &str) -> String {
    request.facts.iter().fold(String::new(), |mut text, (name, value)| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{indent}{name} = {value}");
        text
    })
}

pub(crate) fn permitted_by(request: &Counterexample) -> String {
    format!("permitted by {}", request.permitted_by.join(", "))
}

/// Said once below requests: what they do not list.
pub(crate) const UNLISTED: &str =
    "Facts that are not listed have values that do not speak against acting, as in tables of cases.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_lines_as_in_a_table_of_cases() {
        let request = Counterexample {
            action: "start-instance".to_owned(),
            permitted_by: vec!["a".to_owned(), "b".to_owned()],
            facts: [
                ("mode".to_owned(), "autonomous".into()),
                ("dependants".to_owned(), policy_proof::UNKNOWN.into()),
                ("confidence_percent".to_owned(), 69.into()),
                ("drill".to_owned(), true.into()),
            ]
            .into(),
        };
        let expected = "  confidence_percent = 69\n  dependants = \"unknown\"\n  drill = true\n  mode = \"autonomous\"\n";
        assert_eq!(facts(&request, "  "), expected);
        assert_eq!(permitted_by(&request), "permitted by a, b");
    }
}
