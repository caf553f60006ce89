//! Defines the terms of one conversation: its model, its task's name, and how far it may go.

use common::ports::Caps;
use tokio::time::Instant;

use crate::{budget::Allowance, bundle::PricedModel};

#[derive(Debug)]
pub(crate) struct ConversationSpec<'a> {
    /// The line of inquiry, or `weigh`, as the trace names it.
    pub(crate) line: &'a str,
    pub(crate) model: &'a PricedModel,
    /// Requests; one more where the answer has to be repaired.
    pub(crate) steps: u32,
    pub(crate) tool_calls: u32,
    /// Tokens of one answer.
    pub(crate) output_tokens: u32,
    pub(crate) caps: Caps,
    pub(crate) allowance: Allowance,
    /// True where other conversations may give money back that this one lacks, so that waiting can help.
    pub(crate) waits_for_money: bool,
    /// No request and no tool call goes on beyond it.
    pub(crate) deadline: Instant,
    /// The position among the lines, from 0: it sets their retries apart.
    pub(crate) position: u32,
}
