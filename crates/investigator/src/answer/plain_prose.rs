//! Lets through the sentences of a model that are plain prose, in any language, by what prose may hold: letters, digits
//! and marks that Unicode recommends for names (UTS 39), and the punctuation of sentences. A sentence that holds anything
//! else (a link, a command, a mention, markup, letters that pass for others, a claim of an approval) is replaced as a
//! whole: what is left of such a sentence says something else than the sentence did.
//!
//! A list of words is no defence by itself, as nobody can list them for every language: what people read first is
//! rendered from the model's typed claim, and this prose is only ever quoted.

mod commands;
mod letters;
mod verdict_words;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::model_fault::ModelFault;

/// Stands for each run of sentences that was left out.
pub(super) const LEFT_OUT: &str = "[left out: not plain prose]";

/// A text after the sentences that are no plain prose were replaced, and what was found in them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct PlainProse {
    pub(super) text: String,
    pub(super) faults: BTreeSet<ModelFault>,
}

/// Returns `text`, which is one line, with each sentence replaced that is no plain prose. `is_known_name` tells the names
/// of the incident's own resources: these may hold dots, colons and slashes.
pub(super) fn plain_prose(text: &str, is_known_name: impl Fn(&str) -> bool) -> PlainProse {
    let mut faults = BTreeSet::new();
    let (mut kept, mut left_out) = (String::new(), false);
    for sentence in sentences(text) {
        let found = faults_of(sentence, &is_known_name);
        if found.is_empty() {
            kept.push_str(sentence);
            left_out = false;
        } else if !left_out {
            kept.push(' ');
            kept.push_str(LEFT_OUT);
            left_out = true;
        }
        faults.extend(found);
    }
    let text = kept.trim().to_owned();
    // A claim may be made by several sentences together.
    if verdict_words::claims_verdict(&text) {
        faults.insert(ModelFault::ClaimsApproval);
        return PlainProse { text: LEFT_OUT.to_owned(), faults };
    }
    PlainProse { text, faults }
}

fn faults_of(sentence: &str, is_known_name: &impl Fn(&str) -> bool) -> BTreeSet<ModelFault> {
    let found = [
        (verdict_words::claims_verdict(sentence), ModelFault::ClaimsApproval),
        (commands::is_command(sentence), ModelFault::CommandInAnswer),
        (words::holds_link(sentence, is_known_name), ModelFault::LinkInAnswer),
        (words::holds_markup(sentence), ModelFault::MarkupInAnswer),
        (letters::are_odd(sentence), ModelFault::OddLetters),
    ];
    found.into_iter().filter(|(is, _)| *is).map(|(_, fault)| fault).collect()
}

/// Splits `text` into sentences. An ideographic full stop between ASCII letters ends none: `evil。example` is the name of a
/// site.
fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let (mut from, mut before) = (0usize, ' ');
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let next = letters.peek().map(|(_, next)| *next);
        let ends = match letter {
            '.' | '!' | '?' => next.is_some_and(char::is_whitespace),
            '。' | '！' | '？' | '।' | '؟' => {
                !(before.is_ascii_alphanumeric() && next.is_some_and(|next| next.is_ascii_alphanumeric()))
            }
            _ => false,
        };
        if ends {
            let after = at.saturating_add(letter.len_utf8());
            sentences.extend(text.get(from..after));
            from = after;
        }
        before = letter;
    }
    sentences.extend(text.get(from..));
    sentences.retain(|sentence| !sentence.trim().is_empty());
    sentences
}
