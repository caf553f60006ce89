//! The section on what is not known.

use common::Gap;

use super::text::{at_most, line};
use crate::incident_snapshot::IncidentSnapshot;

const MAX_LINES: usize = 8;

/// Returns what could not be read for this message or recorded, and the gaps of the diagnosis.
pub(super) fn unknown(snapshot: &IncidentSnapshot) -> Vec<String> {
    let mut lines: Vec<_> = snapshot.problems.iter().map(|problem| line(problem)).collect();
    lines.extend(snapshot.diagnosis.iter().flat_map(|diagnosis| gap_lines(&diagnosis.gaps)));
    at_most(lines, MAX_LINES)
}

/// Renders each gap on one line, and all that only concern context on one line together.
fn gap_lines(gaps: &[Gap]) -> Vec<String> {
    let (context, essential): (Vec<_>, Vec<_>) = gaps.iter().partition(|gap| gap.context);
    let mut lines: Vec<_> =
        essential.iter().map(|gap| format!("{}: {}", line(&gap.query), line(&gap.reason))).collect();
    if !context.is_empty() {
        let names: Vec<_> = context.iter().map(|gap| line(&gap.query)).collect();
        lines.push(line(&format!("Optional sources not read: {}", names.join(", "))));
    }
    lines
}
