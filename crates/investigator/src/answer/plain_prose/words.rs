//! Finds links and markup: what a chat, a mail client or a browser would make something else of than text.

use super::letters::is_letter_like;

/// The punctuation of sentences. What is not listed is markup, a mention or worse to some program that shows it.
const PUNCTUATION: &str =
    " .,;:!?'\"()%/+-_–—‑…‘’‚“”„«»‹›·→×≤≥°¿¡、。，；：？！（）「」『』《》〈〉・％،؛؟٪।॥־׳״۔";

/// The forms of a full stop that a browser takes for the one in a site's name.
const STOPS: [char; 4] = ['.', '。', '．', '｡'];

/// Returns true if `sentence` holds a character that is neither a letter, digit or mark nor the punctuation of a sentence,
/// or an underscore that is not inside of a word: `<`, `[`, `@`, `#`, `&`, a backtick, an emoji.
pub(super) fn holds_markup(sentence: &str) -> bool {
    let foreign = |letter: char| !is_letter_like(letter) && !PUNCTUATION.contains(letter);
    sentence.chars().any(foreign) || has_outer_underscore(sentence)
}

/// Returns true if `sentence` holds a link, or a word that programs make one of: with `//` or a leading slash, a stop
/// before letters as in the name of a site, or a colon inside of a word as after a scheme. The names of the incident's own
/// resources may.
pub(super) fn holds_link(sentence: &str, is_known_name: impl Fn(&str) -> bool) -> bool {
    sentence.split_whitespace().any(|word| {
        let bare = word.trim_matches(|letter: char| !is_letter_like(letter) && letter != '/');
        if is_known_name(bare) {
            return false;
        }
        let lower = bare.to_lowercase();
        lower.contains("//")
            || lower.starts_with('/')
            || lower.starts_with("www.")
            || is_site(&lower)
            || has_inner_colon(&lower)
    })
}

/// Returns true if a stop in `word` is followed by letters, as in `evil.example`. Numbers (`3.5`, `10.0.0.1`) and letters
/// each by itself (`e.g`) are none.
fn is_site(word: &str) -> bool {
    word.split('/').any(|part| {
        let labels: Vec<&str> = part.split(STOPS).collect();
        let initials = labels.iter().all(|label| label.chars().count() <= 1);
        labels.len() > 1
            && !initials
            && labels.iter().skip(1).any(|label| label.chars().next().is_some_and(char::is_alphabetic))
    })
}

/// Returns true if a colon stands between a letter and something that is not a space, as in `javascript:x`. Between digits
/// it is a time.
fn has_inner_colon(word: &str) -> bool {
    let mut parts = word.split(':').peekable();
    while let Some(part) = parts.next() {
        let Some(next) = parts.peek() else { break };
        let number = |text: &str| !text.is_empty() && text.chars().all(char::is_numeric);
        if !(next.is_empty() || number(part) && number(next)) {
            return true;
        }
    }
    false
}

/// Returns true if an underscore stands anywhere but inside of a word.
fn has_outer_underscore(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    let is_word = |at: Option<usize>| {
        at.and_then(|at| letters.get(at)).is_some_and(|letter| is_letter_like(*letter) || *letter == '_')
    };
    let outer = |at: usize| !is_word(at.checked_sub(1)) || !is_word(at.checked_add(1));
    letters.iter().enumerate().any(|(at, letter)| *letter == '_' && outer(at))
}
