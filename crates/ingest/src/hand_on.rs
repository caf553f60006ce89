//! Rejects a batch that Step Functions could not hand from one state to the next. Pure.

use common::Signal;

/// A state takes 256 KiB (`DataLimitExceeded` in Step Functions' quotas); the rest is for the answer's own fields.
const MAX_BYTES: usize = 250 * 1024;

/// Returns the batch; fails with the reason where it is larger than a state takes: a rejected event is kept whole and told.
pub(crate) fn batch(signals: Vec<Signal>) -> Result<Vec<Signal>, String> {
    let bytes = serde_json::to_vec(&signals).map_or(usize::MAX, |json| json.len());
    if bytes <= MAX_BYTES {
        return Ok(signals);
    }
    Err(format!(
        "the event holds {} signals of {} KiB together: expected at most {} KiB, which is what a state of Step Functions takes",
        signals.len(),
        bytes / 1024,
        MAX_BYTES / 1024
    ))
}
