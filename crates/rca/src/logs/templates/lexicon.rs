//! Numbers the words of all signatures.

use rustc_hash::{FxHashMap, FxHasher};
use std::hash::Hasher as _;

use super::{
    names,
    tokens::{Token, TokenKind},
    words,
};

/// A token's number. [`SLOT`] is the same in every lexicon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct WordId(u32);

pub(super) const SLOT: WordId = WordId(0);

#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Of the word's bytes: the same in every run, whatever came first.
    pub(super) hash: u64,
    pub(super) role: Role,
    /// What comes after it is a name.
    pub(super) announces: bool,
    /// It is a `=`.
    pub(super) assigns: bool,
    /// It is no part of a name of several words.
    pub(super) joins: bool,
}

const NOTHING: Entry = Entry { hash: 0, role: Role::Slot, announces: false, assigns: false, joins: false };

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Slot,
    Mark,
    /// A word that says what happened or which of a few states it is.
    Constant,
    /// A word that could be the name of something.
    Name,
}

impl Role {
    pub(super) const fn is_word(self) -> bool {
        matches!(self, Self::Constant | Self::Name)
    }
}

#[derive(Debug)]
pub(super) struct Lexicon<'a> {
    ids: FxHashMap<&'a [u8], WordId>,
    entries: Vec<Entry>,
}

impl<'a> Lexicon<'a> {
    pub(super) fn new() -> Self {
        Self { ids: FxHashMap::default(), entries: vec![NOTHING] }
    }

    pub(super) fn id(&mut self, token: &Token<'a>) -> WordId {
        let role = match token.kind {
            TokenKind::Slot => return SLOT,
            TokenKind::Mark => Role::Mark,
            TokenKind::Word if names::could_be_name(token.text) => Role::Name,
            TokenKind::Word => Role::Constant,
        };
        let next = WordId(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        let id = *self.ids.entry(token.text).or_insert(next);
        if id == next {
            let mut hasher = FxHasher::default();
            hasher.write(token.text);
            self.entries.push(Entry {
                hash: hasher.finish(),
                role,
                announces: words::announces_name(token.text),
                assigns: token.text == b"=",
                joins: words::is_joining(token.text),
            });
        }
        id
    }

    pub(super) fn entry(&self, id: WordId) -> Entry {
        let at = usize::try_from(id.0).unwrap_or(usize::MAX);
        self.entries.get(at).copied().unwrap_or(NOTHING)
    }

    pub(super) fn role(&self, id: WordId) -> Role {
        self.entry(id).role
    }
}
