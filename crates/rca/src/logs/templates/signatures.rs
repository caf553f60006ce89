//! Collects the distinct signatures, and bounds their number.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{bytes, signature_builder::SignatureBuilder, tokens};

/// Logs have hundreds of signatures, rarely thousands: where there are more, words that are values but
/// don't look like it make them.
const EXACT: RemainingRoom = RemainingRoom { signatures: 32_768, bytes: 4 << 20 };
/// Room for the coarser signatures of lines after that.
const COARSE: RemainingRoom = RemainingRoom { signatures: 8_192, bytes: 1 << 20 };
/// Once there is no more room, a word is constant if it stands in this many signatures. A value that is as
/// frequent costs a few signatures; the room is for a thousand times as many.
const CONSTANT_FROM: u32 = 16;

/// The room that is left.
#[derive(Debug, Clone, Copy)]
struct RemainingRoom {
    signatures: usize,
    bytes: usize,
}

impl RemainingRoom {
    /// Takes the room for one signature, if there is enough.
    fn take(&mut self, bytes: usize) -> bool {
        match (self.signatures.checked_sub(1), self.bytes.checked_sub(bytes)) {
            (Some(signatures), Some(bytes)) => {
                *self = Self { signatures, bytes };
                true
            }
            _ => false,
        }
    }
}

#[derive(Debug)]
pub(super) struct Signatures {
    ids: FxHashMap<Box<[u8]>, u32>,
    /// Lines, by id.
    counts: Vec<u64>,
    exact: RemainingRoom,
    coarse: RemainingRoom,
    /// The constant words, known once there is no more room.
    constants: Option<FxHashSet<Box<[u8]>>>,
    builder: SignatureBuilder,
}

impl Default for Signatures {
    fn default() -> Self {
        Self {
            ids: FxHashMap::default(),
            counts: Vec::new(),
            exact: EXACT,
            coarse: COARSE,
            constants: None,
            builder: SignatureBuilder::default(),
        }
    }
}

impl Signatures {
    /// Counts a line of this signature.
    pub(super) fn add(&mut self, signature: &[u8]) -> u32 {
        let id = match self.ids.get(signature) {
            Some(&id) => id,
            None if self.constants.is_none() && self.exact.take(signature.len()) => self.insert(signature),
            None => self.add_coarse(signature),
        };
        if let Some(count) = usize::try_from(id).ok().and_then(|id| self.counts.get_mut(id)) {
            *count = count.saturating_add(1);
        }
        id
    }

    /// The signatures and how many lines each had, by id.
    pub(super) fn into_parts(self) -> (Vec<Box<[u8]>>, Vec<u64>) {
        let mut signatures: Vec<(u32, Box<[u8]>)> =
            self.ids.into_iter().map(|(signature, id)| (id, signature)).collect();
        signatures.sort_unstable();
        (signatures.into_iter().map(|(_, signature)| signature).collect(), self.counts)
    }

    /// The signature's constant words only. Where that is too much still, one slot.
    fn add_coarse(&mut self, signature: &[u8]) -> u32 {
        let constants = self.constants.get_or_insert_with(|| constants(self.ids.keys()));
        let mut builder = std::mem::take(&mut self.builder);
        builder.clear();
        for token in tokens::tokens(signature) {
            builder.copy(&token, constants.contains(token.text));
        }
        let id = self.coarse_id(builder.signature());
        self.builder = builder;
        id
    }

    fn coarse_id(&mut self, signature: &[u8]) -> u32 {
        if let Some(&id) = self.ids.get(signature) {
            return id;
        }
        if self.coarse.take(signature.len()) {
            return self.insert(signature);
        }
        let anything = [bytes::SLOT];
        self.ids.get(anything.as_slice()).copied().unwrap_or_else(|| self.insert(&anything))
    }

    fn insert(&mut self, signature: &[u8]) -> u32 {
        let id = u32::try_from(self.counts.len()).unwrap_or(u32::MAX);
        self.counts.push(0);
        self.ids.insert(signature.into(), id);
        id
    }
}

fn constants<'a>(signatures: impl Iterator<Item = &'a Box<[u8]>>) -> FxHashSet<Box<[u8]>> {
    let mut found: FxHashMap<&[u8], u32> = FxHashMap::default();
    for signature in signatures {
        let mut words: Vec<&[u8]> = tokens::tokens(signature)
            .filter(|token| token.kind == tokens::TokenKind::Word)
            .map(|token| token.text)
            .collect();
        words.sort_unstable();
        words.dedup();
        for word in words {
            let count = found.entry(word).or_default();
            *count = count.saturating_add(1);
        }
    }
    found.into_iter().filter(|&(_, count)| count >= CONSTANT_FROM).map(|(word, _)| word.into()).collect()
}
