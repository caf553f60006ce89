//! Finds runbooks by what their front matter says, and by their words.
//!
//! The words are ranked by BM25 (Robertson and Zaragoza 2009), with the title, the signature and the
//! signals repeated so that they weigh more than the body (after Robertson, Zaragoza and Taylor 2004).
//! A BM25 score has no upper end and grows with the query; `s / (s + HALF)` makes it a share that can
//! be added to what the fields say.

use bm25::{Document, SearchEngine, SearchEngineBuilder, Tokenizer};
use common::FailureMode;

use crate::{
    runbook::Runbook,
    terms::{humps, terms, words},
};

/// The number of times that the title, the signature and the signals count in the text that is ranked; the body
/// counts once. A body is about six times as long as these together.
const TITLE_WEIGHT: usize = 4;
const SIGNATURE_WEIGHT: usize = 2;

/// The BM25 score that counts for half: about what three rare words reach in a set of fifty.
const HALF: f64 = 10.0;

/// A signal is what a runbook is recognised by: the first counts for as much as good words, more of
/// them less and less.
const SIGNALS: f64 = 1.0;
/// Service and failure mode narrow down and never decide: a function may fail for want of a key.
const SERVICE: f64 = 0.5;
const FAILURE_MODE: f64 = 0.5;

/// Words of a query that are read; an incident's text may be long.
const MOST_TERMS: usize = 256;

/// The known facts about a failure. All parts are optional.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Service prefixes as in ARNs.
    pub services: Vec<String>,
    pub failure_modes: Vec<FailureMode>,
    /// Words, metrics, error codes, log lines.
    pub text: String,
}

/// A runbook that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit<'a> {
    pub runbook: &'a Runbook,
    /// From 0 to 3; only good for comparing the hits of one query.
    pub score: f64,
    /// Why it was found; never empty.
    pub matched: Vec<Matched>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matched {
    Service(&'static str),
    FailureMode(FailureMode),
    /// One of its signals is in the text as it stands.
    Signal(String),
    /// Words of the text that it has too.
    Words(Vec<String>),
}

pub(crate) struct Index {
    engine: SearchEngine<usize, u64, Terms>,
    /// The terms of each runbook, in order, to say which words matched.
    terms: Vec<Vec<String>>,
}

struct Terms;

impl Tokenizer for Terms {
    fn tokenize(&self, text: &str) -> Vec<String> {
        terms(text)
    }
}

impl Index {
    pub(crate) fn new(runbooks: &[Runbook]) -> Self {
        let texts: Vec<String> = runbooks.iter().map(weighted).collect();
        let terms = texts.iter().map(|text| {
            let mut terms = terms(text);
            terms.sort_unstable();
            terms.dedup();
            terms
        });
        let terms = terms.collect();
        let documents = texts.into_iter().enumerate().map(|(place, text)| Document::new(place, text));
        let engine = SearchEngineBuilder::with_tokenizer_and_documents(Terms, documents).build();
        Self { engine, terms }
    }

    pub(crate) fn search<'a>(&self, runbooks: &'a [Runbook], query: &Query) -> Vec<Hit<'a>> {
        let asked = asked(&query.text);
        let mut shares = vec![0.0; runbooks.len()];
        // One entry a term: a word that is said twice is not meant twice as much.
        for result in self.engine.search(&asked.join(" "), None) {
            if let Some(share) = shares.get_mut(result.document.id) {
                let score = f64::from(result.score);
                *share = score / (score + HALF);
            }
        }
        let phrase = phrase(&query.text);
        let found = runbooks.iter().zip(&self.terms).zip(shares).map(|((runbook, terms), share)| {
            let mut matched = fields(runbook, query);
            let signals: Vec<&String> =
                runbook.signals.iter().filter(|signal| phrase.contains(&self::phrase(signal))).collect();
            let count = f64::from(u32::try_from(signals.len()).unwrap_or(u32::MAX));
            let of_fields: f64 = matched
                .iter()
                .map(|field| if matches!(field, Matched::Service(_)) { SERVICE } else { FAILURE_MODE })
                .sum();
            let score = share + SIGNALS * count / (count + 1.0) + of_fields;
            matched.extend(signals.into_iter().cloned().map(Matched::Signal));
            let words: Vec<String> = asked.iter().flat_map(|word| in_common(word, terms)).collect();
            if !words.is_empty() {
                matched.push(Matched::Words(words));
            }
            Hit { runbook, score, matched }
        });
        let mut hits: Vec<Hit<'a>> = found.filter(|hit| !hit.matched.is_empty()).collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.runbook.id.cmp(&b.runbook.id)));
        hits
    }
}

/// At most one of each kind, so that a runbook for many services gains nothing by it.
fn fields(runbook: &Runbook, query: &Query) -> Vec<Matched> {
    let service =
        runbook.services.iter().find(|service| query.services.iter().any(|asked| asked == *service));
    let mode = runbook.failure_modes.iter().find(|mode| query.failure_modes.contains(mode));
    let service = service.map(|service| Matched::Service(service));
    service.into_iter().chain(mode.map(|mode| Matched::FailureMode(*mode))).collect()
}

/// The words of `text` that are searched, each once, as they were written.
fn asked(text: &str) -> Vec<String> {
    let mut asked: Vec<String> = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !terms(word).is_empty()) {
        if asked.len() >= MOST_TERMS {
            break;
        }
        if !asked.iter().any(|known| known.eq_ignore_ascii_case(word)) {
            asked.push(word.to_owned());
        }
    }
    asked
}

/// `word` where the runbook has it, else those of its parts that it has.
fn in_common(word: &str, sorted: &[String]) -> Vec<String> {
    let has = |part: &&str| {
        // The first term of a compound is the whole.
        terms(part).first().is_some_and(|term| sorted.binary_search(term).is_ok())
    };
    if has(&word) {
        return vec![word.to_owned()];
    }
    humps(word).into_iter().filter(has).map(str::to_owned).collect()
}

/// `text` as words between single spaces, so that a phrase is found whole and not within a word.
fn phrase(text: &str) -> String {
    let words: Vec<String> = words(text).collect();
    format!(" {} ", words.join(" "))
}

fn weighted(runbook: &Runbook) -> String {
    let mut text = String::new();
    let mut add = |part: &str, times: usize| {
        for _ in 0..times {
            text.push_str(part);
            text.push('\n');
        }
    };
    add(&runbook.title, TITLE_WEIGHT);
    add(&runbook.applies, SIGNATURE_WEIGHT);
    for signal in &runbook.signals {
        add(signal, SIGNATURE_WEIGHT);
    }
    for service in &runbook.services {
        add(service, SIGNATURE_WEIGHT);
    }
    add(&runbook.body, 1);
    text
}
