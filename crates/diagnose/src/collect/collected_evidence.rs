//! Holds the evidence of one diagnosis as it is collected: each read ends here as evidence or as a gap.

use common::{
    Evidence, Gap, Observed,
    evidence::{ReadSource, Truncation},
    ports::Reading,
    topology::TopologyMap,
};
use jiff::Timestamp;
use reasoning::evidence::text::{SENTENCE_CHARS, one_line};

use super::context::budget::Allowance;

/// Holds the evidence that was read, and gaps for what could not be.
#[derive(Debug, Clone, Default)]
pub(crate) struct CollectedEvidence {
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) gaps: Vec<Gap>,
    /// The topology map, where one is known.
    pub(crate) map: Option<TopologyMap>,
    pub(crate) allowance: Allowance,
}

impl CollectedEvidence {
    /// Adds evidence of a whole answer.
    pub(crate) fn add(&mut self, at: Timestamp, command: &str, summary: &str, observed: Observed) {
        self.add_part(at, command, None, summary, observed);
    }

    /// Adds evidence of an answer of which `truncation` says what is missing.
    pub(crate) fn add_part(
        &mut self,
        at: Timestamp,
        command: &str,
        truncation: Option<Truncation>,
        summary: &str,
        observed: Observed,
    ) {
        let summary = one_line(summary, SENTENCE_CHARS);
        self.evidence.push(Evidence::new(command.to_owned(), at, summary, observed).truncated(truncation));
    }

    /// Adds a gap of a source of which only a part was read or kept.
    pub(crate) fn add_gap(&mut self, source: ReadSource, operation: &str, reason: &str) {
        self.gaps.push(Gap::new(source, operation, reason));
    }

    pub(crate) fn append(&mut self, other: Self) {
        self.evidence.extend(other.evidence);
        self.gaps.extend(other.gaps);
        self.map = other.map.or(self.map.take());
    }

    /// The reading, or `None` with its gap recorded.
    pub(crate) fn accept<T>(&mut self, reading: Result<Reading<T>, Gap>) -> Option<Reading<T>> {
        reading.map_err(|gap| self.gaps.push(gap)).ok()
    }

    /// The same for a reading of which a missing part is a gap too: one from whose answer it is concluded what is not
    /// there.
    pub(crate) fn accept_whole<T>(
        &mut self,
        source: ReadSource,
        reading: Result<Reading<T>, Gap>,
    ) -> Option<Reading<T>> {
        let reading = self.accept(reading)?;
        if let Some(truncation) = &reading.truncation {
            self.add_gap(source, &reading.command, &truncation.reason);
        }
        Some(reading)
    }
}
