//! From signatures to templates.

use common::untrusted_text::one_line;
use rustc_hash::FxHashMap;

use super::{
    SLOT, TEXT_CHARS, TemplateId, bytes,
    lexicon::{self, Lexicon, WordId},
    rare_words, several_words,
    shapes::{Shape, Shapes},
    single_column, slots,
    tokens::tokens,
};

/// Every pass puts slots for words, so that the passes come to an end; this ends them early where a shape
/// gains a slot a pass.
const PASSES: usize = 16;

pub(super) struct Clusters {
    /// The template of each signature.
    pub(super) of: Vec<TemplateId>,
    /// The text of each template.
    pub(super) texts: Vec<String>,
}

/// Clusters signatures. Their order decides which number a template has, and nothing else.
pub(super) fn cluster(signatures: &[Box<[u8]>]) -> Clusters {
    let mut lexicon = Lexicon::new();
    let shapes: Vec<Shape> = signatures
        .iter()
        .map(|signature| tokens(signature).map(|token| lexicon.id(&token)).collect())
        .collect();
    let printed = shapes;
    let mut shapes = Shapes::new(&printed);
    merge_columns(&mut shapes, &lexicon);
    let mut merged = false;
    for rare in rare_words::RARE {
        merged |= shapes.merge(|same_length| rare_words::merge(same_length, rare, &lexicon));
    }
    if merged {
        merge_columns(&mut shapes, &lexicon);
    }
    for _ in 0..PASSES {
        if !shapes.merge_all(|shapes| several_words::merge(shapes, &lexicon)) {
            break;
        }
    }
    numbered(signatures, &printed, &shapes)
}

fn merge_columns(shapes: &mut Shapes, lexicon: &Lexicon<'_>) {
    for _ in 0..PASSES {
        let framed = shapes.merge(|same_length| single_column::merge(same_length, lexicon));
        if !framed && !shapes.merge(|same_length| slots::merge(same_length, lexicon)) {
            return;
        }
    }
}

/// Numbers the templates in the order of their first signatures. `printed`: the tokens of each signature.
fn numbered(signatures: &[Box<[u8]>], printed: &[Shape], shapes: &Shapes) -> Clusters {
    let mut ids: FxHashMap<usize, TemplateId> = FxHashMap::default();
    // Of signatures that differ in white space the least one is shown, whichever came first.
    let mut shown: Vec<(&[u8], &Shape, usize)> = Vec::new();
    let mut of = Vec::with_capacity(signatures.len());
    for ((signature, printed), &shape) in signatures.iter().zip(printed).zip(shapes.by_signature()) {
        let next = TemplateId(u32::try_from(shown.len()).unwrap_or(u32::MAX));
        let id = *ids.entry(shape).or_insert(next);
        match shown.get_mut(id.index()) {
            Some((least, of_least, _)) if **least > **signature => (*least, *of_least) = (signature, printed),
            Some(_) => (),
            None => shown.push((signature, printed, shape)),
        }
        of.push(id);
    }
    let text = |&(signature, printed, shape): &(&[u8], &Shape, usize)| {
        text(signature, printed, shapes.get(shape).unwrap_or_default())
    };
    Clusters { of, texts: shown.iter().map(text).collect() }
}

/// The signature as people read it, with the slots of its shape. A slot can stand for several of its tokens.
fn text(signature: &[u8], printed: &[WordId], mut shape: &[WordId]) -> String {
    let mut text = Vec::with_capacity(signature.len());
    let mut spare = printed.len().saturating_sub(shape.len());
    let mut open = false;
    for (token, &word) in tokens(signature).zip(printed) {
        let Some((&stands, rest)) = shape.split_first() else { break };
        if open && spare > 0 && stands != word {
            // Of the slot before it.
            spare = spare.saturating_sub(1);
            continue;
        }
        shape = rest;
        open = stands == lexicon::SLOT;
        if !token.glued {
            text.push(b' ');
        }
        match stands {
            lexicon::SLOT => text.extend_from_slice(SLOT.as_bytes()),
            _ => text.extend_from_slice(token.text),
        }
    }
    debug_assert!(!text.contains(&bytes::SLOT), "a slot has its own form in a text");
    one_line(&String::from_utf8_lossy(&text), TEXT_CHARS)
}
