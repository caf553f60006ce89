//! Text, times and durations for people. Characters that could steer a terminal are removed from whatever came
//! from outside.

use common::untrusted_text::{is_hidden, one_line};
use jiff::Timestamp;

/// The width of an answer for people, in columns.
pub(crate) const WIDTH: usize = 100;

/// `text` on one line.
pub(crate) fn line(text: &str) -> String {
    one_line(text, 2000)
}

/// `text` in lines of at most [`WIDTH`], each behind `indent` spaces. A word that is longer stays
/// whole, so that an ARN can be copied.
pub(crate) fn wrapped(text: &str, indent: usize) -> String {
    hanging("", text, indent, indent)
}

/// Wraps like [`wrapped`]: `lead` and the text's first line behind `first` spaces, the rest behind `rest`.
pub(crate) fn hanging(lead: &str, text: &str, first: usize, rest: usize) -> String {
    let visible: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let visible: String = visible.chars().filter(|&c| !is_hidden(c)).collect();
    let mut lines = String::new();
    let mut current = format!("{}{lead}", " ".repeat(first));
    let mut bare = true;
    for word in visible.split_whitespace() {
        let length = current.chars().count().saturating_add(word.chars().count());
        if !bare && length >= WIDTH {
            lines.push_str(current.trim_end());
            lines.push('\n');
            current = " ".repeat(rest);
            bare = true;
        }
        if !bare {
            current.push(' ');
        }
        current.push_str(word);
        bare = false;
    }
    lines.push_str(current.trim_end());
    lines.push('\n');
    lines
}

/// `2026-11-20 03:00:00Z`
pub(crate) fn date_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// `2026-11-20 03:00:00Z (2 min ago)`
pub(crate) fn moment(at: Timestamp, now: Timestamp) -> String {
    format!("{} ({})", date_time(at), relative(at, now))
}

/// `2 min ago`, `in 2 min`
pub(crate) fn relative(at: Timestamp, now: Timestamp) -> String {
    match now.as_second().saturating_sub(at.as_second()) {
        0 => "now".to_owned(),
        ago @ 1.. => format!("{} ago", length(ago)),
        ahead => format!("in {}", length(ahead.saturating_neg())),
    }
}

/// The time from one moment to another: `45 s`, `12 min`, `2 h 5 min`, `3 d 4 h`.
pub(crate) fn between(from: Timestamp, to: Timestamp) -> String {
    length(to.as_second().saturating_sub(from.as_second()).max(0))
}

fn length(seconds: i64) -> String {
    let two = |large: i64, unit: &str, small: i64, small_unit: &str| {
        if small == 0 { format!("{large} {unit}") } else { format!("{large} {unit} {small} {small_unit}") }
    };
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => two(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn relative_is_in_the_two_largest_units() {
        let now = at("2026-11-20T03:00:00Z");
        for (then, expected) in [
            ("2026-11-20T03:00:00Z", "now"),
            ("2026-11-20T02:59:15Z", "45 s ago"),
            ("2026-11-20T02:48:30Z", "11 min ago"),
            ("2026-11-20T00:55:00Z", "2 h 5 min ago"),
            ("2026-11-20T01:00:00Z", "2 h ago"),
            ("2026-11-16T22:00:00Z", "3 d 5 h ago"),
            ("2026-11-20T03:58:00Z", "in 58 min"),
        ] {
            assert_eq!(relative(at(then), now), expected, "{then}");
        }
    }

    #[test]
    fn wrapped_breaks_between_words_and_keeps_long_ones_whole() {
        let arn = format!("arn:aws:ssm:eu-west-1:123456789012:parameter/{}", "a".repeat(80));
        let text = wrapped(&format!("{} {arn} end", "word ".repeat(30)), 4);
        assert!(text.lines().all(|line| line.starts_with("    ")));
        assert!(text.lines().all(|line| line.len() <= WIDTH || line.trim() == arn));
        assert!(text.contains(&arn));
    }

    #[test]
    fn wrapped_text_cannot_steer_a_terminal() {
        assert_eq!(wrapped("\u{1b}[2Jred\u{202e}\nline\u{7}", 2), "  [2Jred line\n");
    }

    #[test]
    fn hanging_puts_the_lead_on_the_first_line_only() {
        let text = hanging("1. ", &"word ".repeat(30), 2, 5);
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].starts_with("  1. word") && lines[1].starts_with("     word"));
    }
}
