//! Lists the few words that mean the same in every log.

/// Literals of programming languages: what they stand for is a value.
pub(super) fn is_literal(word: &[u8]) -> bool {
    matches!(word, b"true" | b"false" | b"True" | b"False" | b"TRUE" | b"FALSE" | b"null" | b"NULL" | b"nil")
}

/// True of a word that belongs to the value before it: a unit that scales with the value, a time's zone or half of day.
pub(super) fn completes_value(word: &[u8]) -> bool {
    matches!(
        word,
        b"B" | b"KB"
            | b"MB"
            | b"GB"
            | b"TB"
            | b"kB"
            | b"KiB"
            | b"MiB"
            | b"GiB"
            | b"TiB"
            | b"ns"
            | b"us"
            | b"ms"
            | b"s"
            | b"sec"
            | b"secs"
            | b"min"
            | b"mins"
            | b"AM"
            | b"PM"
            | b"am"
            | b"pm"
            | b"UTC"
            | b"GMT"
            | b"EST"
            | b"EDT"
            | b"CST"
            | b"CDT"
            | b"MST"
            | b"MDT"
            | b"PST"
            | b"PDT"
            | b"CET"
            | b"CEST"
            | b"BST"
            | b"IST"
            | b"JST"
    )
}

/// `Jan` … `Dec`: part of a date where a number follows.
pub(super) fn is_month(word: &[u8]) -> bool {
    matches!(
        word,
        b"Jan"
            | b"Feb"
            | b"Mar"
            | b"Apr"
            | b"May"
            | b"Jun"
            | b"Jul"
            | b"Aug"
            | b"Sep"
            | b"Oct"
            | b"Nov"
            | b"Dec"
    )
}

/// `Mon` … `Sun`: part of a date where a date follows.
pub(super) fn is_day(word: &[u8]) -> bool {
    matches!(word, b"Mon" | b"Tue" | b"Wed" | b"Thu" | b"Fri" | b"Sat" | b"Sun")
}

/// Keys whose values say what happened, in `key=value` logs. Such a value is text, not a parameter.
const SAYING: [&[u8]; 10] =
    [b"msg", b"message", b"error", b"err", b"reason", b"event", b"exception", b"level", b"lvl", b"severity"];

pub(super) fn says_what_happened(key: &[u8]) -> bool {
    SAYING.iter().any(|saying| saying.eq_ignore_ascii_case(key))
}
