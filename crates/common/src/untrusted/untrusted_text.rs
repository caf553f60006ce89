//! Makes text that somebody outside could have written safe to display: one line, no characters that change how
//! the rest is displayed, never longer than asked for. Its content is still not to be trusted.

/// Returns `text` on one line of at most `max_chars` characters: white space folded, control and invisible
/// formatting characters (bidirectional overrides, zero-width, tags) removed; `…` at the end where
/// something was cut off.
pub fn one_line(text: &str, max_chars: usize) -> String {
    let shown = text.chars().filter(|&c| c.is_whitespace() || !is_hidden(c));
    let mut line = String::new();
    let mut length = 0usize;
    let mut space_due = false;
    for c in shown {
        if c.is_whitespace() {
            space_due = length > 0;
            continue;
        }
        let needed = if space_due { 2 } else { 1 };
        if length.saturating_add(needed) > max_chars {
            return cut(&line, length, max_chars);
        }
        if space_due {
            line.push(' ');
        }
        line.push(c);
        length = length.saturating_add(needed);
        space_due = false;
    }
    line
}

fn cut(line: &str, length: usize, max_chars: usize) -> String {
    let kept = length.min(max_chars.saturating_sub(1));
    let mut shorter: String = line.chars().take(kept).collect();
    shorter.truncate(shorter.trim_end().len());
    if max_chars > 0 {
        shorter.push('…');
    }
    shorter
}

/// Returns whether `c` is a control character, or one of the format characters (Unicode's category Cf and
/// its like) that hide text or turn its direction.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_line_table() {
        for (text, max, expected) in [
            ("plain", 10, "plain"),
            ("  two\r\n\tlines  ", 20, "two lines"),
            ("a\u{202e}b\u{200b}c\u{0007}d\u{e0041}", 10, "abcd"),
            ("abcdef", 6, "abcdef"),
            ("abcdefg", 6, "abcde…"),
            ("abcd efgh", 6, "abcd…"),
            ("ab", 1, "…"),
            ("ab", 0, ""),
            ("\u{2028}", 5, ""),
            ("Überlast – 50 %", 20, "Überlast – 50 %"),
        ] {
            assert_eq!(one_line(text, max), expected, "{text:?} in {max}");
        }
    }

    proptest! {
        #[test]
        fn one_line_any_text_is_short_visible_and_stays_as_it_is(text in any::<String>(), max in 0usize..80) {
            let line = one_line(&text, max);
            prop_assert!(line.chars().count() <= max);
            prop_assert!(!line.chars().any(is_hidden));
            prop_assert!(!line.contains("  ") && line.trim() == line);
            prop_assert_eq!(one_line(&line, max), line);
        }
    }
}
