//! Checks Unix seconds for the range that a timestamp can hold.

use jiff::Timestamp;

pub(crate) fn in_range(seconds: i64) -> Option<i64> {
    Timestamp::from_second(seconds).is_ok().then_some(seconds)
}

/// Rounded down; `None` out of range.
pub(crate) fn floor(seconds: f64) -> Option<i64> {
    // The year 10,000 is at 2.5e11; what is below this is exact in a double.
    const LIMIT: f64 = 1e12;
    if !seconds.is_finite() || seconds.abs() > LIMIT {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and far below 2^53")]
    in_range(seconds.floor() as i64)
}

/// A cell or a text that holds Unix seconds, with a fraction or without.
pub(crate) fn parse(text: &str) -> Option<i64> {
    match text.parse() {
        Ok(whole) => in_range(whole),
        Err(_) => floor(text.parse().ok()?),
    }
}

/// Unix seconds of an RFC 3339 text or of Unix seconds.
pub(crate) fn parse_any(text: &str) -> Option<i64> {
    parse(text).or_else(|| text.parse::<Timestamp>().ok().map(Timestamp::as_second))
}
