//! Names of several words: `user Mary Ann Smith logged in` is a line of `user root logged in`.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    lexicon::{Lexicon, Role, SLOT, WordId},
    parameter_test,
    shapes::{self, Shape},
};

/// The most words of a name.
const WORDS: usize = 3;
/// More shapes than this have values among their words that look like none: names are no longer told.
const SHAPES: usize = 4096;

/// What stands between the same beginning and the same end of several shapes.
#[derive(Debug, Default)]
struct Gap {
    /// Those of one word, of two and of three.
    fillings: [Vec<[WordId; WORDS]>; WORDS],
    /// Constant words around it.
    context: usize,
}

/// A part of a shape that could be a name.
#[derive(Debug, Clone, Copy)]
struct Part {
    start: usize,
    words: usize,
    gap: u64,
}

/// Puts one slot for the words of a name, in shapes of any length.
pub(super) fn merge(shapes: &[Shape], lexicon: &Lexicon<'_>) -> Vec<Shape> {
    if shapes.len() > SHAPES {
        return shapes.to_vec();
    }
    // Nearly no gap has parts of different lengths, and only the others' are kept.
    let mut lengths: FxHashMap<u64, u8> = FxHashMap::default();
    for part in shapes.iter().flat_map(|shape| parts(shape, lexicon)) {
        *lengths.entry(part.gap).or_default() |= 1 << part.words;
    }
    lengths.retain(|_, lengths| lengths.count_ones() > 1);
    let mut gaps: FxHashMap<u64, Gap> = FxHashMap::default();
    for shape in shapes {
        let context = shapes::words(shape, lexicon);
        for part in parts(shape, lexicon).filter(|part| lengths.contains_key(&part.gap)) {
            let gap = gaps.entry(part.gap).or_default();
            gap.context = context.saturating_sub(part.words);
            let mut filling = [SLOT; WORDS];
            for (to, &word) in filling.iter_mut().zip(shape.iter().skip(part.start).take(part.words)) {
                *to = word;
            }
            if let Some(fillings) = gap.fillings.get_mut(part.words.saturating_sub(1)) {
                fillings.push(filling);
            }
        }
    }
    gaps.retain(|_, gap| gap.is_name());
    shapes.iter().map(|shape| merged(shape, &gaps, lexicon)).collect()
}

fn merged(shape: &Shape, gaps: &FxHashMap<u64, Gap>, lexicon: &Lexicon<'_>) -> Shape {
    let found = parts(shape, lexicon)
        .filter_map(|part| Some((gaps.get(&part.gap)?.count(), part)))
        // The longest of those with the most names: the first of them in the line.
        .max_by_key(|(count, part)| (*count, part.words, std::cmp::Reverse(part.start)));
    let Some((_, Part { start, words, .. })) = found else { return shape.clone() };
    let before = shape.iter().take(start);
    let after = shape.iter().skip(start.saturating_add(words));
    before.chain(std::iter::once(&SLOT)).chain(after).copied().collect()
}

impl Gap {
    fn count(&self) -> usize {
        self.fillings.iter().map(Vec::len).sum()
    }

    /// True where it has enough names, and in every column of those of one length the words vary: a word that stays
    /// belongs to the statement. Where one name is a slot already, two more say that it can have several words.
    fn is_name(&self) -> bool {
        let [single, several @ ..] = &self.fillings;
        let slot = single.iter().any(|filling| filling.first() == Some(&SLOT));
        let enough = if slot {
            several.iter().map(Vec::len).sum::<usize>() > 1
        } else {
            parameter_test::is_parameter_beside_others(self.count(), self.context)
        };
        enough
            && self.context >= parameter_test::CONTEXT
            && several.iter().all(|fillings| (0..WORDS).all(|column| varies(fillings, column)))
    }
}

/// True where two of three fillings have different words in this column, or have values there, or end before it.
fn varies(fillings: &[[WordId; WORDS]], column: usize) -> bool {
    let held = || fillings.iter().filter_map(|filling| filling.get(column)).filter(|&&word| word != SLOT);
    let words: FxHashSet<WordId> = held().copied().collect();
    words.len().saturating_mul(3) >= held().count().saturating_mul(2)
}

/// The parts of a shape that could be a name of one to three words. A slot is a name of one, and after a `=` the
/// first word of one.
fn parts<'a>(shape: &'a Shape, lexicon: &'a Lexicon<'_>) -> impl Iterator<Item = Part> + 'a {
    // Hashes of what is before the part, and of what is from its start on.
    let mut before = 0u64;
    let mut from = shapes::hash_from_end(shape, lexicon);
    shape.iter().enumerate().flat_map(move |(start, &first)| {
        let (head, mut tail) = (before, from);
        before = before.wrapping_add(shapes::term(start, first, lexicon));
        from = from.wrapping_sub(shapes::term_from_end(shape, start, first, lexicon));
        let named = |word: WordId| lexicon.role(word) == Role::Name && !lexicon.entry(word).joins;
        let rest = shape.get(start..).unwrap_or_default();
        let assigned = start
            .checked_sub(1)
            .and_then(|before| shape.get(before))
            .is_some_and(|&before| lexicon.entry(before).assigns);
        let words = match first {
            SLOT if !assigned => 1,
            SLOT => {
                rest.iter().skip(1).take(WORDS - 1).take_while(|&&word| named(word)).count().saturating_add(1)
            }
            _ => rest.iter().take(WORDS).take_while(|&&word| named(word)).count(),
        };
        rest.iter().take(words).enumerate().map(move |(at, &word)| {
            tail = tail.wrapping_sub(shapes::term_from_end(shape, start.saturating_add(at), word, lexicon));
            let gap = head.rotate_left(17) ^ tail ^ (start as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            Part { start, words: at.saturating_add(1), gap }
        })
    })
}
