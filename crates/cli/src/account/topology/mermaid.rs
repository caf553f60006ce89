//! The map for Mermaid, as Markdown of many kinds shows it. Components go by numbers, so that no name
//! is ever code.

use std::fmt::Write as _;

use common::topology::EdgeKind;

use super::drawn::{Drawn, words};

pub(super) fn mermaid(drawn: &Drawn) -> String {
    let mut lines = vec![format!("%% {}", comment(&drawn.heading()))];
    lines.extend(drawn.gaps().map(|gap| format!("%% not read: {}", comment(&gap))));
    lines.push("flowchart LR".to_owned());
    let numbered = drawn.numbered();
    for (id, (number, label)) in &numbered {
        lines.push(format!("  n{number}[\"{}\"]", escaped(label)));
        if drawn.focus.contains(id) {
            lines.push(format!("  style n{number} stroke-width:3px"));
        }
    }
    for edge in &drawn.map.edges {
        let (Some((from, _)), Some((to, _))) = (numbered.get(&edge.from), numbered.get(&edge.to)) else {
            continue;
        };
        let arrow = match edge.kind {
            EdgeKind::StackOf => "---",
            _ if edge.weak => "-.->",
            _ => "-->",
        };
        lines.push(format!("  n{from} {arrow}|{}| n{to}", words(edge)));
    }
    lines.join("\n")
}

/// All but letters, digits and the plainest signs as Mermaid's codes.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() || " -_./:(),".contains(c) {
            escaped.push(c);
        } else {
            // Writing to a String does not fail.
            let _ = write!(escaped, "#{};", u32::from(c));
        }
    }
    escaped
}

/// Braces in a comment could be a directive.
fn comment(text: &str) -> String {
    text.replace(['{', '}', '%'], "?")
}

#[cfg(test)]
mod tests {
    use fakes::sample;
    use proptest::prelude::*;

    use super::*;
    use crate::account::topology::drawn::{
        Origin,
        sample::{any_map, map},
    };

    fn drawn(map: common::topology::TopologyMap) -> Drawn {
        Drawn::new(map, Some("%%{init}".to_owned()), None, Origin::Kept, sample::at())
    }

    /// Returns the rest of `line` after `n<digits>`.
    fn after_node(line: &str) -> Option<&str> {
        let rest = line.strip_prefix('n')?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        (end > 0).then(|| &rest[end..])
    }

    fn is_node(line: &str) -> bool {
        let label = || after_node(line.strip_prefix("  ")?)?.strip_prefix("[\"")?.strip_suffix("\"]");
        label().is_some_and(|label| !label.contains(['"', '[', ']', '{', '}', '<', '>', '`', '|', '\\']))
    }

    fn is_edge(line: &str) -> bool {
        let parsed = || {
            let rest = after_node(line.strip_prefix("  ")?)?.strip_prefix(' ')?;
            let (arrow, rest) = rest.split_once('|')?;
            let (words, to) = rest.split_once("| ")?;
            let plain = words.chars().all(|c| c.is_ascii_lowercase() || c == ' ');
            (["-->", "-.->", "---"].contains(&arrow) && plain && after_node(to)?.is_empty()).then_some(())
        };
        parsed().is_some()
    }

    proptest! {
        #[test]
        fn mermaid_of_any_names_is_nodes_and_edges_line_by_line(map in any_map()) {
            let edges = map.edges.len();
            let text = mermaid(&drawn(map));
            let body: Vec<_> = text.lines().skip_while(|line| line.starts_with("%% ")).collect();
            prop_assert_eq!(body[0], "flowchart LR");
            for line in &body[1..] {
                prop_assert!(is_node(line) || is_edge(line), "{line}");
            }
            prop_assert_eq!(body.iter().filter(|line| is_edge(line)).count(), edges);
            let directive = text.contains("%%{");
            prop_assert!(!directive);
        }
    }

    #[test]
    fn mermaid_marks_what_is_weak_and_what_is_only_made_together() {
        let text = mermaid(&drawn(map()));
        assert!(text.contains(" -.->|may use| ") && text.contains(" ---|is the stack of| "), "{text}");
        assert!(text.contains("[\"orders (sqs)\"]"), "{text}");
        assert!(text.starts_with("%% ???init?: "), "{text}");
    }

    #[test]
    fn escaped_table() {
        for (text, expected) in [
            ("orders (sqs)", "orders (sqs)"),
            ("a\"b", "a#34;b"),
            ("#quot;", "#35;quot#59;"),
            ("<b>`x`</b>", "#60;b#62;#96;x#96;#60;/b#62;"),
            ("Über", "Über"),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }
}
