//! Recognises words that could name something: a user, a host, a class, a file.

use super::words;

/// Shorter words that end like a participle are other words: `red`, `king`.
const PARTICIPLE: usize = 5;

/// Not a state (`RUNNING`), not a participle (`started`, `closing`): a program chooses these from a list of
/// its own, so that each is a statement of its own. Neither is `true`, nor the status `502`.
pub(super) fn could_be_name(word: &[u8]) -> bool {
    !is_state(word)
        && !is_participle(word)
        && !words::is_flag(word)
        && !words::is_condition(word)
        && !is_failure(word)
}

/// `SocketTimeoutException`: which one it is says what happened.
fn is_failure(word: &[u8]) -> bool {
    [b"Error".as_slice(), b"Exception", b"Fault", b"Failure"].iter().any(|failure| word.ends_with(failure))
}

fn is_state(word: &[u8]) -> bool {
    word.len() > 1
        && !word.iter().any(u8::is_ascii_lowercase)
        && (word.iter().any(u8::is_ascii_uppercase) || word.iter().all(u8::is_ascii_digit))
}

fn is_participle(word: &[u8]) -> bool {
    word.len() >= PARTICIPLE
        && word.iter().all(u8::is_ascii_alphabetic)
        && (word.ends_with(b"ed") || word.ends_with(b"ing"))
}
