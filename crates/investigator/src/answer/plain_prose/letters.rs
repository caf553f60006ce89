//! Finds letters that prose does not have: look-alikes of other letters, and stacks of marks.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
use unicode_security::{GeneralSecurityProfile as _, RestrictionLevel, RestrictionLevelDetection as _};

/// The most marks that one letter bears: decomposed Vietnamese has two, pointed Hebrew three.
const MOST_MARKS: usize = 3;

/// Returns true if `sentence` holds a letter, digit or mark that Unicode does not recommend for names (full-width,
/// mathematical and encircled letters among them), a word that mixes scripts which look alike, a mark without a letter,
/// or more marks on one letter than any language has.
pub(super) fn are_odd(sentence: &str) -> bool {
    let composed: String = sentence.nfc().collect();
    has_stacked_marks(&composed)
        || composed.chars().any(|letter| is_letter_like(letter) && !letter.identifier_allowed())
        || composed
            .split(|letter: char| !is_letter_like(letter))
            .any(|word| !word.check_restriction_level(RestrictionLevel::HighlyRestrictive))
}

/// Returns true for what a word is made of: letters, digits, marks.
pub(super) fn is_letter_like(letter: char) -> bool {
    letter.is_alphanumeric() || is_combining_mark(letter)
}

fn has_stacked_marks(text: &str) -> bool {
    // A mark before any letter has none to be on.
    let mut room = 0usize;
    for letter in text.chars() {
        if is_combining_mark(letter) {
            match room.checked_sub(1) {
                Some(left) => room = left,
                None => return true,
            }
        } else {
            room = if letter.is_alphanumeric() { MOST_MARKS } else { 0 };
        }
    }
    false
}
