//! Recognises values by the characters that they are made of.

use super::{
    bytes::{BACKSLASH, DIGIT, DOT, SLASH},
    words,
};

/// True where a piece is a value by the characters that it is made of. `classes` are those of its bytes.
pub(super) fn is_value(piece: &[u8], classes: u8) -> bool {
    if classes & DIGIT != 0 {
        return true;
    }
    if classes & (SLASH | BACKSLASH) != 0 {
        return is_path(piece);
    }
    (classes & DOT != 0 && is_dotted_name(piece)) || words::is_literal(piece)
}

/// `ns.example.org`, `queue.retry.limit`: of a host, a package or a setting. Names of two parts are too often
/// words: a class's method, a file.
fn is_dotted_name(piece: &[u8]) -> bool {
    let part = |part: &[u8]| {
        !part.is_empty() && part.iter().all(|byte| byte.is_ascii_lowercase() || b"-_".contains(byte))
    };
    piece.split(|&byte| byte == b'.').count() > 2 && piece.split(|&byte| byte == b'.').all(part)
}

/// `/var`, `./run`, `a/b/c`, `dir/file.txt`, `C:\x`; but not `I/O` nor `and/or`.
fn is_path(piece: &[u8]) -> bool {
    let slashes = memchr::memchr_iter(b'/', piece).count();
    match piece {
        [_] => false,
        [b'/', ..] => true,
        _ => slashes > 1 || piece.contains(&b'\\') || (slashes == 1 && piece.contains(&b'.')),
    }
}
