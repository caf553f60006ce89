//! Classifies bytes by what they can be part of.

/// Ends a word. Control characters count as white space: none of them reaches a template.
pub(super) const SPACE: u8 = 1;
/// A token of its own: it ends a piece within a word.
pub(super) const MARK: u8 = 1 << 1;
pub(super) const DIGIT: u8 = 1 << 2;
pub(super) const SLASH: u8 = 1 << 3;
pub(super) const BACKSLASH: u8 = 1 << 4;
pub(super) const DOT: u8 = 1 << 5;
/// No hexadecimal digit.
pub(super) const NOT_HEX: u8 = 1 << 6;
/// A letter, or a byte of a character that isn't ASCII.
pub(super) const LETTER: u8 = 1 << 7;

/// A parameter, in a signature's bytes. No line contributes it: control characters are white space.
pub(super) const SLOT: u8 = 0;

const CLASSES: [u8; 256] = classes();

pub(super) fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(SPACE)
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which rejects what is out of bounds")]
const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte: u8 = 0;
    loop {
        classes[byte as usize] = match byte {
            0..=b' ' | 0x7f => SPACE,
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' | b'A'..=b'F' => LETTER,
            b'/' => SLASH | NOT_HEX,
            b'\\' => BACKSLASH | NOT_HEX,
            b'.' => DOT | NOT_HEX,
            b'=' | b':' | b',' | b';' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>' | b'"'
            | b'\'' | b'|' | b'#' | b'@' | b'!' | b'?' | b'*' | b'&' => MARK,
            b'g'..=b'z' | b'G'..=b'Z' | 0x80.. => LETTER | NOT_HEX,
            _ => NOT_HEX,
        };
        if byte == u8::MAX {
            return classes;
        }
        byte += 1;
    }
}
