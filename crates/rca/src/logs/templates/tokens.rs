//! Splits a signature into its tokens.

use super::bytes::{DIGIT, DOT, LETTER, MARK, SLOT, SPACE, class};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    Slot,
    /// Punctuation.
    Mark,
    Word,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind,
    pub(super) text: &'a [u8],
    /// No white space before it.
    pub(super) glued: bool,
}

/// The tokens of a signature, in order.
pub(super) fn tokens(signature: &[u8]) -> impl Iterator<Item = Token<'_>> {
    let mut rest = signature;
    std::iter::from_fn(move || {
        let spaced = rest.first() == Some(&b' ');
        if let (true, Some((_, after))) = (spaced, rest.split_first()) {
            rest = after;
        }
        let &first = rest.first()?;
        let (text, after) = rest.split_at_checked(length(rest))?;
        rest = after;
        let kind = match first {
            SLOT => TokenKind::Slot,
            _ if text.iter().any(|&byte| class(byte) & (LETTER | DIGIT) != 0) => TokenKind::Word,
            _ => TokenKind::Mark,
        };
        Some(Token { kind, text, glued: !spaced })
    })
}

/// Measures the first token of `rest`.
fn length(rest: &[u8]) -> usize {
    match rest {
        [first, ..] if class(*first) & (SPACE | MARK) != 0 => 1,
        [b'.', b'.', ..] => dots(rest),
        _ => piece(rest).0,
    }
}

/// Counts the dots that `rest` begins with.
pub(super) fn dots(rest: &[u8]) -> usize {
    rest.iter().take_while(|&&byte| byte == b'.').count()
}

/// The length of the piece that `rest` begins with, up to white space, a mark or two dots, and all of its
/// bytes' classes.
pub(super) fn piece(rest: &[u8]) -> (usize, u8) {
    let mut classes = 0;
    let mut dotted = false;
    for (at, &byte) in rest.iter().enumerate() {
        let class = class(byte);
        if class & (SPACE | MARK) != 0 {
            return (at, classes);
        }
        if class & DOT != 0 {
            if dotted {
                return (at.saturating_sub(1), classes);
            }
            dotted = true;
        } else {
            dotted = false;
        }
        classes |= class;
    }
    (rest.len(), classes)
}
