//! Tells what a field of a structured line is for by the words of its key.

/// What a field's value is to the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldUse {
    /// It says what happened, in words.
    Message,
    /// It says how bad or of which kind it is, or how it ended.
    Mark,
    /// It is a status by number: 502 isn't 200.
    Status,
    /// The runtime's own notes: whether an execution environment is new, whether a request is traced.
    Note,
    /// A parameter, unless it is a state by its form.
    Parameter,
}

/// The words of `errorMessage`, `error_message`, `error.message`.
const WORDS: usize = 3;

impl FieldUse {
    pub(super) fn from_key(key: &[u8]) -> Self {
        let mut words = [&[] as &[u8]; WORDS];
        for word in split(key) {
            words.rotate_left(1);
            if let Some(last) = words.last_mut() {
                *last = word;
            }
        }
        let [_, before, last] = words;
        if is_any(last, MESSAGE)
            || (is_any(before, SUBJECT) && is_any(last, NAMING))
            || (is_any(before, &[b"stack"]) && is_any(last, &[b"trace"]))
            || (is_any(before, &[b"exc"]) && is_any(last, &[b"info"]))
        {
            Self::Message
        } else if is_any(last, STATUS) || (is_any(before, STATUS) && is_any(last, &[b"code"])) {
            Self::Status
        } else if is_any(last, MARK) {
            Self::Mark
        } else if is_any(last, &[b"sampled"]) || (is_any(before, &[b"cold"]) && is_any(last, &[b"start"])) {
            Self::Note
        } else {
            Self::Parameter
        }
    }
}

const MESSAGE: &[&[u8]] = &[
    b"msg",
    b"message",
    b"log",
    b"error",
    b"err",
    b"reason",
    b"event",
    b"exception",
    b"cause",
    b"detail",
    b"description",
    b"text",
    b"type",
    b"action",
    b"operation",
    b"stack",
    b"traceback",
];
const SUBJECT: &[&[u8]] = &[b"error", b"exception", b"event", b"err"];
/// After a subject, these name it: `errorCode`, `exception_name`, `eventSource`.
const NAMING: &[&[u8]] = &[b"code", b"name", b"class", b"kind", b"source"];
const MARK: &[&[u8]] = &[b"level", b"lvl", b"severity", b"state", b"outcome", b"result", b"phase"];
const STATUS: &[&[u8]] = &[b"status", b"statuscode"];

fn is_any(word: &[u8], list: &[&[u8]]) -> bool {
    list.iter().any(|listed| listed.eq_ignore_ascii_case(word))
}

/// Splits a key where a capital follows a small letter, and at what is no letter.
fn split(key: &[u8]) -> impl Iterator<Item = &[u8]> {
    let starts = |a: &u8, b: &u8| a.is_ascii_lowercase() && b.is_ascii_uppercase();
    key.split(|byte| !byte.is_ascii_alphanumeric())
        .flat_map(move |part| part.chunk_by(move |a, b| !starts(a, b)))
        .filter(|word| !word.is_empty())
}

/// `200`, `502`: three digits that HTTP gives a meaning.
pub(super) const fn is_http_status(value: &[u8]) -> bool {
    matches!(value, [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_key_table() {
        for (key, expected) in [
            ("message", FieldUse::Message),
            ("errorMessage", FieldUse::Message),
            ("error.type", FieldUse::Message),
            ("exception_name", FieldUse::Message),
            ("error.stack_trace", FieldUse::Message),
            ("exc_info", FieldUse::Message),
            ("eventName", FieldUse::Message),
            ("LEVEL", FieldUse::Mark),
            ("log.level", FieldUse::Mark),
            ("record.status", FieldUse::Status),
            ("statusCode", FieldUse::Status),
            ("http_status_code", FieldUse::Status),
            ("cold_start", FieldUse::Note),
            ("messageId", FieldUse::Parameter),
            ("eventTime", FieldUse::Parameter),
            ("xray_trace_id", FieldUse::Parameter),
            ("country.code", FieldUse::Parameter),
            ("", FieldUse::Parameter),
        ] {
            assert_eq!(FieldUse::from_key(key.as_bytes()), expected, "{key}");
        }
    }
}
