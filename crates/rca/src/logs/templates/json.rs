//! Reads a JSON object's fields, flat: a field's path has dots for levels.

use std::ops::Range;

use super::field_keys::FieldUse;

/// Levels that are read; what is deeper counts as one value.
const LEVELS: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JsonKind {
    /// A string; its value has no quotes and is escaped.
    Text,
    Number,
    Flag,
    /// Null, or a list.
    Other,
}

/// Where a field stands.
#[derive(Debug, Clone)]
pub(super) struct JsonField {
    /// In [`JsonFields::paths`].
    pub(super) path: Range<usize>,
    pub(super) used: FieldUse,
    pub(super) kind: JsonKind,
    /// In the text that was read.
    pub(super) value: Range<usize>,
}

/// The fields of one object, in their order. Reading another object takes its room.
#[derive(Debug, Default)]
pub(super) struct JsonFields {
    pub(super) paths: Vec<u8>,
    pub(super) fields: Vec<JsonField>,
}

impl JsonFields {
    /// Reads the object that `text` is; whether it is one. A text that was cut within its object is one as far
    /// as it goes.
    pub(super) fn read(&mut self, text: &[u8]) -> bool {
        self.paths.clear();
        self.fields.clear();
        let mut reader = Reader { text, at: 0, found: self, prefix: 0..0 };
        let whole = reader.object(0).is_some_and(|()| reader.peek().is_none());
        let cut = reader.at >= text.len();
        (whole || cut) && !self.fields.is_empty()
    }

    /// Sorts the fields by their paths: JSON's fields have no order.
    pub(super) fn sort(&mut self) {
        let path = |field: &JsonField| self.paths.get(field.path.clone()).unwrap_or_default();
        self.fields
            .sort_unstable_by(|a, b| path(a).cmp(path(b)).then_with(|| a.value.start.cmp(&b.value.start)));
    }

    pub(super) fn path(&self, field: &JsonField) -> &[u8] {
        self.paths.get(field.path.clone()).unwrap_or_default()
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    found: &'a mut JsonFields,
    /// The path of the object that is read, in the paths.
    prefix: Range<usize>,
}

impl Reader<'_> {
    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.get(self.at..)?;
        let space = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.at = self.at.saturating_add(space);
        self.text.get(self.at).copied()
    }

    fn take(&mut self, expected: u8) -> Option<()> {
        (self.peek()? == expected).then(|| self.at = self.at.saturating_add(1))
    }

    /// `None` where the text isn't JSON, or ends too early: then all of it was read.
    fn object(&mut self, level: usize) -> Option<()> {
        self.take(b'{')?;
        if self.peek()? == b'}' {
            return self.take(b'}');
        }
        loop {
            self.field(level)?;
            match self.peek()? {
                b',' => self.at = self.at.saturating_add(1),
                _ => return self.take(b'}'),
            }
        }
    }

    fn field(&mut self, level: usize) -> Option<()> {
        (self.peek()? == b'"').then_some(())?;
        let key = self.string()?;
        self.take(b':')?;
        let first = self.peek()?;
        let path = self.path(key);
        match first {
            b'{' if level < LEVELS => {
                let outer = std::mem::replace(&mut self.prefix, path);
                let read = self.object(level.saturating_add(1));
                self.prefix = outer;
                return read;
            }
            b'"' => {
                let start = self.at.saturating_add(1);
                let value = self.string();
                let cut = value.is_none();
                self.push(path, JsonKind::Text, value.unwrap_or(start..self.at));
                if cut {
                    return None;
                }
            }
            b'{' | b'[' => {
                let value = self.group()?;
                self.push(path, JsonKind::Other, value);
            }
            _ => {
                let value = self.bare()?;
                let kind = match self.text.get(value.clone())? {
                    b"true" | b"false" => JsonKind::Flag,
                    b"null" => JsonKind::Other,
                    [b'-' | b'0'..=b'9', ..] => JsonKind::Number,
                    _ => {
                        // Not at the end, so that it is no text that was cut.
                        self.at = value.start;
                        return None;
                    }
                };
                self.push(path, kind, value);
            }
        }
        Some(())
    }

    fn push(&mut self, path: Range<usize>, kind: JsonKind, value: Range<usize>) {
        let used = FieldUse::from_key(self.found.paths.get(path.clone()).unwrap_or_default());
        self.found.fields.push(JsonField { path, used, kind, value });
    }

    fn path(&mut self, key: Range<usize>) -> Range<usize> {
        let paths = &mut self.found.paths;
        let start = paths.len();
        if !self.prefix.is_empty() {
            paths.extend_from_within(self.prefix.clone());
            paths.push(b'.');
        }
        paths.extend_from_slice(self.text.get(key).unwrap_or_default());
        start..paths.len()
    }

    /// What is between the quotes.
    fn string(&mut self) -> Option<Range<usize>> {
        let start = self.at.saturating_add(1);
        let mut at = start;
        loop {
            let rest = self.text.get(at..).unwrap_or_default();
            let Some(found) = memchr::memchr2(b'"', b'\\', rest) else {
                self.at = self.text.len();
                return None;
            };
            let end = at.saturating_add(found);
            if rest.get(found) == Some(&b'"') {
                self.at = end.saturating_add(1);
                return Some(start..end);
            }
            at = end.saturating_add(2);
        }
    }

    fn bare(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let rest = self.text.get(start..)?;
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b",}]".contains(byte);
        self.at = start.saturating_add(rest.iter().position(ends).unwrap_or(rest.len()));
        (self.at > start).then_some(start..self.at)
    }

    /// A list, or an object that is too deep, with all that is in it.
    fn group(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let mut depth = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'[' | b'{' => depth = depth.saturating_add(1),
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => (),
            }
            self.at = self.at.saturating_add(1);
            if depth == 0 {
                return Some(start..self.at);
            }
        }
        None
    }
}

/// The text that a JSON string stands for.
pub(super) fn unescape(escaped: &[u8], text: &mut Vec<u8>) {
    let mut rest = escaped;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (plain, escape) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        text.extend_from_slice(plain);
        let length = match escape {
            [_, b'n', ..] => one(text, b'\n'),
            [_, b't', ..] => one(text, b'\t'),
            [_, b'r', ..] => one(text, b'\r'),
            [_, b'b' | b'f', ..] => one(text, b' '),
            [_, b'u', digits @ ..] => {
                let character = digits
                    .get(..4)
                    .and_then(|digits| std::str::from_utf8(digits).ok())
                    .and_then(|digits| u32::from_str_radix(digits, 16).ok())
                    .and_then(char::from_u32)
                    .unwrap_or(char::REPLACEMENT_CHARACTER);
                text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                6
            }
            [_, other, ..] => one(text, *other),
            _ => 2,
        };
        rest = escape.get(length..).unwrap_or_default();
    }
    text.extend_from_slice(rest);
}

/// Writes what an escape of two characters stands for, and measures it.
fn one(text: &mut Vec<u8>, byte: u8) -> usize {
    text.push(byte);
    2
}
