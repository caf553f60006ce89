//! Lines that have names where another form has slots.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    lexicon::{Lexicon, Role, SLOT},
    parameter_test,
    shapes::{self, Shape},
};

/// The number of forms whose slots are tried on each shape, the most frequent first.
const TRIED: usize = 64;

/// Puts slots for the names, of shapes of one length, that another shape has slots for.
pub(super) fn merge(shapes: &[Shape], lexicon: &Lexicon<'_>) -> Vec<Shape> {
    let forms: Vec<&Shape> =
        shapes.iter().filter(|shape| shapes::words(shape, lexicon) >= parameter_test::CONTEXT).collect();
    let hashes: FxHashSet<u64> = forms.iter().map(|form| shapes::hash(form, lexicon)).collect();
    let tried = places(&forms);
    let merged = |shape: &Shape| {
        let hash = shapes::hash(shape, lexicon);
        let is_value = |&place: &usize| {
            shape.get(place).is_some_and(|&word| matches!(lexicon.role(word), Role::Name | Role::Slot))
        };
        tried.iter().filter(|places| places.iter().all(is_value)).find_map(|places| {
            let fitted = places.iter().fold(hash, |hash, &place| {
                shape.get(place).map_or(hash, |&word| shapes::swapped(hash, place, word, lexicon))
            });
            (fitted != hash && hashes.contains(&fitted)).then(|| with_slots(shape, places))
        })
    };
    shapes.iter().map(|shape| merged(shape).unwrap_or_else(|| shape.clone())).collect()
}

/// Lists the places of the slots in the forms.
fn places(forms: &[&Shape]) -> Vec<Vec<usize>> {
    let mut counts: FxHashMap<Vec<usize>, usize> = FxHashMap::default();
    for form in forms {
        let slots = form.iter().enumerate().filter(|&(_, &word)| word == SLOT).map(|(place, _)| place);
        let count = counts.entry(slots.collect()).or_default();
        *count = count.saturating_add(1);
    }
    let mut counts: Vec<(Vec<usize>, usize)> =
        counts.into_iter().filter(|(places, _)| places.len() > 1).collect();
    counts.sort_unstable_by(|(a, more), (b, less)| less.cmp(more).then_with(|| a.cmp(b)));
    counts.into_iter().take(TRIED).map(|(places, _)| places).collect()
}

fn with_slots(shape: &Shape, places: &[usize]) -> Shape {
    let mut merged = shape.clone();
    for &place in places {
        if let Some(at) = merged.get_mut(place) {
            *at = SLOT;
        }
    }
    merged
}
