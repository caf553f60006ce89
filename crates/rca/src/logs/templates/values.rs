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
    (classes & DOT != 0 && is_host(piece)) || words::is_null(piece)
}

/// `ns.example.org`, `db.internal`: a host, by its last label. Other names with dots are words: a class's method, a
/// setting, a file.
fn is_host(piece: &[u8]) -> bool {
    const LAST: [&[u8]; 16] = [
        b"com",
        b"org",
        b"net",
        b"edu",
        b"gov",
        b"mil",
        b"info",
        b"cloud",
        b"local",
        b"internal",
        b"localdomain",
        b"lan",
        b"corp",
        b"home",
        b"example",
        b"arpa",
    ];
    let label = |label: &[u8]| {
        !label.is_empty() && label.iter().all(|byte| byte.is_ascii_lowercase() || b"-_".contains(byte))
    };
    let labels = || piece.split(|&byte| byte == b'.');
    let last = labels().next_back().unwrap_or_default();
    // A country has two letters, and so have the endings of many files.
    let ends = LAST.contains(&last) || (last.len() == 2 && labels().count() > 2);
    ends && labels().count() > 1 && labels().all(label)
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
