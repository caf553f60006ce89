//! Values with marks inside, which a piece ends at: URLs and addresses.

use super::bytes::{DOT, LETTER, NOT_HEX, SPACE, class};

/// The longest address: IPv6 with an IPv4 tail, and some to spare.
const ADDRESS_BYTES: usize = 64;
/// The longest group of hexadecimal digits in an address with colons.
const HEX_GROUP: usize = 4;

/// Measures the value that `rest` begins with: a URL, an address with colons, a host before its port, an
/// e-mail address. `piece` is the length of the piece that `rest` begins with, `classes` are its bytes'.
pub(super) fn length(rest: &[u8], piece: usize, classes: u8) -> Option<usize> {
    match rest.get(piece..)? {
        [b':', b'/', b'/', ..] if piece > 0 => Some(url(rest)),
        [b':', ..] if piece <= HEX_GROUP && classes & NOT_HEX == 0 => address(rest),
        [b':', next, ..] if classes & DOT != 0 && next.is_ascii_digit() => Some(piece),
        [b'@', host @ ..] if piece > 0 => {
            email(host).map(|host| piece.saturating_add(1).saturating_add(host))
        }
        _ => None,
    }
}

fn url(rest: &[u8]) -> usize {
    let ends = |&byte: &u8| class(byte) & SPACE != 0 || b"\"'<>()[]{},;|".contains(&byte);
    rest.iter().position(ends).unwrap_or(rest.len())
}

/// Returns the length of a MAC or an IPv6 address at the start of `rest`.
fn address(rest: &[u8]) -> Option<usize> {
    let part = |byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.';
    let run = rest.iter().take(ADDRESS_BYTES).take_while(|&&byte| part(byte)).count();
    let (run, after) = rest.split_at_checked(run)?;
    if after.first().is_some_and(|&byte| byte == b'_' || class(byte) & LETTER != 0) {
        return None;
    }
    // A sentence's own punctuation.
    let run = match run {
        [address @ .., b':' | b'.'] if !address.ends_with(b":") => address,
        _ => run,
    };
    let colons = memchr::memchr_iter(b':', run).count();
    let shortened = || run.windows(2).any(|two| two == b"::") && run.iter().any(u8::is_ascii_digit);
    let groups =
        run.split(|&byte| byte == b':').all(|group| group.len() <= HEX_GROUP || group.contains(&b'.'));
    let hex = run.iter().any(u8::is_ascii_hexdigit);
    (hex && groups && (colons > 2 || (colons == 2 && shortened()))).then_some(run.len())
}

/// Returns the length of an e-mail address's host, which has a dot.
fn email(host: &[u8]) -> Option<usize> {
    let length =
        host.iter().take_while(|&&byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)).count();
    host.get(..length)?.contains(&b'.').then_some(length)
}
