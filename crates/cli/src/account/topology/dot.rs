//! The map for Graphviz. Components go by numbers, so that no name is ever code.

use common::topology::EdgeKind;

use super::drawn::{Drawn, words};

pub(super) fn dot(drawn: &Drawn) -> String {
    let mut lines = vec![format!("// {}", drawn.heading())];
    lines.extend(drawn.gaps().map(|gap| format!("// not read: {gap}")));
    lines.push("digraph topology {".to_owned());
    lines.push("  rankdir=LR;".to_owned());
    lines.push("  node [shape=box];".to_owned());
    let numbered = drawn.numbered();
    for (id, (number, label)) in &numbered {
        let bold = if drawn.focus.contains(id) { ", penwidth=2" } else { "" };
        lines.push(format!("  n{number} [label={}{bold}];", quoted(label)));
    }
    for edge in &drawn.map.edges {
        let (Some((from, _)), Some((to, _))) = (numbered.get(&edge.from), numbered.get(&edge.to)) else {
            continue;
        };
        let style = match edge.kind {
            EdgeKind::StackOf => ", style=dashed, arrowhead=none",
            _ if edge.weak => ", style=dotted",
            _ => "",
        };
        lines.push(format!("  n{from} -> n{to} [label={}{style}];", quoted(&words(edge))));
    }
    lines.push("}".to_owned());
    lines.join("\n")
}

/// In a label a backslash begins a code of its own, and an ampersand an entity.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '&' => quoted.push_str("&amp;"),
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
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
        Drawn::new(map, Some("sh\"op\n".to_owned()), None, Origin::Now, sample::at())
    }

    /// Returns the rest of `line` after `n<digits>`.
    fn after_node(line: &str) -> Option<&str> {
        let rest = line.strip_prefix('n')?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        (end > 0).then(|| &rest[end..])
    }

    /// Returns the rest of `text` after a quoted text.
    fn after_quoted(text: &str) -> Option<&str> {
        let mut escaped = false;
        for (at, c) in text.strip_prefix('"')?.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => return text.get(at + 2..),
                _ => {}
            }
        }
        None
    }

    fn is_statement(line: &str) -> bool {
        let parsed = || {
            let rest = after_node(line.strip_prefix("  ")?)?;
            let rest = match rest.strip_prefix(" -> ") {
                Some(to) => after_node(to)?,
                None => rest,
            };
            let rest = after_quoted(rest.strip_prefix(" [label=")?)?;
            let options = rest.strip_suffix("];")?;
            options.chars().all(|c| c.is_ascii_alphanumeric() || ",= ".contains(c)).then_some(())
        };
        parsed().is_some()
    }

    proptest! {
        #[test]
        fn dot_of_any_names_is_statements_line_by_line(map in any_map()) {
            let edges = map.edges.len();
            let text = dot(&drawn(map));
            let body: Vec<_> = text.lines().skip_while(|line| line.starts_with("//")).collect();
            prop_assert_eq!(&body[..3], ["digraph topology {", "  rankdir=LR;", "  node [shape=box];"]);
            let (last, statements) = body[3..].split_last().unwrap();
            prop_assert_eq!(*last, "}");
            for line in statements {
                prop_assert!(is_statement(line), "{line}");
            }
            prop_assert_eq!(statements.iter().filter(|line| after_node(&line[2..]).unwrap().starts_with(" ->")).count(), edges);
        }
    }

    #[test]
    fn dot_marks_what_is_weak_and_what_is_only_made_together() {
        let text = dot(&drawn(map()));
        assert!(text.starts_with("// sh\"op: "), "{text}");
        assert!(text.contains("[label=\"may use\", style=dotted];"), "{text}");
        assert!(text.contains("[label=\"is the stack of\", style=dashed, arrowhead=none];"), "{text}");
        assert!(text.contains("[label=\"shop-lb (ElasticLoadBalancingV2 LoadBalancer)\"];"), "{text}");
        assert!(text.contains("\n// not read: aws events list-rules: ListRules: denied\n"), "{text}");
    }

    #[test]
    fn quoted_table() {
        for (text, expected) in [
            ("plain", r#""plain""#),
            (r#"a"b"#, r#""a\"b""#),
            (r"end\", r#""end\\""#),
            (r"\N", r#""\\N""#),
            ("&lt;", r#""&amp;lt;""#),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }
}
