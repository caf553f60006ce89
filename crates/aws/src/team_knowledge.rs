//! Implements the port `TeamKnowledge`: reads the team's Markdown files in S3, and a Bedrock knowledge base.
//!
//! S3 Vectors is not read: its `QueryVectors` takes the question as an embedding, which a model would have
//! to make first. A knowledge base on top of it does so by itself, and is asked in words.

mod folder;
mod listing;
#[cfg(test)]
mod tests;

use common::{
    evidence::Truncation,
    ports::{PortError, PortErrorKind, Reading, TeamKnowledge},
    untrusted_text::one_line,
};
use futures_util::future::join_all;
use serde_json::{Value, json};

pub use self::folder::{Folder, InvalidFolder};
use self::listing::{MOST_BYTES, Object, ObjectListing, choose};
use crate::{
    Clients,
    cli_command::aws,
    error::unreadable,
    signed_http::{
        Input, Operation, SignedClient,
        services::{BEDROCK_AGENT_RUNTIME, S3},
    },
};

const LIST: Operation = Operation::at(&S3, "ListObjectsV2", "GET", "/{}");
const OBJECT: Operation = Operation::at(&S3, "GetObject", "GET", "/{}/{}");
const RETRIEVE: Operation =
    Operation::at(&BEDROCK_AGENT_RUNTIME, "Retrieve", "POST", "/knowledgebases/{}/retrieve");
/// The IAM actions that it takes where both are configured.
pub const IAM: &[&str] = &["bedrock:Retrieve", "s3:GetObject", "s3:ListBucket"];

/// Pages of a thousand keys.
const MOST_PAGES: usize = 3;
const AT_ONCE: usize = 8;
/// The longest question that a knowledge base takes.
const QUESTION_CHARS: usize = 1_000;
const MOST_PASSAGES: u32 = 100;
const PASSAGE_CHARS: usize = 4_000;
/// The most characters of the comment on what was left out.
const LEFT_OUT_CHARS: usize = 600;

/// Says where the team's knowledge is. A source that is `None` is not read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// `s3://bucket/prefix`.
    pub files: Option<Folder>,
    pub knowledge_base_id: Option<String>,
}

/// The port `TeamKnowledge`.
#[derive(Debug, Clone)]
pub struct S3Knowledge {
    client: SignedClient,
    options: Options,
}

impl S3Knowledge {
    pub fn from_clients(clients: &Clients, options: Options) -> Self {
        Self { client: clients.signed.clone(), options }
    }
}

impl TeamKnowledge for S3Knowledge {
    /// At most a hundred files of 16 KB, and 512 KB in all: the truncation says what was left out.
    async fn files(&self) -> Result<Reading<Vec<(String, String)>>, PortError> {
        let Some(folder) = &self.options.files else {
            return Ok(Reading::new(String::new(), Vec::new()));
        };
        let listed = self.list(folder).await?;
        let (chosen, mut left_out) = choose(listed.objects);
        if listed.more {
            left_out.push("what comes after three thousand keys".to_owned());
        }
        let mut found = Vec::new();
        let mut first = None;
        for some in chosen.chunks(AT_ONCE) {
            let answers = join_all(some.iter().map(|object| self.read_object(folder, object))).await;
            for (object, answer) in some.iter().zip(answers) {
                let why = match answer {
                    Ok((text, cut)) => {
                        found.push((object.name().to_owned(), text));
                        cut.then(|| format!("cut after {MOST_BYTES} bytes"))
                    }
                    Err(fault) => {
                        let why = fault.in_words().to_owned();
                        first = first.or(Some(PortError::from(fault)));
                        Some(why)
                    }
                };
                left_out.extend(why.map(|why| format!("{}: {why}", object.name())));
            }
        }
        // None of them may be read, or the service is out: that is no folder with gaps.
        if let Some(error) = first.filter(|error| found.is_empty() && error.kind != PortErrorKind::NotFound) {
            return Err(error);
        }
        let query =
            aws(["s3api", "list-objects-v2", "--bucket", folder.bucket(), "--prefix", folder.prefix()]);
        let query = format!("{query}; aws s3api get-object");
        let truncation = (!left_out.is_empty()).then(|| {
            Truncation::new(format!("left out: {}", one_line(&left_out.join(", "), LEFT_OUT_CHARS)))
        });
        Ok(Reading::new(query, found).truncated(truncation))
    }

    async fn passages(&self, question: &str, most: u32) -> Result<Reading<Vec<String>>, PortError> {
        let Some(id) = &self.options.knowledge_base_id else {
            return Ok(Reading::new(String::new(), Vec::new()));
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
            return Ok(Reading::new(command, Vec::new()));
        }
        let most = most.min(MOST_PASSAGES);
        let body = json!({
            "retrievalQuery": query,
            "retrievalConfiguration": {"vectorSearchConfiguration": {"numberOfResults": most}},
        });
        let answer =
            self.client.json(&RETRIEVE, &Input::new(id.as_str()).label(id.as_str()).body(body)).await?;
        let mut found = passages(&answer)?;
        found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(Reading::new(command, found))
    }
}

impl S3Knowledge {
    async fn list(&self, folder: &Folder) -> Result<ObjectListing, PortError> {
        let mut listed = ObjectListing::default();
        let mut token: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let input = Input::new(folder.to_string())
                .label(folder.bucket())
                .pair("list-type", "2")
                .pair("prefix", folder.prefix())
                .page("continuation-token", token.as_deref());
            let page = listing::parse(&self.client.text(&LIST, &input).await?)?;
            listed.objects.extend(page.objects);
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        listed.more = token.is_some();
        Ok(listed)
    }

    /// The text, and whether there is more of it.
    async fn read_object(&self, folder: &Folder, object: &Object) -> Result<(String, bool), FileFault> {
        let input = Input::new(&object.key).label(folder.bucket()).label(&object.key);
        let input = if object.is_too_long() { input.first_bytes(MOST_BYTES) } else { input };
        let mut bytes = self.client.bytes(&OBJECT, &input).await?;
        let cut = object.is_too_long() || bytes.len() > MOST_BYTES;
        if cut && !object.is_steering() {
            return Err(FileFault::Grown);
        }
        bytes.truncate(MOST_BYTES);
        let not_text = |_| FileFault::Port(unreadable(OBJECT.name(), "not UTF-8"));
        let whole = match std::str::from_utf8(&bytes) {
            // The cut went through a letter.
            Err(error) if cut && error.error_len().is_none() => error.valid_up_to(),
            _ => bytes.len(),
        };
        bytes.truncate(whole);
        Ok((String::from_utf8(bytes).map_err(not_text)?, cut))
    }
}

/// The reason why one file is left out. One file's fault does not take the others away.
#[derive(Debug)]
enum FileFault {
    /// It has more bytes than when it was listed, and than are read.
    Grown,
    Port(PortError),
}

impl FileFault {
    const GROWN: &'static str = "has grown too large";

    const fn in_words(&self) -> &'static str {
        match self {
            Self::Grown => Self::GROWN,
            Self::Port(error) => match error.kind {
                PortErrorKind::Denied => "may not be read",
                PortErrorKind::NotFound => "gone meanwhile",
                PortErrorKind::Throttled => "throttled",
                PortErrorKind::Unavailable => "no answer",
                PortErrorKind::Invalid => "no text that can be read",
            },
        }
    }
}

impl From<PortError> for FileFault {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}

impl From<FileFault> for PortError {
    fn from(fault: FileFault) -> Self {
        match fault {
            FileFault::Grown => unreadable(OBJECT.name(), FileFault::GROWN),
            FileFault::Port(error) => error,
        }
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
