//! Lines that agree in their frequent words and differ in several rare ones at once.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    lexicon::{Lexicon, Role, SLOT, WordId},
    parameter_test,
    shapes::{self, Shape},
};

/// Counts the shapes that contain a word, by the word's number.
type Frequencies = FxHashMap<WordId, u32>;

/// A word is rare if it is in at most this many shapes. Tried from the rarest on: what two columns hold can
/// be rare in different degrees.
pub(super) const RARE: [u32; 4] = [1, 2, 4, 8];

/// Puts slots for the rare words of shapes of one length, where each such column has many.
pub(super) fn merge(shapes: &[Shape], rare: u32, lexicon: &Lexicon<'_>) -> Vec<Shape> {
    let frequencies = frequencies(shapes, lexicon);
    let is_rare =
        |word: WordId| lexicon.role(word) == Role::Name && frequencies.get(&word).is_none_or(|&n| n <= rare);
    let outline = |shape: &Shape| -> Shape {
        shape.iter().map(|&word| if is_rare(word) { SLOT } else { word }).collect()
    };
    let mut groups: FxHashMap<Shape, Vec<usize>> = FxHashMap::default();
    for (at, shape) in shapes.iter().enumerate() {
        groups.entry(outline(shape)).or_default().push(at);
    }
    let mut merged = shapes.to_vec();
    for (outline, members) in groups {
        let group: Vec<&Shape> = members.iter().filter_map(|&at| shapes.get(at)).collect();
        if is_one_statement(&outline, &group, lexicon) {
            for at in members {
                if let Some(shape) = merged.get_mut(at) {
                    shape.clone_from(&outline);
                }
            }
        }
    }
    merged
}

fn frequencies(shapes: &[Shape], lexicon: &Lexicon<'_>) -> Frequencies {
    let mut frequencies = Frequencies::default();
    for shape in shapes {
        let words: FxHashSet<WordId> =
            shape.iter().copied().filter(|&word| lexicon.role(word).is_word()).collect();
        for word in words {
            let frequency = frequencies.entry(word).or_default();
            *frequency = frequency.saturating_add(1);
        }
    }
    frequencies
}

/// True where every column that the outline leaves open holds enough different names.
fn is_one_statement(outline: &Shape, group: &[&Shape], lexicon: &Lexicon<'_>) -> bool {
    let words = shapes::words(outline, lexicon);
    if group.len() < 2 || words == 0 {
        return false;
    }
    let open = outline.iter().enumerate().filter(|&(_, &word)| word == SLOT).map(|(place, _)| place);
    open.filter_map(|place| {
        let held: FxHashSet<WordId> = group.iter().filter_map(|shape| shape.get(place).copied()).collect();
        // A column of slots only has nothing to decide.
        held.iter().any(|&word| word != SLOT).then_some(held)
    })
    .all(|held| {
        let names = held.iter().filter(|&&word| lexicon.role(word) == Role::Name).count();
        parameter_test::is_parameter_beside_others(names, words)
    })
}
