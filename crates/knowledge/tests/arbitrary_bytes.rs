//! Tests that whatever a file holds, checking it ends in a runbook or in errors of one line each.

#![allow(clippy::panic, reason = "a test that cannot go on has failed")]

use std::sync::LazyLock;

use knowledge::{Actions, Library, Query};
use proptest::prelude::*;

static SHIPPED: LazyLock<Library> =
    LazyLock::new(|| Library::shipped().unwrap_or_else(|errors| panic!("{errors:?}")));

fn check(file: &str, bytes: &[u8]) {
    match Library::check(&[(file, bytes)], &Actions::default()) {
        Ok(library) => assert_eq!(library.runbooks().len(), 1),
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert_eq!(error.to_string().lines().count(), 1, "{error}");
            }
        }
    }
}

/// Texts that get further than arbitrary bytes do.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let of: &'static [&'static str] = &[
        "---\n",
        "title: a\n",
        "applies: b\n",
        "services: [sqs]\n",
        "failure_modes: [backlog]\n",
        "signals:\n",
        "  - c\n",
        "actions: []\n",
        "version: 1\n",
        "&a ",
        "*a",
        "!!x ",
        ": ",
        "[",
        "{",
        "\"",
        "'",
        "|\n",
        "## ",
        "## What it looks like\n",
        "## How to confirm\n",
        "## What to do now\n",
        "## What to do later\n",
        "## What not to do\n",
        "```sh\n",
        "```\n",
        "~~~\n",
        "aws sqs list-queues",
        "aws ",
        "\\\n",
        "$(x)",
        "text\n",
        "\n",
        "\r\n",
        "\u{feff}",
        "é",
    ];
    prop::collection::vec(prop::sample::select(of), 0..60).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #[test]
    fn bytes_never_panic(file in ".{0,12}", bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        check(&file, &bytes);
    }

    #[test]
    fn pieces_never_panic(bytes in pieces()) {
        check("a.md", &bytes);
    }

    #[test]
    fn search_never_panics_and_is_in_order(text in "\\PC{0,200}", service in "[a-z0-9-]{0,12}") {
        let hits = SHIPPED.search(&Query { services: vec![service], text, ..Query::default() });
        prop_assert!(hits.is_sorted_by(|a, b| a.score >= b.score));
        for hit in hits {
            prop_assert!(hit.score.is_finite() && (0.0..=3.0).contains(&hit.score));
            prop_assert!(!hit.matched.is_empty());
        }
    }
}
