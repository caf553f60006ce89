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
    /// States, participles and the like.
    constants: u32,
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
                Role::Constant => filling.constants = filling.constants.saturating_add(1),
                Role::Mark => (),
            }
        }
    }
    shapes
        .iter()
        .map(|shape| {
            let words = shapes::words(shape, lexicon);
            let announced = |place: usize| {
                place
                    .checked_sub(1)
                    .and_then(|at| shape.get(at))
                    .is_some_and(|&word| lexicon.entry(word).announces)
            };
            let mut merged = shape.clone();
            for (place, word, frame) in frames(shape, lexicon) {
                let filling = fillings.get(&frame).copied().unwrap_or_default();
                if filling.holds_parameter(lexicon.role(word), words.saturating_sub(1), announced(place))
                    && let Some(at) = merged.get_mut(place)
                {
                    *at = SLOT;
                }
            }
            merged
        })
        .collect()
}

impl ColumnWords {
    /// True where a word of this role is a parameter among `words` constant ones. Where a form with a slot exists,
    /// a name is a value of it. A state is a statement of its own, unless it is among names, and so is one itself.
    const fn holds_parameter(self, role: Role, words: usize, announced: bool) -> bool {
        let (names, constants) = (self.names as usize, self.constants as usize);
        let varies = parameter_test::is_parameter(names, words);
        match role {
            Role::Slot | Role::Mark => false,
            Role::Name => {
                varies
                    || (self.value && words > 0)
                    || (announced && parameter_test::is_announced_parameter(names, words))
            }
            Role::Constant => varies && parameter_test::are_names(names, constants),
        }
    }
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
