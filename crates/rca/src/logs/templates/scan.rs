//! Masks a text in one scan.

use super::{
    LINE_BYTES, assignments,
    bytes::{DIGIT, LETTER, MARK, SPACE, class},
    compounds, escapes,
    field_keys::{FieldUse, is_http_status},
    signature_builder::SignatureBuilder,
    tokens, values, words,
};

/// Bytes of one line that may be looked at twice in search of a bracket's end.
const LOOKAHEAD: usize = LINE_BYTES;
const ESCAPE: u8 = 0x1b;

/// Reads one text.
pub(super) struct Scan<'a> {
    text: &'a [u8],
    rest: &'a [u8],
    builder: &'a mut SignatureBuilder,
    /// No white space since the last token.
    glued: bool,
    /// The last token was a `=`.
    assigned: bool,
    /// A status came after a request: what is quoted now is a client's words.
    access: bool,
}

impl<'a> Scan<'a> {
    /// `glued`: no white space before the text.
    pub(super) fn new(text: &'a [u8], builder: &'a mut SignatureBuilder, glued: bool) -> Self {
        Self { text, rest: text, builder, glued, assigned: false, access: false }
    }

    pub(super) fn run(&mut self) {
        let mut lookahead = LOOKAHEAD;
        while let Some((&byte, after)) = self.rest.split_first() {
            let class = class(byte);
            if class & SPACE != 0 {
                self.glued = false;
                let sequence = if byte == ESCAPE { escapes::sequence(after) } else { 0 };
                self.rest = after.get(sequence..).unwrap_or_default();
                continue;
            }
            if class & MARK != 0
                && let Some(colour) = self.colour(byte)
            {
                self.glued = false;
                self.rest = self.rest.get(colour..).unwrap_or_default();
                continue;
            }
            let length = if std::mem::take(&mut self.assigned) {
                self.assigned(&mut lookahead)
            } else {
                self.quoted_by_client(byte)
            };
            let length = match length {
                Some(length) => length,
                None if class & MARK != 0 => self.mark(byte),
                None if self.rest.starts_with(b"..") => self.dots(),
                None => self.piece(),
            };
            self.glued = true;
            self.rest = self.rest.get(length..).unwrap_or_default();
        }
    }

    /// What is left of a colour that lost its escape character, or has it written out.
    fn colour(&self, byte: u8) -> Option<usize> {
        match byte {
            b'[' => escapes::bare_colour(self.rest),
            b'#' => escapes::written_colour(self.rest),
            _ => None,
        }
    }

    /// The value that follows a `=`, where it is one: not where the key says that it tells what happened.
    fn assigned(&mut self, lookahead: &mut usize) -> Option<usize> {
        let key = self.builder.word_before(1).unwrap_or_default();
        let used = FieldUse::from_key(key);
        if let Some(status) = self.status().filter(|_| used == FieldUse::Status) {
            self.builder.word(status, self.glued);
            return Some(status.len());
        }
        if matches!(used, FieldUse::Message | FieldUse::Mark | FieldUse::Status) {
            return None;
        }
        let length = assignments::length(self.rest, !self.glued, lookahead)?;
        self.builder.slot(self.glued);
        Some(length)
    }

    /// The HTTP status that the rest begins with.
    fn status(&self) -> Option<&'a [u8]> {
        let (status, after) = self.rest.split_at_checked(3)?;
        let ends = after.first().is_none_or(|&byte| class(byte) & (SPACE | MARK) != 0);
        (ends && is_http_status(status)).then_some(status)
    }

    /// True after `HTTP/1.1" `, as web servers log requests.
    fn follows_request(&self) -> bool {
        let at = self.text.len().saturating_sub(self.rest.len());
        let before = self.text.get(..at).unwrap_or_default();
        before.strip_suffix(b"\" ").is_some_and(|request| {
            let version =
                request.iter().rev().take_while(|&&byte| byte == b'.' || byte.is_ascii_digit()).count();
            version > 0
                && request
                    .len()
                    .checked_sub(version)
                    .and_then(|at| request.get(..at))
                    .is_some_and(|request| request.ends_with(b"HTTP/"))
        })
    }

    /// A referrer, or the name of a browser.
    fn quoted_by_client(&mut self, byte: u8) -> Option<usize> {
        let inside = self.rest.get(1..).filter(|_| self.access && byte == b'"')?;
        let end = memchr::memchr(b'"', inside)?;
        self.builder.slot(self.glued);
        Some(end.saturating_add(2))
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
        if let Some(status) = (length == 3).then(|| self.status()).flatten()
            && self.follows_request()
        {
            self.access = true;
            self.builder.word(status, self.glued);
        } else if values::is_value(word, classes) {
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

/// The longest word that completes a value has four letters.
fn completes(word: &[u8]) -> bool {
    word.len() <= 4 && (words::completes_value(word) || words::is_month(word))
}
