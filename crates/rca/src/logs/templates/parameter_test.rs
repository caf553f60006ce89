//! Decides when a column of words is a parameter.

/// A column has at least this many different names, or it is a choice between two: `opened` and `closed`,
/// `read` and `write`.
const NAMES: usize = 3;
/// The product of a column's different names and of the constant words around it. Lines that share five
/// words and differ in one are of one statement far more surely than lines that share a single word: the
/// more context agrees, the fewer names are needed. The order of magnitude is what matters: from half to
/// twice of it the groups of public samples of eight systems stay the same but for one line in a thousand.
const SINGLE: usize = 12;
/// For lines that differ in several columns at once, which unrelated lines do more easily.
const SEVERAL: usize = 2 * SINGLE;
/// A form with several slots takes in lines that have words there if it has this many constant words.
pub(super) const CONTEXT: usize = 3;

/// True where one column with this many `names`, among `words` constant words, is a parameter.
pub(super) const fn is_parameter(names: usize, words: usize) -> bool {
    names >= NAMES && names.saturating_mul(words) >= SINGLE
}

/// True where a column is a parameter where others vary with it.
pub(super) const fn is_parameter_beside_others(names: usize, words: usize) -> bool {
    names >= NAMES && names.saturating_mul(words) >= SEVERAL
}

/// True where one column is a parameter after a word that announces a name: two of them are no choice of the
/// program's.
pub(super) const fn is_announced_parameter(names: usize, words: usize) -> bool {
    names > 1 && words >= CONTEXT
}

/// True where so many words of one column are names that the others, which look like states, are names as well.
pub(super) const fn are_names(names: usize, states: usize) -> bool {
    names > states.saturating_mul(NAMES)
}
