//! Somebody else's text of many lines, so that none of it can be taken for ours.

use common::untrusted_text::one_line;

use crate::output::plain::WIDTH;

/// Stands before every line that is quoted.
const BAR: &str = "| ";

/// Deeper than this a quoted line is not moved in.
const MOST_INDENT: usize = 20;

/// Characters that a terminal or an editor may take for the end of a line.
const ENDS: [char; 7] = ['\n', '\r', '\u{0b}', '\u{0c}', '\u{85}', '\u{2028}', '\u{2029}'];

/// `text` line by line behind `indent` spaces and a bar, none longer than [`WIDTH`], without characters that
/// could steer a terminal.
pub(super) fn quoted(text: &str, indent: usize) -> String {
    let text = text.replace("\r\n", "\n");
    let room = WIDTH.saturating_sub(indent).saturating_sub(BAR.len()).max(1);
    let mut quoted = String::new();
    for line in text.trim_end_matches(ENDS).split(ENDS) {
        let depth = line.len().saturating_sub(line.trim_start_matches(' ').len()).min(MOST_INDENT);
        let shown = format!("{}{}", " ".repeat(depth), one_line(line, usize::MAX));
        for piece in pieces(&shown, room) {
            quoted.push_str(format!("{}{BAR}{piece}", " ".repeat(indent)).trim_end());
            quoted.push('\n');
        }
    }
    quoted
}

/// At most so many characters each, broken at spaces where there are any; at least one.
fn pieces(line: &str, room: usize) -> Vec<String> {
    let letters: Vec<char> = line.chars().collect();
    let mut pieces = Vec::new();
    let mut rest = letters.as_slice();
    while rest.len() > room {
        let (head, _) = rest.split_at(room);
        let text_begins = head.iter().position(|c| *c != ' ').unwrap_or(0);
        let space = head.iter().rposition(|c| *c == ' ').filter(|place| *place > text_begins);
        let (piece, after) = rest.split_at(space.unwrap_or(room));
        pieces.push(piece.iter().collect());
        let skip = usize::from(after.first() == Some(&' '));
        rest = after.get(skip..).unwrap_or_default();
    }
    pieces.push(rest.iter().collect());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_table() {
        let long = "x".repeat(200);
        for (text, expected) in [
            ("", "  |\n"),
            ("one", "  | one\n"),
            ("one\r\ntwo\n\n  {\n", "  | one\n  | two\n  |\n  |   {\n"),
            ("a\u{1b}[2J\u{202e}b\u{2028}TOTALS", "  | a[2Jb\n  | TOTALS\n"),
            (
                long.as_str(),
                &format!("  | {}\n  | {}\n  | {}\n", "x".repeat(96), "x".repeat(96), "x".repeat(8)),
            ),
        ] {
            assert_eq!(quoted(text, 2), expected, "{text:?}");
        }
    }

    #[test]
    fn quoted_lines_are_broken_at_spaces() {
        let text = quoted(&"word ".repeat(60), 6);
        assert!(text.lines().all(|line| line.starts_with("      | word") && line.len() <= WIDTH), "{text}");
        assert_eq!(text.matches("word").count(), 60);
    }

    #[test]
    fn quoted_any_character_ends_no_line_of_its_own() {
        for letter in (0..=0x2030u32).filter_map(char::from_u32) {
            let text = quoted(&format!("a{letter}  TOTALS{letter}"), 2);
            assert!(text.lines().all(|line| line.starts_with("  |")), "{letter:?}: {text:?}");
            assert!(!text.chars().any(|c| c != '\n' && common::untrusted_text::is_hidden(c)), "{letter:?}");
        }
    }
}
