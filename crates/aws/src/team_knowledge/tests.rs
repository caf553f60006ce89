//! Tests the folder and the knowledge base against services on the loopback.

use proptest::prelude::*;

use super::*;
use crate::signed_http::loopback::Loopback;

const LISTING: &str = r#"<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <Name>team</Name><Prefix>runbooks/</Prefix><IsTruncated>false</IsTruncated>
    <Contents><Key>runbooks/a b.md</Key><Size>10</Size></Contents>
    <Contents><Key>runbooks/bad.md</Key><Size>1</Size></Contents>
    <Contents><Key>runbooks/gone.md</Key><Size>10</Size></Contents>
    <Contents><Key>runbooks/large.md</Key><Size>20000</Size></Contents>
    <Contents><Key>runbooks/picture.png</Key><Size>10</Size></Contents>
    </ListBucketResult>"#;

fn folder() -> Options {
    Options { files: Some("s3://team/runbooks/".parse().unwrap()), knowledge_base_id: None }
}

#[tokio::test]
async fn files_are_read_by_name_and_what_is_left_out_is_said() {
    let service = Loopback::answering(|asked| {
        let line = asked.head.lines().next().unwrap_or_default();
        Some(if line.contains("list-type=2&prefix=runbooks%2f") {
            (200, LISTING.to_owned())
        } else if line.contains("/team/runbooks/a%20b.md ") {
            (200, "# Runbook".to_owned())
        } else if line.contains("/bad.md ") {
            (200, "x".repeat(MOST_BYTES + 1))
        } else {
            (404, "<Error><Code>NoSuchKey</Code></Error>".to_owned())
        })
    })
    .await;
    let knowledge = S3Knowledge::from_clients(&Clients::new(&service.config().await), folder());
    let look = knowledge.files().await.unwrap();
    assert_eq!(look.value, [("a b.md".to_owned(), "# Runbook".to_owned())]);
    let left_out = "left out: large.md: 20000 bytes, bad.md: has grown too large, gone.md: gone meanwhile";
    assert_eq!(look.truncation, Some(Truncation::new(left_out)));
    assert_eq!(service.asked().len(), 4);
}

#[tokio::test]
async fn file_that_is_refused_takes_no_other_one_away() {
    let service = Loopback::answering(|asked| {
        let line = asked.head.lines().next().unwrap_or_default();
        Some(if line.contains("list-type=2") {
            (200, LISTING.to_owned())
        } else if line.contains("/bad.md ") {
            (403, "<Error><Code>AccessDenied</Code></Error>".to_owned())
        } else if line.contains("/gone.md ") {
            (503, "<Error><Code>SlowDown</Code></Error>".to_owned())
        } else {
            (200, "# Runbook".to_owned())
        })
    })
    .await;
    let knowledge = S3Knowledge::from_clients(&Clients::new(&service.config().await), folder());
    let look = knowledge.files().await.unwrap();
    assert_eq!(look.value, [("a b.md".to_owned(), "# Runbook".to_owned())]);
    let left_out = "left out: large.md: 20000 bytes, bad.md: may not be read, gone.md: throttled";
    assert_eq!(look.truncation, Some(Truncation::new(left_out)));
}

#[tokio::test]
async fn steering_that_is_too_long_is_cut_and_that_is_said() {
    // A service that heeds the range, and one that does not, where the cut goes through a letter.
    for (sent, kept) in
        [("x".repeat(MOST_BYTES), MOST_BYTES), (format!("x{}", "ü".repeat(MOST_BYTES)), MOST_BYTES - 1)]
    {
        let listing = LISTING.replace("large.md", "NIGHTSHIFT.md");
        let service = Loopback::answering(move |asked| {
            let line = asked.head.lines().next().unwrap_or_default();
            Some(if line.contains("list-type=2") {
                (200, listing.clone())
            } else if line.contains("/nightshift.md ") && asked.head.contains("range: bytes=0-16383\r\n") {
                (206, sent.clone())
            } else {
                (404, String::new())
            })
        })
        .await;
        let knowledge = S3Knowledge::from_clients(&Clients::new(&service.config().await), folder());
        let look = knowledge.files().await.unwrap();
        assert_eq!(look.value.len(), 1);
        let (name, text) = &look.value[0];
        assert_eq!((name.as_str(), text.len()), ("NIGHTSHIFT.md", kept));
        let reason = look.truncation.unwrap().reason;
        assert!(reason.starts_with("left out: NIGHTSHIFT.md: cut after 16384 bytes, "), "{reason}");
    }
}

#[tokio::test]
async fn files_of_which_none_may_be_read_are_an_error() {
    let service = Loopback::answering(|asked| {
        let listed = asked.head.contains("list-type=2");
        let refusal = "<Error><Code>AccessDenied</Code></Error>";
        Some(if listed { (200, LISTING.to_owned()) } else { (403, refusal.to_owned()) })
    })
    .await;
    let knowledge = S3Knowledge::from_clients(&Clients::new(&service.config().await), folder());
    assert_eq!(knowledge.files().await.unwrap_err().kind, PortErrorKind::Denied);
}

#[tokio::test]
async fn files_that_may_not_be_read_are_an_error() {
    let refusal = "<Error><Code>AccessDenied</Code></Error>";
    let service = Loopback::answering(move |_| Some((403, refusal.into()))).await;
    let knowledge = S3Knowledge::from_clients(&Clients::new(&service.config().await), folder());
    assert_eq!(knowledge.files().await.unwrap_err().kind, PortErrorKind::Denied);
}

#[tokio::test]
async fn nothing_configured_is_empty_without_a_call() {
    let service = Loopback::answering(|_| Some((500, String::new()))).await;
    let knowledge = S3Knowledge::from_clients(&Clients::new(&service.config().await), Options::default());
    assert!(knowledge.files().await.unwrap().value.is_empty());
    assert!(knowledge.passages("why?", 3).await.unwrap().value.is_empty());
    assert!(service.asked().is_empty());
}

#[tokio::test]
async fn passages_are_asked_in_words_and_come_best_first() {
    let answer = json!({"retrievalResults": [
        {"content": {"text": "second", "type": "TEXT"}, "score": 0.4, "location": {"type": "S3"}},
        {"content": {"text": " first ", "type": "TEXT"}, "score": 0.9},
        {"content": {"type": "IMAGE", "byteContent": "x"}, "score": 1.0},
    ]});
    let service = Loopback::answering(move |_| Some((200, answer.to_string()))).await;
    let options = Options { files: None, knowledge_base_id: Some("KB12345678".into()) };
    let knowledge = S3Knowledge::from_clients(&Clients::new(&service.config().await), options);
    let look = knowledge.passages("why does\nit fail?", 2).await.unwrap();
    assert_eq!(look.value, ["first", "second"]);
    let asked = service.asked().remove(0);
    assert!(asked.head.starts_with("post /knowledgebases/kb12345678/retrieve "), "{}", asked.head);
    assert!(asked.head.contains("/eu-west-1/bedrock/aws4_request"));
    assert!(asked.body.contains(r#""text":"why does it fail?""#), "{}", asked.body);
    assert!(asked.body.contains(r#""numberOfResults":2"#));
}

#[test]
fn passages_of_what_is_no_list_are_invalid() {
    for answer in [json!(null), json!({}), json!({"retrievalResults": [1]})] {
        assert_eq!(passages(&answer).unwrap_err().kind, PortErrorKind::Invalid);
    }
}

proptest! {
    #[test]
    fn passages_any_text_is_short(text in ".{0,5000}", score in any::<f64>()) {
        let answer = json!({"retrievalResults": [{"content": {"text": text}, "score": score}]});
        let found = passages(&answer).unwrap();
        prop_assert!(found.iter().all(|passage| passage.chars().count() <= PASSAGE_CHARS));
    }
}
