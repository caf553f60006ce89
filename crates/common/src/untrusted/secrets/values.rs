//! Finds the end of a value that only its surroundings delimit.

use super::{MASK, after, is_blank, run};

/// Bytes up to the quote that closes, escaped as often as the one that opened; without it, to the end of
/// the line.
pub(super) fn quoted(text: &str, escapes: usize, quote: char) -> usize {
    let mut slashes = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '\\' => slashes = slashes.saturating_add(1),
            '\n' => return at,
            // With fewer, what holds this ends too.
            _ if c == quote && slashes <= escapes => return at.saturating_sub(slashes),
            _ => slashes = 0,
        }
    }
    text.len()
}

/// Bytes up to what ends a value without quotes. A comma or an ampersand can be a part of a password: it
/// ends one only where another pair or a space follows.
pub(super) fn unquoted(text: &str) -> usize {
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        let next = after(text, at.saturating_add(c.len_utf8()));
        let ends = match c {
            '"' | '`' | ';' | '<' => c != '<' || !next.starts_with("*>"),
            '\'' => !next.chars().next().is_some_and(char::is_alphanumeric),
            '\\' => next.starts_with(['"', '\\']),
            ',' | '&' => {
                let name = run(next, |c| c.is_alphanumeric() || "_-.\"'{".contains(c));
                let named = after(next, name);
                next.is_empty()
                    || next.starts_with(char::is_whitespace)
                    || named.starts_with(MASK)
                    || (name > 0 && named.starts_with(['=', ':']))
            }
            _ => c.is_whitespace(),
        };
        if ends {
            end = at;
            break;
        }
    }
    let mut value = text.get(..end).unwrap_or_default();
    while !value.ends_with(MASK) {
        let Some(shorter) = value.strip_suffix([')', ']', '}', ',']) else { break };
        value = shorter;
    }
    value.len()
}

/// Bytes of a word in a sentence, none where a part of it is hidden already.
pub(super) fn bare(text: &str) -> usize {
    let length = run(text, |c| !c.is_whitespace() && !"\"'`,;&<>()[]{}".contains(c));
    if after(text, length).starts_with(MASK) { 0 } else { length }
}

/// Returns the length, in bytes, of the `name=value; ` pairs that follow one another.
pub(super) fn cookies(text: &str) -> usize {
    let mut end = unquoted(text);
    while let Some(next) = after(text, end).strip_prefix(';') {
        let start = text.len().saturating_sub(next.len()).saturating_add(run(next, is_blank));
        let length = unquoted(after(text, start));
        let pair = text.get(start..start.saturating_add(length)).unwrap_or_default();
        if length == 0 || !pair.contains('=') {
            break;
        }
        end = start.saturating_add(length);
    }
    end
}
