//! Finds the end of a value that follows a `=`.

use super::{
    bytes::{LETTER, SPACE, class},
    names,
};

/// Bytes in which the end of a quotation or a bracket is looked for.
const GROUP_BYTES: usize = 256;
/// A quoted value of more words is a message.
const QUOTED_WORDS: usize = 2;

/// Measures the value that `rest`, which follows a `=`, begins with. `None` where it says what happened, as
/// in `link=DOWN` and `job=failed`. `spaced`: there was white space after the `=`.
pub(super) fn length(rest: &[u8], spaced: bool, lookahead: &mut usize) -> Option<usize> {
    match rest.first()? {
        b'=' | b'>' | b'~' => None,
        quote @ (b'"' | b'\'') => quoted(rest, *quote),
        _ => bare(rest, spaced, lookahead),
    }
    .filter(|&length| !rest.get(..length).is_some_and(is_state))
}

/// A single word that names no thing, in quotes or not.
pub(super) fn is_state(value: &[u8]) -> bool {
    let word = match value {
        [b'"' | b'\'', word @ .., b'"' | b'\''] => word,
        _ => value,
    };
    word.iter().all(|&byte| class(byte) & LETTER != 0 || byte == b'_') && !names::could_be_name(word)
}

/// A quoted name, with its quotes. A longer quotation is a message, whose words count.
fn quoted(rest: &[u8], quote: u8) -> Option<usize> {
    let inside = rest.get(1..)?;
    let end = memchr::memchr(quote, inside.get(..GROUP_BYTES).unwrap_or(inside))?;
    let words = inside.get(..end)?.split(|&byte| class(byte) & SPACE != 0).filter(|word| !word.is_empty());
    (words.count() <= QUOTED_WORDS).then(|| end.saturating_add(2))
}

/// Up to white space or what closes a list. A bracketed group belongs to it: `Rect(0, 0)`.
fn bare(rest: &[u8], spaced: bool, lookahead: &mut usize) -> Option<usize> {
    let mut at = 0;
    while let Some(&byte) = rest.get(at) {
        let class = class(byte);
        if class & SPACE != 0 {
            break;
        }
        at = match byte {
            b',' | b';' | b')' | b']' | b'}' | b'>' | b'"' | b'\'' => break,
            // In `a= b=1` a has no value.
            b'=' if spaced => return None,
            b'(' | b'[' | b'{' | b'<' => match group(rest.get(at..)?, lookahead) {
                Some(length) => at.saturating_add(length),
                None => break,
            },
            _ => at.saturating_add(1),
        };
    }
    (at > 0).then_some(at)
}

/// The length of the bracketed group that `rest` begins with. `lookahead` is what may still be spent on
/// looking for ends in this line, so that no line takes long.
fn group(rest: &[u8], lookahead: &mut usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in rest.iter().enumerate().take((*lookahead).min(GROUP_BYTES)) {
        match byte {
            b'(' | b'[' | b'{' | b'<' => depth = depth.saturating_add(1),
            b')' | b']' | b'}' | b'>' => depth = depth.saturating_sub(1),
            _ => (),
        }
        if depth == 0 {
            return Some(at.saturating_add(1));
        }
    }
    *lookahead = lookahead.saturating_sub(GROUP_BYTES);
    None
}
