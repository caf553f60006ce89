//! Recognises single lines of stack traces by their form.

use memchr::memmem;

/// What Docker's JSON files have before a line's text.
const DOCKER: [&[u8]; 2] = [b"{\"log\":\"", b"{\"log\": \""];
/// What containerd has there.
const STREAMS: [&[u8]; 4] = [b"stdout F ", b"stderr F ", b"stdout P ", b"stderr P "];
/// Python and its Lambda runtime indent by these: the second is a space that doesn't break, in UTF-8.
const INDENTS: [&[u8]; 5] = [b" ", b"\t", b"\xc2\xa0", b"\r", b"\\t"];
/// The last words of an exception's name.
const ERRORS: [&[u8]; 5] = [b"Error", b"Exception", b"Throwable", b"Fault", b"Failure"];
/// Where an exception's name is longer, it is none.
const NAME_BYTES: usize = 200;

/// Whether the line is indented, and its text; what a collector put around it is left out: Docker's JSON, the time,
/// the stream.
pub(super) fn payload(line: &[u8]) -> (bool, &[u8]) {
    let line = without_time(line);
    if line.first().is_some_and(u8::is_ascii_alphanumeric) {
        return (false, line.trim_ascii_end());
    }
    let (inside, ends): (&[u8], &[&[u8]]) = match DOCKER.iter().find_map(|docker| line.strip_prefix(*docker))
    {
        Some(inside) => (inside, &[b"\\n\",", b"\","]),
        None => (line, &[]),
    };
    let end = ends.iter().find_map(|end| memmem::find(inside, end)).unwrap_or(inside.len());
    let mut text = inside.get(..end).unwrap_or(inside);
    let whole = text.len();
    while let Some(rest) = INDENTS.iter().find_map(|indent| text.strip_prefix(*indent)) {
        text = rest;
    }
    (text.len() < whole, text.trim_ascii_end())
}

/// The line after the time, as in `2026-11-20T03:00:00Z text`, and containerd's `stdout F `.
fn without_time(line: &[u8]) -> &[u8] {
    let [b'0'..=b'9', _, _, _, b'-', _, _, b'-', _, _, b'T', after @ ..] = line else { return line };
    let Some(rest) = memchr::memchr(b' ', after).and_then(|space| after.get(space.saturating_add(1)..))
    else {
        return line;
    };
    STREAMS.iter().find_map(|stream| rest.strip_prefix(*stream)).unwrap_or(rest)
}

/// `at f (x.js:1:2)`, `File "x.py", line 3, in f`, `... 5 more`, `from x.rb:1:in 'f'`, `/x.go:5 +0x39`,
/// `12: f::g`; on an indented line.
pub(super) fn is_frame(text: &[u8]) -> bool {
    match text {
        [b'a', b't', b' ', ..] => is_place(text),
        [b'F', b'i', b'l', b'e', b' ', b'"', ..] => memmem::find(text, b"\", line ").is_some(),
        [b'f', b'r', b'o', b'm', b' ', ..] => memmem::find(text, b":in ").is_some(),
        [b'.', b'.', b'.', b' ', ..] => text.ends_with(b" more") || text.ends_with(b" common frames omitted"),
        [b'/', ..] => memmem::find(text, b".go:").is_some(),
        [b'0'..=b'9', ..] => {
            let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            text.get(digits..).is_some_and(|rest| rest.starts_with(b": "))
                && memmem::find(text, b"::").is_some()
        }
        _ => false,
    }
}

/// `at com.acme.Shop.pay(Shop.java:12)`, `at async f (/var/task/x.js:1:2)`, `at src/main.rs:5:1`.
fn is_place(text: &[u8]) -> bool {
    text.ends_with(b")")
        || text.last().is_some_and(u8::is_ascii_digit) && memchr::memchr(b':', text).is_some()
        || memmem::find(text, b") in ").is_some()
        || text.ends_with(b"<anonymous>")
}

/// Python announces frames; a level or a time may come before.
pub(super) fn is_traceback(text: &[u8]) -> bool {
    text.ends_with(b"Traceback (most recent call last):")
}

/// Go's last words.
pub(super) fn is_panic(text: &[u8]) -> bool {
    text.starts_with(b"panic: ") || text.starts_with(b"fatal error: ")
}

/// `thread 'main' panicked at src/main.rs:5:1:`
pub(super) fn is_rust_panic(text: &[u8]) -> bool {
    text.starts_with(b"thread '") && memmem::find(text, b"' panicked at ").is_some()
}

/// `goroutine 1 [running]:`
pub(super) fn is_goroutine(text: &[u8]) -> bool {
    text.starts_with(b"goroutine ") && text.ends_with(b"]:")
}

/// `main.pay(0x1, 0x2)`, `created by main.main in goroutine 1`, `exit status 2`, `[signal SIGSEGV: …]`
pub(super) fn is_call(text: &[u8]) -> bool {
    let function = text.split(|&byte| byte == b'(').next().unwrap_or_default();
    (text.ends_with(b")") && function.contains(&b'.') && !function.contains(&b' '))
        || [b"created by ".as_slice(), b"exit status ", b"[signal "]
            .iter()
            .any(|&start| text.starts_with(start))
}

/// `KeyError: 'x'`, `botocore.exceptions.ClientError: An error`, `StopIteration`: a name, alone or before a
/// colon.
pub(super) fn is_exception(text: &[u8]) -> bool {
    exception_name(text).is_some()
}

/// An exception that is one by its name: `java.io.IOException: Broken pipe`.
pub(super) fn is_error_name(text: &[u8]) -> bool {
    exception_name(text).is_some_and(|name| ERRORS.iter().any(|error| name.ends_with(error)))
}

fn exception_name(text: &[u8]) -> Option<&[u8]> {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"._$".contains(byte);
    let length = text.iter().take(NAME_BYTES).take_while(|&byte| part(byte)).count();
    let (name, after) = text.split_at_checked(length)?;
    let last = name.rsplit(|&byte| byte == b'.').next()?;
    let camel = last.first().is_some_and(u8::is_ascii_uppercase) && last.iter().any(u8::is_ascii_lowercase);
    (camel && (after.is_empty() || after.starts_with(b": "))).then_some(name)
}

/// A logger's line about an error, by its level or by what it says.
pub(super) fn reads_like_an_error(event: &[u8]) -> bool {
    const SIGNS: [&[u8]; 7] = [b"ERROR", b"Error", b"error", b"Exception", b"CRITICAL", b"FATAL", b"SEVERE"];
    SIGNS.iter().any(|sign| memmem::find(event, sign).is_some())
}
