//! Text as the terms that are searched.

/// Too common to tell one runbook from another.
const STOP_WORDS: [&str; 42] = [
    "a", "all", "an", "and", "are", "as", "at", "be", "but", "by", "can", "do", "does", "for", "from", "has",
    "have", "how", "if", "in", "into", "is", "it", "its", "my", "no", "not", "of", "on", "one", "or", "our",
    "so", "than", "that", "the", "their", "then", "to", "was", "with", "why",
];

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
    if STOP_WORDS.contains(&word.as_str()) { None } else { Some(stem(&word).to_owned()) }
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
    fn term_that_nobody_means_is_left_out() {
        assert_eq!(terms(&"x".repeat(65)), Vec::<String>::new());
    }
}
