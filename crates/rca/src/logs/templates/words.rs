//! Lists the few words that mean the same in every log.

/// Stands for a value that isn't there.
pub(super) fn is_null(word: &[u8]) -> bool {
    matches!(word, b"null" | b"NULL" | b"nil")
}

/// One of two: a check that says `false` isn't one that says `true`.
pub(super) fn is_flag(word: &[u8]) -> bool {
    matches!(word, b"true" | b"false" | b"True" | b"False")
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

/// Words for a state, which a program chooses from a list of its own: none of them names anything.
pub(super) fn is_condition(word: &[u8]) -> bool {
    const LONGEST: usize = 11;
    const CONDITIONS: [&[u8]; 34] = [
        b"up",
        b"down",
        b"on",
        b"off",
        b"ok",
        b"open",
        b"ready",
        b"healthy",
        b"unhealthy",
        b"active",
        b"inactive",
        b"online",
        b"offline",
        b"available",
        b"unavailable",
        b"reachable",
        b"unreachable",
        b"busy",
        b"idle",
        b"full",
        b"empty",
        b"alive",
        b"dead",
        b"valid",
        b"invalid",
        b"present",
        b"absent",
        b"success",
        b"successful",
        b"failure",
        b"timeout",
        b"yes",
        b"no",
        b"not",
    ];
    word.len() <= LONGEST && CONDITIONS.iter().any(|condition| condition.eq_ignore_ascii_case(word))
}

/// Words after which a name comes, and the quote that many put around names.
pub(super) fn announces_name(word: &[u8]) -> bool {
    const LONGEST: usize = 9;
    const ANNOUNCING: [&[u8]; 27] = [
        b"'",
        b"user",
        b"username",
        b"login",
        b"account",
        b"host",
        b"hostname",
        b"node",
        b"domain",
        b"device",
        b"interface",
        b"service",
        b"process",
        b"thread",
        b"container",
        b"pod",
        b"job",
        b"queue",
        b"topic",
        b"table",
        b"bucket",
        b"cluster",
        b"group",
        b"role",
        b"named",
        b"module",
        b"called",
    ];
    word.len() <= LONGEST && ANNOUNCING.iter().any(|announcing| announcing.eq_ignore_ascii_case(word))
}

/// Words that join others: no part of a name.
pub(super) fn is_joining(word: &[u8]) -> bool {
    const LONGEST: usize = 4;
    const JOINING: [&[u8]; 26] = [
        b"is", b"are", b"was", b"were", b"be", b"been", b"has", b"have", b"had", b"to", b"from", b"by",
        b"for", b"in", b"on", b"at", b"with", b"of", b"and", b"or", b"the", b"a", b"an", b"not", b"no",
        b"as",
    ];
    word.len() <= LONGEST && JOINING.iter().any(|joining| joining.eq_ignore_ascii_case(word))
}
