//! The diagnosis as people and the store get it: cause, timeline, impact, blast radius, permanent fix.

pub mod blast_radius;
pub mod impact;
pub mod incident_report;
pub mod lasting_fix;
pub mod lasting_fixes;
pub mod report_facts;
pub mod timeline;
pub mod trigger;
pub mod write_up;

use common::secrets::masked;

use crate::evidence::text::one_line;

/// The longest that one line of the timeline, or the impact, may be, in characters.
const LINE_CHARS: usize = 240;

/// A text from anywhere, fit to be kept and shown.
fn shown(text: &str, most: usize) -> String {
    one_line(&masked(text), most)
}
