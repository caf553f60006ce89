//! Columns in which lines differ that agree in everything else.

use rustc_hash::FxHashMap;

use super::{
    lexicon::{Lexicon, Role, SLOT, WordId},
    parameter_test,
    shapes::{self, Shape},
};

/// The words that fill one column of one frame; a frame is a shape without that column.
#[derive(Debug, Clone, Copy, Default)]
struct ColumnWords {
    names: u32,
    /// Some line has a value there that is one by its form.
    value: bool,
}

/// Puts slots for all words, of shapes of one length, that are parameters in their frame.
pub(super) fn merge(shapes: &[Shape], lexicon: &Lexicon<'_>) -> Vec<Shape> {
    let mut fillings: FxHashMap<u64, ColumnWords> = FxHashMap::default();
    for shape in shapes {
        for (_, word, frame) in frames(shape, lexicon) {
            // Shapes are distinct, so that every word in a frame comes once.
            let filling = fillings.entry(frame).or_default();
            match lexicon.role(word) {
                Role::Slot => filling.value = true,
                Role::Name => filling.names = filling.names.saturating_add(1),
                Role::Constant | Role::Mark => (),
            }
        }
    }
    shapes
        .iter()
        .map(|shape| {
            let words = shapes::words(shape, lexicon);
            let mut merged = shape.clone();
            for (place, word, frame) in frames(shape, lexicon) {
                let filling = fillings.get(&frame).copied().unwrap_or_default();
                if word != SLOT
                    && is_parameter(filling, words.saturating_sub(1))
                    && let Some(at) = merged.get_mut(place)
                {
                    *at = SLOT;
                }
            }
            merged
        })
        .collect()
}

/// `words` are the frame's constant ones. Where a form with a slot exists, the word is a value of it.
const fn is_parameter(filling: ColumnWords, words: usize) -> bool {
    (filling.value && words > 0) || parameter_test::is_parameter(filling.names as usize, words)
}

/// The columns that hold a word or a slot: place, what is there, and the frame around it.
fn frames<'a>(
    shape: &'a [WordId],
    lexicon: &'a Lexicon<'_>,
) -> impl Iterator<Item = (usize, WordId, u64)> + 'a {
    let hash = shapes::hash(shape, lexicon);
    let columns = shape.iter().copied().enumerate().filter(|&(_, word)| lexicon.role(word) != Role::Mark);
    // As the column's content is out of the frame's hash, its place has to be in it: a slot stands for it.
    columns.map(move |(place, word)| {
        (place, word, shapes::swapped(hash, place, word, lexicon).rotate_left(1) ^ place as u64)
    })
}
