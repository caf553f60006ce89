//! Makes an event's signature: reads which kind of text it is, and masks its parts in one scan each.

use super::{
    LINE_BYTES, assignments,
    aws_lines::{self, BalancerRequest},
    escapes,
    field_keys::{FieldUse, is_http_status},
    json::{self, JsonField, JsonFields, JsonKind},
    scan::Scan,
    signature_builder::SignatureBuilder,
    stack_trace::{LineRole, StackTrace},
    trace_lines,
};

/// JSON within JSON within JSON is read as text.
const NESTED: usize = 2;

/// Writes signatures; holds only its buffers.
#[derive(Debug, Default)]
pub(super) struct Masker {
    builder: SignatureBuilder,
    json: JsonFields,
    decoded: Vec<u8>,
}

impl Masker {
    /// The signature of `event`: its constant words, and a slot for every value.
    pub(super) fn mask(&mut self, event: &[u8]) -> &[u8] {
        self.builder.clear();
        let read = beginning(event).trim_ascii_end();
        let structured = self.lines(read, false, 0);
        if read.len() < LINE_BYTES.min(event.len()) && event.len() > LINE_BYTES && !structured {
            self.builder.slot(false);
        }
        self.builder.signature()
    }

    /// Masks a text of one or more lines; whether it was structured. Of stack traces the exceptions count.
    fn lines(&mut self, text: &[u8], glued: bool, level: usize) -> bool {
        if memchr::memchr(b'\n', text).is_none() {
            return self.line(text, glued, level);
        }
        if self.structured(text, glued, level) {
            return true;
        }
        let mut trace = StackTrace::default();
        let mut glued = glued;
        let mut event: &[u8] = &[];
        for line in text.split(|&byte| byte == b'\n') {
            if trace.role(line, event) != LineRole::Frame {
                self.line(line, glued, level);
                glued = false;
                event = line;
            }
        }
        false
    }

    fn line(&mut self, line: &[u8], glued: bool, level: usize) -> bool {
        if level == 0 && (self.lone_frame(line) || self.aws_line(line)) {
            return false;
        }
        if self.structured(line, glued, level) {
            return true;
        }
        self.text(line, glued);
        false
    }

    fn text(&mut self, text: &[u8], glued: bool) {
        Scan::new(&escapes::unescaped(text), &mut self.builder, glued).run();
    }

    /// A frame whose trace is elsewhere: one is like the other.
    fn lone_frame(&mut self, line: &[u8]) -> bool {
        if !matches!(line, [b' ' | b'\t' | b'{' | 0xc2, ..]) {
            return false;
        }
        let (indented, text) = trace_lines::payload(line);
        let frame = indented && trace_lines::is_frame(text);
        if frame {
            let word = text.split(|&byte| byte == b' ').next().unwrap_or_default();
            if word.iter().all(u8::is_ascii_alphabetic) {
                self.builder.word(word, false);
            }
            self.builder.slot(false);
        }
        frame
    }

    fn aws_line(&mut self, line: &[u8]) -> bool {
        if let Some(fields) = aws_lines::report(line) {
            fields.for_each(|field| self.text(field, false));
            return true;
        }
        let Some(request) = BalancerRequest::parse(line) else { return false };
        self.builder.word(request.kind, false);
        self.builder.slot(false);
        for status in [request.status, request.target_status] {
            self.builder.word(status, false);
        }
        self.builder.slot(false);
        self.builder.mark(b'"', false);
        self.builder.word(request.method, true);
        self.builder.slot(false);
        self.builder.mark(b'"', true);
        true
    }

    /// Masks a text that is a JSON object or ends in one, as Node.js' Lambda runtime prints errors.
    fn structured(&mut self, text: &[u8], glued: bool, level: usize) -> bool {
        if level > NESTED {
            return false;
        }
        let Some(at) = object_start(text) else { return false };
        let (before, object) = text.split_at_checked(at).unwrap_or((text, &[]));
        let mut fields = std::mem::take(&mut self.json);
        let read = fields.read(object);
        if read {
            self.text(before, glued);
            fields.sort();
            self.record(object, &fields, glued && at == 0, level);
        }
        self.json = fields;
        read
    }

    /// Where a record has a message, its parameters don't count: not every line of one statement has all of them.
    fn record(&mut self, object: &[u8], record: &JsonFields, glued: bool, level: usize) {
        let value = |field: &JsonField| object.get(field.value.clone()).unwrap_or_default();
        let has_message = record.fields.iter().any(|field| {
            field.used == FieldUse::Message && field.kind == JsonKind::Text && !value(field).is_empty()
        });
        self.builder.mark(b'{', glued);
        let mut first = true;
        for field in &record.fields {
            let written = written(field, value(field));
            if field.used == FieldUse::Note || (written == Written::Slot && has_message) {
                continue;
            }
            if !std::mem::take(&mut first) {
                self.builder.mark(b',', true);
            }
            self.key(record.path(field));
            match written {
                Written::Slot => self.builder.slot(true),
                Written::Word => self.quoted(field.kind, |masker| masker.builder.word(value(field), true)),
                Written::Text => self.quoted(field.kind, |masker| masker.value(value(field), level)),
            }
        }
        self.builder.mark(b'}', true);
    }

    fn key(&mut self, path: &[u8]) {
        self.builder.mark(b'"', true);
        if !path.is_empty() && path.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-$".contains(byte))
        {
            self.builder.word(path, true);
        } else {
            self.builder.slot(true);
        }
        self.builder.mark(b'"', true);
        self.builder.mark(b':', true);
    }

    fn quoted(&mut self, kind: JsonKind, write: impl FnOnce(&mut Self)) {
        let quote = |masker: &mut Self| {
            if kind == JsonKind::Text {
                masker.builder.mark(b'"', true);
            }
        };
        quote(self);
        write(self);
        quote(self);
    }

    fn value(&mut self, escaped: &[u8], level: usize) {
        let mut decoded = std::mem::take(&mut self.decoded);
        decoded.clear();
        json::unescape(escaped, &mut decoded);
        self.lines(decoded.trim_ascii(), true, level.saturating_add(1));
        self.decoded = decoded;
    }
}

/// What of a field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Slot,
    /// The value as it is.
    Word,
    /// The value, masked.
    Text,
}

fn written(field: &JsonField, value: &[u8]) -> Written {
    match (field.used, field.kind) {
        (FieldUse::Status, JsonKind::Number | JsonKind::Text) if is_http_status(value) => Written::Word,
        (FieldUse::Status | FieldUse::Mark | FieldUse::Message, JsonKind::Text) => Written::Text,
        (_, JsonKind::Flag) => Written::Word,
        (_, JsonKind::Text) if !value.is_empty() && assignments::is_state(value) => Written::Word,
        _ => Written::Slot,
    }
}

/// Where the object begins that `text` ends in; where its end was cut off, it is all of the text.
fn object_start(text: &[u8]) -> Option<usize> {
    let begins = |text: &[u8]| {
        text.strip_prefix(b"{").is_some_and(|inside| inside.trim_ascii_start().starts_with(b"\""))
    };
    if begins(text) {
        return Some(0);
    }
    if !text.ends_with(b"}") {
        return None;
    }
    let at = memchr::memmem::find(text, b"{\"")?;
    text.get(..at).is_some_and(|before| before.trim_ascii_end().len() < at).then_some(at)
}

/// Returns the part of `event` that is read, without cutting a word in two.
fn beginning(event: &[u8]) -> &[u8] {
    match event.get(..LINE_BYTES) {
        Some(head) if head.len() < event.len() => {
            let whole = memchr::memrchr(b' ', head).and_then(|space| head.get(..space));
            whole.unwrap_or(head)
        }
        _ => event,
    }
}
