//! Writes the section on what is not known.

use common::evidence::gap_lines;

use super::text::{at_most, line};
use crate::incident_snapshot::IncidentSnapshot;

const MAX_LINES: usize = 8;

/// Returns what could not be read for this message or recorded, and the gaps of the diagnosis.
pub(super) fn unknown(snapshot: &IncidentSnapshot) -> Vec<String> {
    let mut lines: Vec<_> = snapshot.problems.iter().map(|problem| line(problem)).collect();
    lines.extend(
        gap_lines(snapshot.diagnosis.iter().flat_map(|diagnosis| &diagnosis.gaps))
            .iter()
            .map(|gap| line(gap)),
    );
    at_most(lines, MAX_LINES)
}
