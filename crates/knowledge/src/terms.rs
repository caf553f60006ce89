//! Splits text into the terms that are searched.

use std::sync::LazyLock;

/// Words of English grammar and of asking for help, in alphabetical order: they say nothing about a failure. A
/// rare one among the runbooks, such as `there`, would otherwise rank them. `down`, `out`, `off`, `up` and `over`
/// are not here: in `out of memory` they say what failed.
const STOP_WORDS: &str = "\
    a about after again all also am an and any anybody anyone anything are as at be because been before \
    being both but by can could did didn do does doesn doing don done each either else ever every \
    everything for from get gets getting give got had has have he help her here hers hi him his how i if \
    in into is isn it its just let like ll look looks made make makes many may maybe me might more most \
    much must my neither no nobody nor not nothing now of often on one only or other others our ours \
    please problem problems re really s same seem seems several shall she should so some somebody \
    someone something still such t tell than thanks that the their them themselves then there these they \
    thing things this those though through to too until us ve very want was we were what whatever when \
    whenever where whether which while who whom whose why will with without won would yes yet you your";

/// No word longer than this is meant by anyone, and every word is kept in memory twice.
const LONGEST_TERM: usize = 64;

/// Words shorter than this keep their endings: `dns`, `used`, `bring`.
const SHORTEST_STEMMED: usize = 6;

/// The words of `text` in lower case: runs of letters and digits.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// The terms of `text`: its words without their endings and without stop words. A compound such as
/// `ConcurrentExecutions` counts as itself and as its parts.
pub(crate) fn terms(text: &str) -> Vec<String> {
    let runs = text.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty());
    let mut terms = Vec::new();
    for run in runs {
        if run.len() > LONGEST_TERM {
            continue;
        }
        terms.extend(term(run));
        let parts = humps(run);
        if parts.len() > 1 {
            terms.extend(parts.into_iter().filter_map(term));
        }
    }
    terms
}

fn term(word: &str) -> Option<String> {
    let word = word.to_lowercase();
    if is_stop_word(&word) { None } else { Some(stem(&word).to_owned()) }
}

fn is_stop_word(word: &str) -> bool {
    static SORTED: LazyLock<Vec<&str>> = LazyLock::new(|| STOP_WORDS.split(' ').collect());
    SORTED.binary_search(&word).is_ok()
}

/// `word` without what English appends to it, so that `throttled` finds `throttling`. Cruder than
/// Porter's (1980): the same on both sides, so what it maps together wrongly only costs a little
/// precision.
fn stem(word: &str) -> &str {
    let short = word.len() < SHORTEST_STEMMED;
    let plural = || word.strip_suffix('s').filter(|rest| rest.len() > 2 && !rest.ends_with(['s', 'u', 'i']));
    if short {
        return plural().unwrap_or(word);
    }
    ["ing", "ed", "es"]
        .into_iter()
        .find_map(|ending| word.strip_suffix(ending))
        .or_else(plural)
        .or_else(|| word.strip_suffix('e'))
        .unwrap_or(word)
}

/// `GetRecords` as `Get`, `Records`; `SQSQueue` as `SQS`, `Queue`.
pub(crate) fn humps(run: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut begin = 0;
    let mut characters = run.char_indices().peekable();
    let mut before: Option<char> = None;
    while let Some((at, c)) = characters.next() {
        let next_is_lower = characters.peek().is_some_and(|(_, next)| next.is_lowercase());
        let begins = c.is_uppercase()
            && before.is_some_and(|before| before.is_lowercase() || (before.is_uppercase() && next_is_lower));
        if begins && at > begin {
            parts.extend(run.get(begin..at));
            begin = at;
        }
        before = Some(c);
    }
    parts.extend(run.get(begin..));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_split_compounds_and_drop_endings() {
        for (text, expected) in [
            ("ConcurrentExecutions", vec!["concurrentexecution", "concurrent", "execution"]),
            ("AWS/SQS", vec!["aws", "sqs"]),
            ("the function is throttled", vec!["function", "throttl"]),
            ("throttling throttles throttle", vec!["throttl", "throttl", "throttl"]),
            ("HTTPCode_ELB_5XX", vec!["httpcod", "http", "code", "elb", "5xx"]),
            ("", vec![]),
        ] {
            assert_eq!(terms(text), expected, "{text}");
        }
    }

    #[test]
    fn stop_words_are_in_order_and_once() {
        let words: Vec<&str> = STOP_WORDS.split(' ').collect();
        assert!(words.is_sorted_by(|a, b| a < b) && words.len() > 100);
    }

    #[test]
    fn term_that_nobody_means_is_left_out() {
        assert_eq!(terms(&"x".repeat(65)), Vec::<String>::new());
    }
}
