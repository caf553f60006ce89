//! Runbooks with one thing wrong: what is said of it, word for word.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use knowledge::{Actions, Library, MAX_BYTES, SERVICES};

const SOUND: &str = "---
title: A queue falls behind
applies: The age of the oldest message climbs.
services: [sqs]
failure_modes: [backlog]
signals:
  - ApproximateAgeOfOldestMessage
actions: [restore-parameter]
version: 1
---

## What it looks like

It climbs.

## How to confirm

```sh
# What it says itself.
aws sqs get-queue-attributes \\
  --queue-url QUEUE_URL
```

## What to do now

Scale.

## What to do later

Alarm on age.

## What not to do

Purge.
";

fn actions() -> Actions {
    Actions::parse("[restore-parameter]\n[start-instance]\n[stop-instance]\nundo_only = true\n").unwrap()
}

fn said(files: &[(&str, &str)]) -> Vec<String> {
    match Library::check(files, &actions()) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

/// The errors of `SOUND` with `from` replaced by `to`.
fn changed(from: &str, to: &str) -> Vec<String> {
    assert!(SOUND.contains(from), "{from}");
    said(&[("queue.md", &SOUND.replacen(from, to, 1))])
}

#[test]
fn runbook_that_is_sound_is_taken_whole() {
    let library = Library::check(&[("queue.md", SOUND)], &actions()).ok().unwrap();
    let runbook = library.get("queue").unwrap();
    assert_eq!(runbook.name(), "queue@1");
    assert_eq!(
        (runbook.title.as_str(), runbook.services.as_slice()),
        ("A queue falls behind", ["sqs"].as_slice())
    );
    assert_eq!(runbook.actions.iter().map(ToString::to_string).collect::<Vec<_>>(), ["restore-parameter"]);
    assert!(runbook.body.starts_with("## What it looks like") && runbook.body.ends_with("Purge."));
}

#[test]
fn runbook_with_a_byte_order_mark_and_crlf_is_read() {
    let text = format!("\u{feff}{}", SOUND.replace('\n', "\r\n"));
    assert_eq!(said(&[("queue.md", &text)]), Vec::<String>::new());
}

#[test]
fn front_matter_that_makes_no_sense_is_refused_by_field() {
    let services = SERVICES.join(", ");
    let modes = common::FailureMode::ALL.map(common::FailureMode::as_str).join(", ");
    for (from, to, expected) in [
        (
            "---\ntitle",
            "title",
            "line 1: expected `---` to open the front matter, found \"title: A queue falls behind\"",
        ),
        (
            "version: 1\n---",
            "version: 1\n",
            "line 1: the front matter is not closed: expected a second line of `---`",
        ),
        ("title: A queue falls behind\n", "", "title: missing"),
        ("title: A queue falls behind", "title: 7", "title: expected one line of text, found 7"),
        ("title: A queue falls behind", "title: ' '", "title: expected one line of text, found \" \""),
        (
            "title: A queue falls behind",
            "title: [a, b",
            "front matter: invalid YAML: did not find expected ',' or ']' at line 3 column 8, while parsing a flow sequence at line 2 column 8",
        ),
        (
            "title: A queue falls behind",
            "title: a\nteam: b",
            "\"team\": unknown field: expected one of title, applies, services, failure_modes, signals, actions, version",
        ),
        ("services: [sqs]", "services: sqs", "services: expected a list, found \"sqs\""),
        ("services: [sqs]", "services: []", "services: empty list: expected at least 1 entry"),
        ("services: [sqs]", "services: [sqs, sqs]", "services: duplicate value \"sqs\""),
        (
            "services: [sqs]",
            "services: [SQS]",
            &format!("services: unknown service \"SQS\": expected a service prefix as in ARNs: {services}"),
        ),
        (
            "failure_modes: [backlog]",
            "failure_modes: [late]",
            &format!("failure_modes: unknown failure mode \"late\": expected one of {modes}"),
        ),
        ("  - ApproximateAge", "  - 503\n  - ApproximateAge", "signals: expected text in quotes, found 503"),
        (
            "  - ApproximateAge",
            "  - '...'\n  - ApproximateAge",
            "signals: \"...\" has no letter or digit: expected a metric, an error code or a phrase",
        ),
        (
            "[restore-parameter]",
            "[reboot]",
            "actions: unknown action \"reboot\": expected one of restore-parameter, start-instance",
        ),
        (
            "[restore-parameter]",
            "[stop-instance]",
            "actions: \"stop-instance\" only undoes another action and cannot be proposed: expected one of restore-parameter, start-instance",
        ),
        ("version: 1", "version: 0", "version: expected a whole number of at least 1, found 0"),
        ("version: 1", "version: 1.5", "version: expected a whole number of at least 1, found 1.5"),
    ] {
        assert_eq!(changed(from, to), [format!("queue.md: {expected}")], "{to}");
    }
}

#[test]
fn body_out_of_form_is_refused_by_section_or_line() {
    let sections =
        "## What it looks like, ## How to confirm, ## What to do now, ## What to do later, ## What not to do";
    for (from, to, expected) in [
        ("## What to do later\n\nAlarm on age.\n\n", "", "## What to do later: missing section".to_owned()),
        ("Scale.", "", "## What to do now: empty section".to_owned()),
        (
            "## What not to do",
            "## Why\n\nThis.\n\n## What not to do",
            format!("line 32: unknown section \"Why\": expected one of {sections}"),
        ),
        (
            "## What to do now\n\nScale.\n\n## What to do later\n\nAlarm on age.",
            "## What to do later\n\nAlarm on age.\n\n## What to do now\n\nScale.",
            "line 28: ## What to do now is out of order: expected it before ## What to do later".to_owned(),
        ),
        (
            "## What it looks like",
            "Hello\n\n## What it looks like",
            format!("line 12: text before the first section: \"Hello\": expected {sections}"),
        ),
        (
            "aws sqs get-queue-attributes",
            "aws sqs purge-queue",
            "line 20: `aws sqs purge-queue` can change something: expected a read-only operation: batch-get-…, \
             describe-…, filter-…, get-…, head-…, list-…, lookup-…, search-…, simulate-…"
                .to_owned(),
        ),
        (
            "aws sqs get-queue-attributes",
            "aws secretsmanager get-secret-value",
            "line 20: `aws secretsmanager get-secret-value` prints a secret: expected an operation that only describes it"
                .to_owned(),
        ),
        (
            "QUEUE_URL",
            "QUEUE_URL | sh",
            "line 20: | lets the shell run more than this command: put it in single quotes or remove it".to_owned(),
        ),
        (
            "# What it says",
            "rm -r x\n# What it says",
            "line 19: \"rm -r x\" is not an AWS CLI command: expected `aws SERVICE OPERATION …`".to_owned(),
        ),
        (
            "```sh\n# What it says itself.\naws sqs get-queue-attributes \\\n  --queue-url QUEUE_URL\n```",
            "Look at it.",
            "## How to confirm: no command: expected at least one in a ```sh block".to_owned(),
        ),
        (
            "```sh",
            "Run `aws sqs purge-queue`.\n\n```sh",
            "line 18: a command outside of a code block: move it into a ```sh block".to_owned(),
        ),
    ] {
        assert_eq!(changed(from, to), [format!("queue.md: {expected}")], "{to}");
    }
}

#[test]
fn code_block_that_stays_open_is_named() {
    let said = changed("QUEUE_URL\n```", "QUEUE_URL");
    assert!(
        said.contains(&"queue.md: line 18: the code block is not closed: expected a line ```".to_owned()),
        "{said:?}"
    );
}

#[test]
fn heading_within_a_code_block_is_a_comment() {
    assert_eq!(changed("# What it says itself.", "## What it says itself."), Vec::<String>::new());
}

#[test]
fn file_as_a_whole_is_refused_with_its_reason() {
    let name = "the file's name: invalid name: expected lower-case words joined by hyphens (at most 64 characters) and .md";
    assert_eq!(said(&[("Queue Late.md", SOUND)]), [format!("Queue Late.md: {name}")]);
    assert_eq!(said(&[("queue.txt", SOUND)]), [format!("queue.txt: {name}")]);
    let long = format!("{SOUND}{}", "x".repeat(MAX_BYTES));
    assert_eq!(
        said(&[("queue.md", &long)]),
        [format!("queue.md: the file: {} bytes: expected at most 8192, about two pages", long.len())]
    );
    let error = Library::check(&[("queue.md", b"---\n\xff")], &actions()).err().unwrap();
    assert_eq!(error[0].to_string(), "queue.md: the file: byte 4 is not UTF-8: expected UTF-8 text");
}

#[test]
fn two_runbooks_of_one_id_or_title_are_refused() {
    assert_eq!(
        said(&[("queue.md", SOUND), ("queue.md", SOUND)]),
        ["queue.md: the file's name: another runbook has the same id: expected a unique file name"]
    );
    assert_eq!(
        said(&[("queue.md", SOUND), ("again.md", SOUND)]),
        ["queue.md: title: again.md has the same title: expected a unique title"]
    );
}

#[test]
fn all_errors_of_all_files_are_said_in_the_order_of_their_names() {
    let broken = SOUND.replace("[sqs]", "[]").replace("version: 1", "version: x");
    let said = said(&[("b.md", &broken), ("a.md", &broken)]);
    let places = ["a.md: services", "a.md: version", "b.md: services", "b.md: version"];
    assert_eq!(said.len(), places.len());
    for (said, place) in said.iter().zip(places) {
        assert!(said.starts_with(place), "{said}");
    }
}

#[test]
fn documentation_shows_front_matter_that_is_sound() {
    let documentation = include_str!("../../../docs/runbooks.md");
    let shown = documentation.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let body = SOUND.split_once("\n---\n").unwrap().1;
    assert_eq!(said(&[("queue.md", &format!("---\n{shown}---\n{body}"))]), Vec::<String>::new());
}
