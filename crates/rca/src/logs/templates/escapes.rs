//! What steers a terminal or stands for a white space, and what is left of it where it was written out or lost
//! its escape character on the way.

use std::borrow::Cow;

/// How the escape character is written out.
const WRITTEN: [&[u8]; 6] = [b"\\u001b", b"\\u001B", b"\\x1b", b"\\x1B", b"\\033", b"\\e"];

/// Measures what after an escape character steers a terminal: `[31m`, a colour.
pub(super) fn sequence(after: &[u8]) -> usize {
    match after {
        [b'[', sequence @ ..] => {
            let parameters = sequence.iter().take_while(|byte| (0x20..0x40).contains(*byte)).count();
            // The bracket, and the letter that ends it.
            parameters.saturating_add(2).min(after.len())
        }
        _ => 0,
    }
}

/// Measures a colour without its escape character: `[32m`, `[1;31m`, `[0m`. `[5m]` and `[5m 3s]` are times.
pub(super) fn bare_colour(rest: &[u8]) -> Option<usize> {
    let inside = rest.strip_prefix(b"[")?;
    let digits = inside.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    let (codes, after) = inside.split_at_checked(digits)?;
    let after = after.strip_prefix(b"m")?;
    let known = codes.split(|&byte| byte == b';').all(|code| matches!(code.len(), 1..=3));
    let time = codes != b"0" && {
        let time = |byte: &&u8| byte.is_ascii_digit() || b" smh.".contains(*byte);
        let length = after.iter().take_while(time).count();
        after.get(length) == Some(&b']')
    };
    (known && !time).then(|| digits.saturating_add(2))
}

/// Measures an escape character as syslog's daemons write it out, `#033`, and the colour that follows.
pub(super) fn written_colour(rest: &[u8]) -> Option<usize> {
    const WRITTEN: &[u8] = b"#033";
    Some(WRITTEN.len().saturating_add(bare_colour(rest.strip_prefix(WRITTEN)?)?))
}

/// The text with white space for line breaks, tabs and colours that were written out with a backslash.
pub(super) fn unescaped(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'\\', text) else { return Cow::Borrowed(text) };
    let breaks = breaks(text);
    let mut found = Vec::new();
    let mut at = first;
    let mut copied = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = written_escape(rest).or_else(|| white_space(rest).filter(|_| breaks));
        match length {
            Some(length) => {
                found.extend_from_slice(text.get(copied..at).unwrap_or_default());
                found.push(b' ');
                at = at.saturating_add(length);
                copied = at;
            }
            // A backslash that stands for itself takes the next one with it.
            None if rest.starts_with(b"\\\\") => at = at.saturating_add(2),
            None => at = at.saturating_add(1),
        }
        let next = text.get(at..).and_then(|rest| memchr::memchr(b'\\', rest));
        at = next.map_or(text.len(), |next| at.saturating_add(next));
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    found.extend_from_slice(text.get(copied..).unwrap_or_default());
    Cow::Owned(found)
}

fn written_escape(rest: &[u8]) -> Option<usize> {
    let written = WRITTEN.into_iter().find(|&written| rest.starts_with(written))?;
    let sequence = sequence(rest.get(written.len()..)?);
    (sequence > 0).then(|| written.len().saturating_add(sequence))
}

fn white_space(rest: &[u8]) -> Option<usize> {
    matches!(rest, [b'\\', b'n' | b't' | b'r', ..]).then_some(2)
}

/// True where `\n` is a line break: in `C:\new` it is none, at the end of a text or of a quotation it is.
fn breaks(text: &[u8]) -> bool {
    memchr::memmem::find_iter(text, b"\\n")
        .any(|at| matches!(text.get(at.saturating_add(2)), None | Some(b'"' | b'\'' | b'\\' | b' ')))
}
