//! Tests that the runbooks that ship are sound, complete, and each found by what it answers to.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

use std::path::Path;

use knowledge::{Actions, Library, Matched, Query, Runbook, read_folder};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/runbooks");

fn shipped() -> Library {
    Library::shipped().unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// Its ids, best first.
fn found(library: &Library, query: &Query) -> Vec<String> {
    library.search(query).into_iter().map(|hit| hit.runbook.id.clone()).collect()
}

fn text(text: &str) -> Query {
    Query { text: text.to_owned(), ..Query::default() }
}

#[test]
fn shipped_are_the_files_of_the_folder() {
    let files = read_folder(Path::new(FOLDER)).unwrap();
    let from_folder = Library::check(&files, &Actions::shipped().unwrap());
    let from_folder = from_folder.unwrap_or_else(|errors| panic!("{errors:#?}"));
    assert!(
        from_folder.runbooks() == shipped().runbooks(),
        "src/shipped.rs does not list what infra/runbooks has"
    );
    assert!(from_folder.runbooks().len() >= 25);
}

#[test]
fn shipped_is_found_first_by_its_own_signature() {
    let library = shipped();
    for runbook in library.runbooks() {
        for mode in &runbook.failure_modes {
            let query = Query {
                services: runbook.services.iter().map(ToString::to_string).collect(),
                failure_modes: vec![*mode],
                text: runbook.signals.join("\n"),
            };
            assert_eq!(found(&library, &query)[0], runbook.id, "{}", mode.as_str());
        }
        assert_eq!(found(&library, &text(&runbook.signals.join("\n")))[0], runbook.id, "by signals alone");
        assert_eq!(found(&library, &text(&runbook.applies))[0], runbook.id, "by its sentence alone");
    }
}

#[test]
fn shipped_is_found_first_by_each_signal_of_its_own() {
    let library = shipped();
    let mut elsewhere = Vec::new();
    for runbook in library.runbooks() {
        for signal in &runbook.signals {
            let query = Query {
                services: runbook.services.iter().map(ToString::to_string).collect(),
                failure_modes: runbook.failure_modes.clone(),
                text: signal.clone(),
            };
            let first = &found(&library, &query)[0];
            if *first != runbook.id {
                elsewhere.push(format!("{signal:?} of {} finds {first}", runbook.id));
            }
        }
    }
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
}

#[test]
fn words_of_people_find_what_they_mean() {
    let library = shipped();
    for (asked, expected) in [
        ("lambda is throttling our requests", "lambda-throttled"),
        ("function times out", "lambda-timeouts"),
        ("queue is growing, old messages", "sqs-backlog"),
        ("hot partition", "dynamodb-throttled"),
        ("too many connections to postgres", "rds-connections-exhausted"),
        ("disk full on the database", "rds-storage-full"),
        ("read replica is behind", "rds-replica-lag"),
        ("container killed out of memory", "ecs-task-out-of-memory"),
        ("docker image pull fails", "ecs-cannot-pull-image"),
        ("504 from the load balancer", "alb-5xx"),
        ("redis is full", "elasticache-memory-full"),
        ("certificate expired", "certificate-expiring"),
        ("state machine execution failed", "stepfunctions-executions-failed"),
        ("no capacity for instance type in this zone", "ec2-insufficient-capacity"),
        ("key is pending deletion", "kms-key-unusable"),
    ] {
        let found = found(&library, &text(asked));
        assert_eq!(found[0], expected, "{asked}: {:?}", &found[..found.len().min(3)]);
    }
}

/// Whoever is woken up types a sentence. Its grammar must not decide which runbook comes first.
#[test]
fn words_of_grammar_neither_rank_nor_match() {
    let library = shipped();
    let grammar = "what should I do when there is something like this and we don't have it here";
    assert!(found(&library, &text(grammar)).is_empty());
    for words in ["queue growing", "certificate expired", "throttled lambda", "replica lag"] {
        let sentence = format!("{grammar}: {words}");
        assert_eq!(found(&library, &text(&sentence)), found(&library, &text(words)), "{words}");
    }
}

#[test]
fn order_of_files_makes_no_difference() {
    let mut files = read_folder(Path::new(FOLDER)).unwrap();
    files.reverse();
    let reversed = Library::check(&files, &Actions::shipped().unwrap()).ok().unwrap();
    let library = shipped();
    for asked in ["errors after a deployment", "throttled", "timeout connecting to the database", ""] {
        let query = Query { services: vec!["lambda".to_owned()], ..text(asked) };
        assert!(library.search(&query) == reversed.search(&query), "{asked}");
    }
}

#[test]
fn hit_says_why_it_was_found() {
    let library = shipped();
    let query = Query {
        services: vec!["sqs".to_owned(), "lambda".to_owned()],
        failure_modes: vec![common::FailureMode::Backlog],
        text: "the NumberOfMessagesDeleted of consumers, xyzzy".to_owned(),
    };
    let hits = library.search(&query);
    assert_eq!(hits[0].runbook.id, "sqs-backlog");
    assert_eq!(
        hits[0].matched,
        [
            Matched::Service("sqs"),
            Matched::FailureMode(common::FailureMode::Backlog),
            Matched::Signal("NumberOfMessagesDeleted".to_owned()),
            Matched::Words(vec!["NumberOfMessagesDeleted".to_owned(), "consumers".to_owned()]),
        ]
    );
}

#[test]
fn equally_good_hits_are_in_the_order_of_their_ids() {
    let library = shipped();
    let query = Query { services: vec!["lambda".to_owned()], ..Query::default() };
    let ids = found(&library, &query);
    assert!(ids.len() >= 6 && ids.is_sorted(), "{ids:?}");
    assert!(library.search(&query).iter().all(|hit| hit.matched == [Matched::Service("lambda")]));
}

#[test]
fn query_that_matches_nothing_finds_nothing() {
    let library = shipped();
    assert!(library.search(&Query::default()).is_empty());
    assert!(library.search(&text("xyzzy the of")).is_empty());
    let none: [(&str, &[u8]); 0] = [];
    assert!(Library::check(&none, &Actions::default()).ok().unwrap().search(&text("queue")).is_empty());
}

#[test]
fn shipped_actions_are_allowed_by_those_that_name_them() {
    let library = shipped();
    let naming = |action: &str| -> Vec<&str> {
        let of = |runbook: &&Runbook| runbook.actions.iter().any(|id| id.as_str() == action);
        library.runbooks().iter().filter(of).map(|runbook| runbook.id.as_str()).collect()
    };
    assert_eq!(naming("rollback-lambda-alias"), ["lambda-alias-broken-version"]);
    assert_eq!(naming("restore-parameter"), ["ssm-parameter-overwritten"]);
    assert_eq!(naming("start-instance"), ["ec2-instance-stopped"]);
    assert_eq!(naming("rollback-ecs-service"), ["ecs-deployment-failed"]);
}

#[test]
fn documentation_says_how_many_there_are() {
    let said = format!("{} of them", shipped().runbooks().len());
    assert!(include_str!("../../../docs/runbooks.md").contains(&said), "{said}");
}
