//! Mines log templates: finds the statement of a program that wrote a line, and the parameters in the line.
//!
//! Nothing is set per system. The miner works in two steps:
//!
//! 1. Every line is masked in one scan (`masker`): what is a value by its form, such as a number, an
//!    address, a path, a time or what follows a `=`, becomes a slot. Most lines of a log have few distinct
//!    masked forms, its *signatures*, and only these are kept, so that memory doesn't grow with the lines.
//! 2. The signatures are clustered (`clusters`): where lines agree in all words but one, and that one
//!    takes many values, it is a parameter although it looks like a word, as a user's name does.
//!
//! Masking by form comes from Drain's preprocessing (He et al., "Drain: An Online Log Parsing Approach
//! with Fixed Depth Tree", ICWS 2017), here without regular expressions and without a list per system.
//! That a column's number of distinct words tells parameters from constants is from `IPLoM` (Makanju et
//! al., KDD 2009) and Brain (Yu et al., "Brain: Log Parsing With Bidirectional Parallel Tree", IEEE TSC
//! 2023); here the number needed falls with the words around the column, in place of a threshold per
//! system. Only the set of signatures counts, not how often or in which order lines came, so neither
//! changes the groups as long as the [caps](Miner) are not reached.

mod assignments;
mod aws_lines;
mod bytes;
mod clusters;
mod compounds;
mod escapes;
mod events;
mod field_keys;
mod json;
mod lexicon;
mod masker;
mod names;
mod parameter_test;
mod rare_words;
mod scan;
mod several_words;
mod shapes;
mod signature_builder;
mod signatures;
mod single_column;
mod slots;
mod stack_trace;
mod tokens;
mod trace_lines;
mod values;
mod words;

pub use events::{EventJoiner, LogEvent};
use signatures::Signatures;
use std::num::NonZeroU32;

/// Stands for a parameter in a template's text.
pub const SLOT: &str = "<*>";

/// The bytes that are read of a line. A longer line's rest is part of its last parameter: a template is found in
/// the first kilobytes or not at all.
pub const LINE_BYTES: usize = 4096;

/// Characters of a template that are shown.
const TEXT_CHARS: usize = 1000;

/// A line's masked form, known as soon as the line is read. Two signatures can turn out to be of one
/// template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SignatureId(NonZeroU32);

/// A template of one [`Templates`]; counts from 0 in the order in which the lines came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TemplateId(u32);

impl SignatureId {
    /// Counts from 0 in the order in which the lines came.
    pub fn index(self) -> usize {
        usize::try_from(self.0.get()).unwrap_or(usize::MAX).saturating_sub(1)
    }
}

impl TemplateId {
    pub fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// Reads lines, one at a time, and keeps none.
///
/// Memory is bounded by two caps on the signatures, their number and their bytes. Past them a line of a
/// new form is read more coarsely (`rare_words`): only words that many signatures share count as constant,
/// the rest is parameters. Every line has an answer, whatever came before it.
#[derive(Debug, Default)]
pub struct Miner {
    masker: masker::Masker,
    signatures: Signatures,
}

impl Miner {
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one event, in any encoding, without its last line break: a line, or the several lines of a
    /// [`LogEvent`]. A blank one has no template.
    pub fn add(&mut self, event: &[u8]) -> Option<SignatureId> {
        let signature = self.masker.mask(event);
        if signature.is_empty() {
            return None;
        }
        NonZeroU32::new(self.signatures.add(signature).saturating_add(1)).map(SignatureId)
    }

    /// The templates of all lines read.
    pub fn finish(self) -> Templates {
        let (signatures, counts) = self.signatures.into_parts();
        let clusters::Clusters { of, texts } = clusters::cluster(&signatures);
        let mut templates: Vec<Template> =
            texts.into_iter().map(|text| Template { text, lines: 0 }).collect();
        for (&template, lines) in of.iter().zip(counts) {
            if let Some(template) = templates.get_mut(template.index()) {
                template.lines = template.lines.saturating_add(lines);
            }
        }
        Templates { of, templates }
    }
}

/// The templates of the lines that one [`Miner`] read.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    /// The template of each signature.
    of: Vec<TemplateId>,
    templates: Vec<Template>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The constant words, with [`SLOT`] for every parameter; one line, fit to be shown. White space is
    /// folded, and a measure that only repeats another, in parentheses, is left out.
    pub text: String,
    pub lines: u64,
}

impl Templates {
    /// The template of a line; `None` where another miner gave the id.
    pub fn template_of(&self, signature: SignatureId) -> Option<TemplateId> {
        self.of.get(signature.index()).copied()
    }

    /// The template of every signature, in the order of their ids.
    pub fn signatures(&self) -> impl ExactSizeIterator<Item = TemplateId> {
        self.of.iter().copied()
    }

    pub fn get(&self, id: TemplateId) -> Option<&Template> {
        self.templates.get(id.index())
    }

    pub fn len(&self) -> usize {
        self.templates.len()
    }

    pub fn is_empty(&self) -> bool {
        self.templates.is_empty()
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Template> {
        self.templates.iter()
    }
}
