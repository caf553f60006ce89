//! Defines the limits of an investigation.

use serde::Deserialize;

/// Limits that all hold at once; it does not matter which is reached first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Incidents of one application that are investigated in a UTC hour.
    pub investigations_per_hour: u32,
    /// Requests of one line of inquiry; one more where its answer had to be repaired.
    pub steps_per_line: u32,
    pub steps_of_weighing: u32,
    /// Requests altogether, throttled ones included.
    pub requests: u32,
    /// Tool calls altogether, in even shares for the lines and the weighing.
    pub tool_calls: u32,
    /// Times that a throttled request is tried again.
    pub throttle_tries: u32,
    /// Seconds of the whole investigation.
    pub seconds: u64,
    pub seconds_of_lines: u64,
    pub seconds_per_request: u64,
    pub seconds_per_tool: u64,
    pub input_tokens_per_request: u64,
    pub output_tokens_of_line: u32,
    pub output_tokens_of_weighing: u32,
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// The bytes of a token that an estimate assumes.
    pub bytes_per_token: u64,
    /// The digest of the brief.
    pub digest_bytes: usize,
    /// The digest of what the lines' tools read, for the weighing.
    pub gathered_bytes: usize,
    pub tool_answer_bytes: usize,
    pub steering_bytes: usize,
    /// All content of one response.
    pub answer_bytes: usize,
    pub hypotheses: usize,
}

impl Limits {
    /// Checks each limit for `lines` lines of inquiry; fails with the wrong field and the reason.
    pub(crate) fn check(&self, lines: usize) -> Result<(), (&'static str, String)> {
        let lines = u32::try_from(lines).unwrap_or(u32::MAX);
        let within = |field, value: u64, least: u64, most: u64| {
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                Err((field, format!("invalid value {value}: expected {least} to {most}")))
            }
        };
        let bytes = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
        within("lines", u64::from(lines), 1, 10)?;
        within("limits.investigations_per_hour", u64::from(self.investigations_per_hour), 1, 1_000)?;
        within("limits.steps_per_line", u64::from(self.steps_per_line), 1, 20)?;
        within("limits.steps_of_weighing", u64::from(self.steps_of_weighing), 1, 20)?;
        within("limits.requests", u64::from(self.requests), 2, 200)?;
        within("limits.tool_calls", u64::from(self.tool_calls), 0, 500)?;
        within("limits.throttle_tries", u64::from(self.throttle_tries), 0, 8)?;
        within("limits.seconds", self.seconds, 5, 800)?;
        within("limits.seconds_of_lines", self.seconds_of_lines, 5, self.seconds)?;
        within("limits.seconds_per_request", self.seconds_per_request, 1, self.seconds)?;
        within("limits.seconds_per_tool", self.seconds_per_tool, 1, self.seconds)?;
        within("limits.input_tokens_per_request", self.input_tokens_per_request, 1_000, 200_000)?;
        within("limits.output_tokens_of_line", u64::from(self.output_tokens_of_line), 100, 16_000)?;
        within("limits.output_tokens_of_weighing", u64::from(self.output_tokens_of_weighing), 100, 16_000)?;
        within("limits.input_tokens", self.input_tokens, self.input_tokens_per_request, 10_000_000)?;
        let one_answer = u64::from(self.output_tokens_of_line.max(self.output_tokens_of_weighing));
        within("limits.output_tokens", self.output_tokens, one_answer, 1_000_000)?;
        within("limits.bytes_per_token", self.bytes_per_token, 1, 4)?;
        within("limits.digest_bytes", bytes(self.digest_bytes), 2_000, 200_000)?;
        within("limits.gathered_bytes", bytes(self.gathered_bytes), 500, 100_000)?;
        within("limits.tool_answer_bytes", bytes(self.tool_answer_bytes), 500, 50_000)?;
        within("limits.steering_bytes", bytes(self.steering_bytes), 0, 20_000)?;
        within("limits.answer_bytes", bytes(self.answer_bytes), 1_000, 200_000)?;
        within("limits.hypotheses", bytes(self.hypotheses), 1, 10)?;
        // Without this, which lines can report would depend on which are faster.
        let planned = lines
            .saturating_mul(self.steps_per_line.saturating_add(1))
            .saturating_add(self.steps_of_weighing)
            .saturating_add(1);
        if self.requests < planned {
            let reason = format!(
                "invalid value {}: expected at least {planned}, which the lines and the weighing may make",
                self.requests
            );
            return Err(("limits.requests", reason));
        }
        Ok(())
    }

    /// The tool calls that each line, and the weighing, may make.
    pub(crate) fn tool_calls_of_each(&self, lines: usize) -> u32 {
        let parts = u32::try_from(lines).unwrap_or(u32::MAX).saturating_add(1);
        self.tool_calls.checked_div(parts).unwrap_or_default()
    }
}
