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
            "line 1: is \"title: A queue falls behind\", expected ---: front matter comes first",
        ),
        (
            "version: 1\n---",
            "version: 1\n",
            "line 1: the front matter is never closed, expected a second line of ---",
        ),
        ("title: A queue falls behind\n", "", "title: is missing"),
        ("title: A queue falls behind", "title: 7", "title: is 7, expected a text of one line"),
        ("title: A queue falls behind", "title: ' '", "title: is \" \", expected a text of one line"),
        (
            "title: A queue falls behind",
            "title: [a, b",
            "front matter: is no YAML: did not find expected ',' or ']' at line 3 column 8, while parsing a flow sequence at line 2 column 8",
        ),
        (
            "title: A queue falls behind",
            "title: a\nteam: b",
            "\"team\": is no field of a runbook, expected one of title, applies, services, failure_modes, signals, actions, version",
        ),
        ("services: [sqs]", "services: sqs", "services: is \"sqs\", expected a list"),
        ("services: [sqs]", "services: []", "services: is empty, expected at least 1"),
        ("services: [sqs]", "services: [sqs, sqs]", "services: \"sqs\" is there twice"),
        (
            "services: [sqs]",
            "services: [SQS]",
            &format!("services: \"SQS\" is no known service prefix of ARNs, expected one of {services}"),
        ),
        (
            "failure_modes: [backlog]",
            "failure_modes: [late]",
            &format!("failure_modes: \"late\" is no failure mode, expected one of {modes}"),
        ),
        ("  - ApproximateAge", "  - 503\n  - ApproximateAge", "signals: 503 is no text; put it in quotes"),
        (
            "  - ApproximateAge",
            "  - '...'\n  - ApproximateAge",
            "signals: \"...\" has no letter or digit, expected a metric, an error code or a phrase",
        ),
        (
            "[restore-parameter]",
            "[reboot]",
            "actions: \"reboot\" is not in the action catalogue, expected one of restore-parameter, start-instance",
        ),
        (
            "[restore-parameter]",
            "[stop-instance]",
            "actions: \"stop-instance\" only takes another action back and can't be proposed, expected one of restore-parameter, start-instance",
        ),
        ("version: 1", "version: 0", "version: is 0, expected a whole number from 1"),
        ("version: 1", "version: 1.5", "version: is 1.5, expected a whole number from 1"),
    ] {
        assert_eq!(changed(from, to), [format!("queue.md: {expected}")], "{to}");
    }
}

#[test]
fn body_out_of_form_is_refused_by_section_or_line() {
    let sections =
        "## What it looks like, ## How to confirm, ## What to do now, ## What to do later, ## What not to do";
    for (from, to, expected) in [
        ("## What to do later\n\nAlarm on age.\n\n", "", "## What to do later: is missing".to_owned()),
        ("Scale.", "", "## What to do now: is empty".to_owned()),
        (
            "## What not to do",
            "## Why\n\nThis.\n\n## What not to do",
            format!("line 32: \"Why\" is no section, expected one of {sections}"),
        ),
        (
            "## What to do now\n\nScale.\n\n## What to do later\n\nAlarm on age.",
            "## What to do later\n\nAlarm on age.\n\n## What to do now\n\nScale.",
            "line 28: ## What to do now comes after ## What to do later, expected it before".to_owned(),
        ),
        (
            "## What it looks like",
            "Hello\n\n## What it looks like",
            format!("line 12: is \"Hello\", expected {sections}"),
        ),
        (
            "aws sqs get-queue-attributes",
            "aws sqs purge-queue",
            "line 20: `aws sqs purge-queue` may change something, expected an operation that only reads: batch-get-…, \
             describe-…, filter-…, get-…, head-…, list-…, lookup-…, search-…, simulate-…"
                .to_owned(),
        ),
        (
            "aws sqs get-queue-attributes",
            "aws secretsmanager get-secret-value",
            "line 20: `aws secretsmanager get-secret-value` prints a secret, expected one that only describes it"
                .to_owned(),
        ),
        (
            "QUEUE_URL",
            "QUEUE_URL | sh",
            "line 20: | lets the shell do more than one command, expected it in single quotes or not at all".to_owned(),
        ),
        (
            "# What it says",
            "rm -r x\n# What it says",
            "line 19: \"rm -r x\" is no command of the AWS CLI, expected `aws SERVICE OPERATION …`".to_owned(),
        ),
        (
            "```sh\n# What it says itself.\naws sqs get-queue-attributes \\\n  --queue-url QUEUE_URL\n```",
            "Look at it.",
            "## How to confirm: has no command, expected at least one in a ```sh block".to_owned(),
        ),
        (
            "```sh",
            "Run `aws sqs purge-queue`.\n\n```sh",
            "line 18: a command outside of a code block, expected it inside of ```sh".to_owned(),
        ),
    ] {
        assert_eq!(changed(from, to), [format!("queue.md: {expected}")], "{to}");
    }
}

#[test]
fn code_block_that_stays_open_is_named() {
    let said = changed("QUEUE_URL\n```", "QUEUE_URL");
    assert!(
        said.contains(&"queue.md: line 18: the code block is never closed, expected a line ```".to_owned()),
        "{said:?}"
    );
}

#[test]
fn heading_within_a_code_block_is_a_comment() {
    assert_eq!(changed("# What it says itself.", "## What it says itself."), Vec::<String>::new());
}

#[test]
fn file_as_a_whole_is_refused_with_its_reason() {
    let name = "the file's name: is no name for a runbook, expected lower-case words with hyphens (at most 64 characters) and .md";
    assert_eq!(said(&[("Queue Late.md", SOUND)]), [format!("Queue Late.md: {name}")]);
    assert_eq!(said(&[("queue.txt", SOUND)]), [format!("queue.txt: {name}")]);
    let long = format!("{SOUND}{}", "x".repeat(MAX_BYTES));
    assert_eq!(
        said(&[("queue.md", &long)]),
        ["queue.md: the file: is longer than 8192 bytes, expected what fits two pages"]
    );
    let error = Library::check(&[("queue.md", b"---\n\xff")], &actions()).err().unwrap();
    assert_eq!(error[0].to_string(), "queue.md: the file: byte 4 is no UTF-8, expected text in UTF-8");
}

#[test]
fn two_runbooks_of_one_id_or_title_are_refused() {
    assert_eq!(
        said(&[("queue.md", SOUND), ("queue.md", SOUND)]),
        ["queue.md: the file's name: there is another runbook of this id, expected one"]
    );
    assert_eq!(
        said(&[("queue.md", SOUND), ("again.md", SOUND)]),
        ["queue.md: title: is also the title of again.md, expected one of its own"]
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
