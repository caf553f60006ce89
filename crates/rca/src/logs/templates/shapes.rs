//! Finds the shapes of signatures: their tokens, without white space.

use rustc_hash::FxHashMap;

use super::lexicon::{Lexicon, SLOT, WordId};

pub(super) type Shape = Box<[WordId]>;

/// The distinct shapes, and which of them each signature has. Merging only ever puts slots for words, in the end
/// one for several.
#[derive(Debug)]
pub(super) struct Shapes {
    /// Sorted by length, so that those of one length are neighbours.
    shapes: Vec<Shape>,
    /// The shape of each signature.
    of: Vec<usize>,
}

impl Shapes {
    pub(super) fn new(signatures: &[Shape]) -> Self {
        let of = (0..signatures.len()).collect();
        let mut shapes = Self { shapes: Vec::new(), of };
        shapes.settle(signatures);
        shapes
    }

    pub(super) fn by_signature(&self) -> &[usize] {
        &self.of
    }

    pub(super) fn get(&self, at: usize) -> Option<&[WordId]> {
        self.shapes.get(at).map(AsRef::as_ref)
    }

    /// Gives every shape what `merged` makes of those of its length; whether anything changed.
    pub(super) fn merge(&mut self, merged: impl Fn(&[Shape]) -> Vec<Shape>) -> bool {
        let new: Vec<Shape> = self.shapes.chunk_by(|a, b| a.len() == b.len()).flat_map(merged).collect();
        self.replace(&new)
    }

    /// Gives every shape what `merged` makes of all of them; whether anything changed.
    pub(super) fn merge_all(&mut self, merged: impl Fn(&[Shape]) -> Vec<Shape>) -> bool {
        self.replace(&merged(&self.shapes))
    }

    fn replace(&mut self, new: &[Shape]) -> bool {
        let changed = *new != *self.shapes;
        if changed {
            self.settle(new);
        }
        changed
    }

    /// `new` replaces the shapes one by one; equal ones become one.
    fn settle(&mut self, new: &[Shape]) {
        let mut distinct: Vec<&Shape> = new.iter().collect();
        distinct.sort_unstable_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        distinct.dedup();
        let places: FxHashMap<&Shape, usize> =
            distinct.iter().enumerate().map(|(place, &shape)| (shape, place)).collect();
        for of in &mut self.of {
            *of = new.get(*of).and_then(|shape| places.get(shape)).copied().unwrap_or(*of);
        }
        self.shapes = distinct.into_iter().cloned().collect();
    }
}

/// Counts the constant words of a shape.
pub(super) fn words(shape: &[WordId], lexicon: &Lexicon<'_>) -> usize {
    shape.iter().filter(|&&word| lexicon.role(word).is_word()).count()
}

/// The shape's identity by what stands where; parts can be taken out of it.
pub(super) fn hash(shape: &[WordId], lexicon: &Lexicon<'_>) -> u64 {
    shape.iter().enumerate().fold(0, |sum: u64, (place, &word)| sum.wrapping_add(term(place, word, lexicon)))
}

/// The term that `word` at `place` adds to the hash of a shape. Terms are well mixed and are added up, so that the
/// hash of a shape without one word costs one subtraction.
pub(super) fn term(place: usize, word: WordId, lexicon: &Lexicon<'_>) -> u64 {
    let place = u64::try_from(place).unwrap_or(u64::MAX).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // The finaliser of SplitMix64 (Steele et al., OOPSLA 2014).
    let mut mixed = lexicon.entry(word).hash ^ place.wrapping_add(0xd1b5_4a32_d192_ed03);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Computes the hash of a shape after a slot takes the word's place.
pub(super) fn swapped(hash: u64, place: usize, word: WordId, lexicon: &Lexicon<'_>) -> u64 {
    hash.wrapping_sub(term(place, word, lexicon)).wrapping_add(term(place, SLOT, lexicon))
}

/// The identity of a shape whose places are counted from its end.
pub(super) fn hash_from_end(shape: &[WordId], lexicon: &Lexicon<'_>) -> u64 {
    let terms = shape.iter().enumerate().map(|(place, &word)| term_from_end(shape, place, word, lexicon));
    terms.fold(0, u64::wrapping_add)
}

/// The term that `word` at `place` adds to [`hash_from_end`].
pub(super) fn term_from_end(shape: &[WordId], place: usize, word: WordId, lexicon: &Lexicon<'_>) -> u64 {
    term(usize::MAX.saturating_sub(shape.len()).saturating_add(place), word, lexicon)
}
