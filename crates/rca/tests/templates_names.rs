//! Tests which words are names, and so parameters, and which mean something.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;

use rca::templates::Miner;

fn distinct_texts(lines: &[impl AsRef<str>]) -> BTreeSet<String> {
    let mut miner = Miner::new();
    for line in lines {
        miner.add(line.as_ref().as_bytes());
    }
    miner.finish().iter().map(|template| template.text.clone()).collect()
}

#[track_caller]
fn assert_one(lines: &[impl AsRef<str>]) {
    assert_eq!(distinct_texts(lines).len(), 1, "{:#?}", distinct_texts(lines));
}

#[track_caller]
fn assert_apart(lines: &[impl AsRef<str>]) {
    assert_eq!(distinct_texts(lines).len(), lines.len(), "{:#?}", distinct_texts(lines));
}

#[test]
fn values_that_mean_something_stay_apart() {
    assert_apart(&["circuit breaker is closed: true", "circuit breaker is closed: false"]);
    assert_apart(&["probe of 10.0.0.7 healthy=true", "probe of 10.0.0.7 healthy=false"]);
    assert_apart(&["set_light(true)", "set_light(false)"]);
    // Neither a value nor many names in their place make states parameters.
    let states = ["7", "Started", "Paused", "Resumed", "Stopped", "UP", "Healthy", "unreachable"];
    let lines: Vec<String> =
        states.iter().map(|state| format!("the virtual machine of order 7 is {state} again today")).collect();
    assert_apart(&lines);
    // One among names is a name.
    let users = ["ann", "bob", "carol", "dave", "ADMIN"];
    let lines: Vec<String> =
        users.iter().map(|user| format!("password of {user} was not accepted")).collect();
    assert_one(&lines);
}

#[test]
fn two_names_suffice_after_a_word_that_announces_them() {
    assert_one(&["session opened for user ann by cron", "session opened for user bob by cron"]);
    assert_apart(&["session opened in state ann by cron", "session opened in state bob by cron"]);
    assert_apart(&["the remote host up since noon", "the remote host down since noon"]);
}

#[test]
fn names_of_several_words_are_one_parameter() {
    let names = ["Ann", "Bob Lee", "Carol Ann Smith", "Dave", "Eve Adams", "Frank", "Heidi von Berg"];
    let lines = names.iter().map(|name| format!("order 7 of customer {name} was sent by courier"));
    let texts = distinct_texts(&lines.collect::<Vec<_>>());
    assert_eq!(texts, BTreeSet::from(["order <*> of customer <*> was sent by courier".to_owned()]));
    // Where some have one word, few of several suffice.
    assert_one(
        &["ann", "bob", "Carol Ann Smith", "Dave King"]
            .map(|user| format!("user {user} logged in from 10.0.0.7")),
    );
    let lines = ["Ann", "Bob Lee", "Carol Ann Smith", "Dave King"]
        .map(|name| format!("account name={name} id=7 opened"));
    assert_eq!(distinct_texts(&lines), BTreeSet::from(["account name=<*> id=<*> opened".to_owned()]));
    // A word that is in each belongs to the statement.
    let lines: Vec<String> = ["ann", "bob", "carol", "dave", "eve", "frank"]
        .iter()
        .flat_map(|name| {
            [
                format!("password refused for {name} over tls"),
                format!("password refused for alias {name} over tls"),
            ]
        })
        .collect();
    assert_eq!(
        distinct_texts(&lines),
        BTreeSet::from([
            "password refused for <*> over tls".to_owned(),
            "password refused for alias <*> over tls".to_owned()
        ])
    );
}

#[test]
fn exceptions_stay_apart_by_their_types() {
    assert_apart(
        &["KeyError", "IOException", "SocketTimeoutException", "AccessFault", "ValueError"]
            .map(|exception| format!("charging the card of order 7 ended with {exception} after 3 attempts")),
    );
}
