//! Builds a signature, token by token.
//!
//! Slots absorb their neighbours here, so that one statement has one signature however many values it
//! printed: a list of values is one slot, and a value that only repeats the one before it is dropped.

use super::{
    bytes::{MARK, SLOT, class},
    tokens::{self, Token},
    words,
};

/// The most joints that can stand between two values of one list: `7##8`, `3552 **** 3479`.
const JOINTS: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BuiltTokenKind {
    Slot,
    /// A slot that ends in a unit.
    Measure,
    Mark(u8),
    /// A word without a letter or a digit: `-`, `->`.
    Dash,
    /// Two dots or more.
    Dots,
    Word,
}

impl BuiltTokenKind {
    /// True where it can stand between two values of a list. Not `=`, which gives the value after it a name.
    const fn is_joint(self) -> bool {
        matches!(self, Self::Dash | Self::Dots | Self::Mark(b':' | b',' | b'|' | b';' | b'#' | b'@' | b'*'))
    }

    const fn is_slot(self) -> bool {
        matches!(self, Self::Slot | Self::Measure)
    }

    const fn is_piece(self) -> bool {
        matches!(self, Self::Dash | Self::Word)
    }
}

/// A parenthesis that is no call's: `f(3)`.
fn is_aside(open: &BuiltToken) -> bool {
    open.kind == BuiltTokenKind::Mark(b'(') && !open.glued
}

#[derive(Debug, Clone, Copy)]
struct BuiltToken {
    start: usize,
    kind: BuiltTokenKind,
    /// No white space before it.
    glued: bool,
}

/// The signature so far: its tokens as bytes, a space where white space was, and [`SLOT`] for a parameter.
#[derive(Debug, Default)]
pub(super) struct SignatureBuilder {
    text: Vec<u8>,
    tokens: Vec<BuiltToken>,
}

impl SignatureBuilder {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.tokens.clear();
    }

    pub(super) fn signature(&self) -> &[u8] {
        &self.text
    }

    pub(super) fn word(&mut self, word: &[u8], glued: bool) {
        self.push(BuiltTokenKind::Word, word, glued);
    }

    pub(super) fn dash(&mut self, dash: &[u8], glued: bool) {
        self.push(BuiltTokenKind::Dash, dash, glued);
    }

    pub(super) fn dots(&mut self, glued: bool) {
        self.push(BuiltTokenKind::Dots, b"..", glued);
    }

    /// Drops what only repeats the value before it in another form, when its parentheses close: a measure, as in
    /// `1190 bytes (1.16 KB)`, which is a line of `900 bytes`; and anything between a value and the end of its
    /// parentheses that is a value or missing, as in `10.0.0.7 (db.example.org)` and `10.0.0.7 ()`.
    pub(super) fn mark(&mut self, mark: u8, glued: bool) {
        match self.tokens.as_slice() {
            [_, .., open, measure]
                if mark == b')' && measure.kind == BuiltTokenKind::Measure && is_aside(open) =>
            {
                self.truncate(2);
            }
            [.., value, open, again]
                if mark == b')' && value.kind.is_slot() && is_aside(open) && again.kind.is_slot() =>
            {
                self.truncate(2);
            }
            [.., value, open] if mark == b')' && value.kind.is_slot() && is_aside(open) => self.truncate(1),
            _ => self.push(BuiltTokenKind::Mark(mark), &[mark], glued),
        }
    }

    /// A value; one with the value before it where only joints are between them.
    pub(super) fn slot(&mut self, glued: bool) {
        let joints = self.tokens.iter().rev().take(JOINTS).take_while(|token| token.kind.is_joint()).count();
        if self.kind_before(joints).is_some_and(BuiltTokenKind::is_slot) {
            self.truncate(joints);
        } else {
            self.push(BuiltTokenKind::Slot, &[SLOT], glued);
        }
    }

    /// Marks the slot just written as ending in a unit.
    pub(super) fn measure(&mut self) {
        if let Some(token) = self.tokens.last_mut().filter(|token| token.kind.is_slot()) {
            token.kind = BuiltTokenKind::Measure;
        }
    }

    /// Writes a token of another signature, a word as a slot unless it is `constant`.
    pub(super) fn copy(&mut self, token: &Token<'_>, constant: bool) {
        match (token.kind, token.text) {
            (tokens::TokenKind::Word, word) if constant => self.word(word, token.glued),
            (tokens::TokenKind::Word | tokens::TokenKind::Slot, _) => self.slot(token.glued),
            (tokens::TokenKind::Mark, b"..") => self.dots(token.glued),
            (tokens::TokenKind::Mark, &[mark]) if class(mark) & MARK != 0 => self.mark(mark, token.glued),
            (tokens::TokenKind::Mark, dash) => self.dash(dash, token.glued),
        }
    }

    pub(super) fn ends_with_slot(&self) -> bool {
        self.kind_before(0).is_some_and(BuiltTokenKind::is_slot)
    }

    /// Takes a `<` or `>` back that belongs to the number glued to it, as in `<1 sec`; whether the number is
    /// glued to what remains.
    pub(super) fn take_back_bound(&mut self) -> bool {
        match self.tokens.last() {
            Some(&BuiltToken { kind: BuiltTokenKind::Mark(b'<' | b'>'), glued, .. }) => {
                self.truncate(1);
                glued
            }
            _ => true,
        }
    }

    /// Takes a month and the day of the week before it back, which belong to the number after them.
    pub(super) fn take_back_date(&mut self) {
        if self.word_before(0).is_some_and(words::is_month) {
            self.truncate(1);
        }
        match self.kind_before(0) {
            Some(BuiltTokenKind::Mark(b',')) if self.word_before(1).is_some_and(words::is_day) => {
                self.truncate(2);
            }
            Some(BuiltTokenKind::Word) if self.word_before(0).is_some_and(words::is_day) => self.truncate(1),
            _ => (),
        }
    }

    /// The word `back` tokens before the end.
    pub(super) fn word_before(&self, back: usize) -> Option<&[u8]> {
        let after = self.tokens.len().checked_sub(back)?;
        let end = self.tokens.get(after).map_or(self.text.len(), |next| next.start);
        let token =
            self.tokens.get(after.checked_sub(1)?).filter(|token| token.kind == BuiltTokenKind::Word)?;
        self.text.get(token.start..end).map(<[u8]>::trim_ascii)
    }

    fn kind_before(&self, back: usize) -> Option<BuiltTokenKind> {
        self.tokens.iter().rev().nth(back).map(|token| token.kind)
    }

    fn push(&mut self, kind: BuiltTokenKind, text: &[u8], glued: bool) {
        // What stood between two words may have been dropped.
        let glued = glued && !(kind.is_piece() && self.kind_before(0).is_some_and(BuiltTokenKind::is_piece));
        self.tokens.push(BuiltToken { start: self.text.len(), kind, glued });
        if !glued && !self.text.is_empty() {
            self.text.push(b' ');
        }
        self.text.extend_from_slice(text);
    }

    /// Takes the last `count` tokens back.
    fn truncate(&mut self, count: usize) {
        let kept = self.tokens.len().saturating_sub(count);
        if let Some(first) = self.tokens.get(kept) {
            self.text.truncate(first.start);
        }
        self.tokens.truncate(kept);
    }
}
