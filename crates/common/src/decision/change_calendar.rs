//! Defines what the team's change calendars say.

use serde::{Deserialize, Serialize};

/// The state of all change calendars that the team names, taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeCalendar {
    /// Every calendar is open, or the team names none.
    Open,
    /// At least one calendar is closed.
    Closed,
    /// A calendar could not be read, which counts as closed.
    Unreadable,
}
