//! The port `TeamKnowledge`: the team's Markdown files in S3, and a Bedrock knowledge base.
//!
//! S3 Vectors is not read: its `QueryVectors` takes the question as an embedding, which a model would have
//! to make first. A knowledge base on top of it does so by itself, and is asked in words.

mod folder;
mod listing;

use aws_config::SdkConfig;
use common::{
    ports::{Look, PortError, PortErrorKind, TeamKnowledge},
    untrusted_text::one_line,
};
use futures_util::future::try_join_all;
use serde_json::{Value, json};

pub use self::folder::{Folder, InvalidFolder};
use self::listing::{Listed, MOST_BYTES, choose};
use crate::{
    error::unreadable,
    query::aws,
    wire::{
        Input, Operation, Wire,
        services::{BEDROCK_AGENT_RUNTIME, S3},
    },
};

const LIST: Operation = Operation::at(&S3, "ListObjectsV2", "GET", "/{}");
const OBJECT: Operation = Operation::at(&S3, "GetObject", "GET", "/{}/{}");
const RETRIEVE: Operation =
    Operation::at(&BEDROCK_AGENT_RUNTIME, "Retrieve", "POST", "/knowledgebases/{}/retrieve");
/// What it takes where both are configured.
pub const IAM: &[&str] = &["bedrock:Retrieve", "s3:GetObject", "s3:ListBucket"];

/// Pages of a thousand keys.
const MOST_PAGES: usize = 3;
const AT_ONCE: usize = 8;
/// What a knowledge base takes.
const QUESTION_CHARS: usize = 1_000;
const MOST_PASSAGES: u32 = 100;
const PASSAGE_CHARS: usize = 4_000;

/// Where the team's knowledge is. What is `None` is not asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// `s3://bucket/prefix`.
    pub files: Option<Folder>,
    pub knowledge_base_id: Option<String>,
}

/// The port `TeamKnowledge`.
#[derive(Debug, Clone)]
pub struct S3Knowledge {
    wire: Wire,
    options: Options,
}

impl S3Knowledge {
    pub fn from_config(config: &SdkConfig, options: Options) -> Self {
        Self { wire: Wire::from_config(config), options }
    }
}

impl TeamKnowledge for S3Knowledge {
    /// At most a hundred files of 16 KB, and 512 KB in all: what was left out is the query's comment.
    async fn files(&self) -> Result<Look<Vec<(String, String)>>, PortError> {
        let Some(folder) = &self.options.files else {
            return Ok(Look { query: "# no files are configured".to_owned(), found: Vec::new() });
        };
        let listed = self.list(folder).await?;
        let (chosen, mut left_out) = choose(listed.objects);
        if listed.more {
            left_out.push("what comes after three thousand keys".to_owned());
        }
        let mut found = Vec::new();
        for some in chosen.chunks(AT_ONCE) {
            let answers = try_join_all(some.iter().map(|object| self.read(folder, &object.key))).await?;
            for (object, answer) in some.iter().zip(answers) {
                match answer {
                    Ok(text) => found.push((object.name().to_owned(), text)),
                    Err(why) => left_out.push(format!("{}: {why}", object.name())),
                }
            }
        }
        let query =
            aws(["s3api", "list-objects-v2", "--bucket", folder.bucket(), "--prefix", folder.prefix()]);
        let query = format!("{query}; aws s3api get-object");
        let query = if left_out.is_empty() {
            query
        } else {
            format!("{query} # left out: {}", one_line(&left_out.join(", "), 300))
        };
        Ok(Look { query, found })
    }

    async fn passages(&self, question: &str, most: u32) -> Result<Look<Vec<String>>, PortError> {
        let Some(id) = &self.options.knowledge_base_id else {
            return Ok(Look { query: "# no knowledge base is configured".to_owned(), found: Vec::new() });
        };
        let question = one_line(question, QUESTION_CHARS);
        let query = json!({"text": question});
        let command = aws([
            "bedrock-agent-runtime",
            "retrieve",
            "--knowledge-base-id",
            id,
            "--retrieval-query",
            &query.to_string(),
        ]);
        if question.is_empty() || most == 0 {
            return Ok(Look { query: command, found: Vec::new() });
        }
        let most = most.min(MOST_PASSAGES);
        let body = json!({
            "retrievalQuery": query,
            "retrievalConfiguration": {"vectorSearchConfiguration": {"numberOfResults": most}},
        });
        let answer = self.wire.json(&RETRIEVE, &Input::of(id.as_str()).label(id.as_str()).body(body)).await?;
        let mut found = passages(&answer)?;
        found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(Look { query: command, found })
    }
}

impl S3Knowledge {
    async fn list(&self, folder: &Folder) -> Result<Listed, PortError> {
        let mut listed = Listed::default();
        let mut token: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let input = Input::of(folder.to_string())
                .label(folder.bucket())
                .pair("list-type", "2")
                .pair("prefix", folder.prefix())
                .page("continuation-token", token.as_deref());
            let page = listing::read(&self.wire.text(&LIST, &input).await?)?;
            listed.objects.extend(page.objects);
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        listed.more = token.is_some();
        Ok(listed)
    }

    /// The text, or why there is none. One file's fault does not take the others away.
    async fn read(&self, folder: &Folder, key: &str) -> Result<Result<String, &'static str>, PortError> {
        let input = Input::of(key).label(folder.bucket()).label(key);
        let bytes = match self.wire.bytes(&OBJECT, &input).await {
            Ok(bytes) => bytes,
            Err(error) if error.kind == PortErrorKind::NotFound => return Ok(Err("gone meanwhile")),
            Err(error) => return Err(error),
        };
        if bytes.len() > MOST_BYTES {
            return Ok(Err("has grown too large"));
        }
        Ok(String::from_utf8(bytes).map_err(|_| "not UTF-8"))
    }
}

/// The texts, best first.
fn passages(answer: &Value) -> Result<Vec<String>, PortError> {
    let malformed = |why: &str| unreadable(RETRIEVE.name(), why.to_owned());
    let results = answer.get("retrievalResults").and_then(Value::as_array);
    let results = results.ok_or_else(|| malformed("retrievalResults is no list"))?;
    let mut passages = Vec::new();
    for result in results {
        if !result.is_object() {
            return Err(malformed("retrievalResults holds what is no object"));
        }
        // An image, or a row of a table, has no text.
        let Some(text) = result.pointer("/content/text").and_then(Value::as_str) else { continue };
        let score = result.get("score").and_then(Value::as_f64).unwrap_or(0.0);
        passages.push((score, text.trim().chars().take(PASSAGE_CHARS).collect::<String>()));
    }
    passages.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    Ok(passages.into_iter().map(|(_, text)| text).filter(|text| !text.is_empty()).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::loopback::Loopback;

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
        let knowledge = S3Knowledge::from_config(&service.config().await, folder());
        let look = knowledge.files().await.unwrap();
        assert_eq!(look.found, [("a b.md".to_owned(), "# Runbook".to_owned())]);
        assert!(
            look.query.ends_with(
                "# left out: large.md: 20000 bytes, bad.md: has grown too large, gone.md: gone meanwhile"
            ),
            "{}",
            look.query
        );
        assert_eq!(service.asked().len(), 4);
    }

    #[tokio::test]
    async fn files_that_may_not_be_read_are_an_error() {
        let refusal = "<Error><Code>AccessDenied</Code></Error>";
        let service = Loopback::answering(move |_| Some((403, refusal.into()))).await;
        let knowledge = S3Knowledge::from_config(&service.config().await, folder());
        assert_eq!(knowledge.files().await.unwrap_err().kind, PortErrorKind::Denied);
    }

    #[tokio::test]
    async fn nothing_configured_is_empty_without_a_call() {
        let service = Loopback::answering(|_| Some((500, String::new()))).await;
        let knowledge = S3Knowledge::from_config(&service.config().await, Options::default());
        assert!(knowledge.files().await.unwrap().found.is_empty());
        assert!(knowledge.passages("why?", 3).await.unwrap().found.is_empty());
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
        let knowledge = S3Knowledge::from_config(&service.config().await, options);
        let look = knowledge.passages("why does\nit fail?", 2).await.unwrap();
        assert_eq!(look.found, ["first", "second"]);
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
}
