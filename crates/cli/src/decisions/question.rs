//! Decides whether a human must still confirm, and asks.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use crate::failure::Failure;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Confirmation {
    NotNeeded,
    Ask,
    Impossible,
}

/// Who names a plan by its hash has seen it. A denial changes nothing in the account, so it needs
/// no second word.
pub(super) const fn confirmation(approve: bool, named: bool, at_terminal: bool) -> Confirmation {
    match (approve, named, at_terminal) {
        (false, _, _) | (true, true, _) => Confirmation::NotNeeded,
        (true, false, true) => Confirmation::Ask,
        (true, false, false) => Confirmation::Impossible,
    }
}

pub(super) fn at_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

pub(super) fn yes(question: &str) -> Result<bool, Failure> {
    let unanswered =
        |error: std::io::Error| Failure::Operation(format!("cannot ask for confirmation: {error}"));
    let mut terminal = std::io::stderr();
    write!(terminal, "{question}").and_then(|()| terminal.flush()).map_err(unanswered)?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(unanswered)?;
    Ok(is_yes(&answer))
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confirmation_is_needed_to_approve_what_was_not_named() {
        assert_eq!(confirmation(true, true, false), Confirmation::NotNeeded);
        assert_eq!(confirmation(true, false, true), Confirmation::Ask);
        assert_eq!(confirmation(true, false, false), Confirmation::Impossible);
        assert_eq!(confirmation(false, false, false), Confirmation::NotNeeded);
    }

    #[test]
    fn is_yes_only_a_yes_is() {
        for (answer, expected) in
            [("y\n", true), ("YES\r\n", true), ("", false), ("\n", false), ("yep", false)]
        {
            assert_eq!(is_yes(answer), expected, "{answer:?}");
        }
    }
}
