//! Makes a line's signature in one scan over the line.

use super::{
    LINE_BYTES, assignments,
    bytes::{DIGIT, LETTER, MARK, SPACE, class},
    compounds,
    signature_builder::SignatureBuilder,
    tokens, values, words,
};

/// Bytes of one line that may be looked at twice in search of a bracket's end.
const LOOKAHEAD: usize = LINE_BYTES;

/// Writes signatures; holds only its buffer.
#[derive(Debug, Default)]
pub(super) struct Masker {
    builder: SignatureBuilder,
}

impl Masker {
    /// The signature of `line`: its constant words, and a slot for every value.
    pub(super) fn mask(&mut self, line: &[u8]) -> &[u8] {
        self.builder.clear();
        let read = beginning(line);
        Scan { rest: read, builder: &mut self.builder, glued: false, assigned: false }.run();
        if read.len() < line.len() {
            self.builder.slot(false);
        }
        self.builder.signature()
    }
}

/// Returns the part of `line` that is read, without cutting a word in two.
fn beginning(line: &[u8]) -> &[u8] {
    match line.get(..LINE_BYTES) {
        Some(head) if head.len() < line.len() => {
            let whole = memchr::memrchr(b' ', head).and_then(|space| head.get(..space));
            whole.unwrap_or(head)
        }
        _ => line,
    }
}

struct Scan<'a> {
    rest: &'a [u8],
    builder: &'a mut SignatureBuilder,
    /// No white space since the last token.
    glued: bool,
    /// The last token was a `=`.
    assigned: bool,
}

impl Scan<'_> {
    fn run(&mut self) {
        let mut lookahead = LOOKAHEAD;
        while let Some((&byte, after)) = self.rest.split_first() {
            let class = class(byte);
            if class & SPACE != 0 {
                self.glued = false;
                self.rest = after.get(escape(byte, after)..).unwrap_or_default();
                continue;
            }
            let length = if std::mem::take(&mut self.assigned) && self.takes_value() {
                assignments::length(self.rest, !self.glued, &mut lookahead)
            } else {
                None
            };
            let length = match length {
                Some(length) => {
                    self.builder.slot(self.glued);
                    length
                }
                None if class & MARK != 0 => self.mark(byte),
                None if self.rest.starts_with(b"..") => self.dots(),
                None => self.piece(),
            };
            self.glued = true;
            self.rest = self.rest.get(length..).unwrap_or_default();
        }
    }

    /// True where what follows the `=` is a parameter: not where the key announces a message.
    fn takes_value(&self) -> bool {
        !self.builder.word_before(1).is_some_and(words::says_what_happened)
    }

    fn mark(&mut self, mark: u8) -> usize {
        // `::1`
        if mark == b':'
            && !self.glued
            && let Some(length) = compounds::length(self.rest, 0, 0)
        {
            self.builder.slot(self.glued);
            return length;
        }
        self.builder.mark(mark, self.glued);
        // Not a comparison: `==`, `<=`.
        self.assigned =
            mark == b'=' && !matches!(self.builder.signature(), [.., b'=' | b'<' | b'>' | b'!', b'=']);
        1
    }

    /// Leaders, as in `errors.......3`.
    fn dots(&mut self) -> usize {
        self.builder.dots(self.glued);
        tokens::dots(self.rest)
    }

    fn piece(&mut self) -> usize {
        let (length, classes) = tokens::piece(self.rest);
        if let Some(length) = compounds::length(self.rest, length, classes) {
            self.builder.slot(self.glued);
            return length;
        }
        let piece = self.rest.get(..length).unwrap_or_default();
        // Without a sentence's full stop.
        let word = match piece {
            [word @ .., b'.'] if !word.is_empty() => word,
            _ => piece,
        };
        if values::is_value(word, classes) {
            self.value(word, length);
        } else if classes & (LETTER | DIGIT) == 0 {
            self.builder.dash(piece, self.glued);
        } else if self.builder.ends_with_slot() && completes(word) {
            self.builder.measure();
        } else {
            self.builder.word(piece, self.glued);
        }
        length
    }

    fn value(&mut self, piece: &[u8], length: usize) {
        let mut glued = self.glued;
        if piece.first().is_some_and(u8::is_ascii_digit) {
            if glued && !self.closes_angle(length) {
                glued = self.builder.take_back_bound();
            }
            self.builder.take_back_date();
        }
        self.builder.slot(glued);
        let unit = piece.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
        if piece.len().checked_sub(unit).and_then(|at| piece.get(at..)).is_some_and(completes) {
            self.builder.measure();
        }
    }

    /// True where a `>` follows in the word: `<3>` is no bound.
    fn closes_angle(&self, length: usize) -> bool {
        let after = self.rest.get(length..).unwrap_or_default();
        after.iter().take_while(|&&byte| class(byte) & SPACE == 0).any(|&byte| byte == b'>')
    }
}

/// Measures what after an escape character steers a terminal: `[31m`, a colour.
fn escape(byte: u8, after: &[u8]) -> usize {
    match after {
        [b'[', sequence @ ..] if byte == 0x1b => {
            let parameters = sequence.iter().take_while(|byte| (0x20..0x40).contains(*byte)).count();
            // The bracket, and the letter that ends it.
            parameters.saturating_add(2)
        }
        _ => 0,
    }
}

/// The longest word that completes a value has four letters.
fn completes(word: &[u8]) -> bool {
    word.len() <= 4 && (words::completes_value(word) || words::is_month(word))
}
