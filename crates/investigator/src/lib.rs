//! Asks a language model what caused an incident, within bounds that no answer can pass.
//!
//! # How an investigation goes
//!
//! 1. `investigate.rs` admits the investigation (so many an hour for an application) and runs the steps below
//!    within the bundle's time.
//! 2. `model_input/` puts the [`Brief`] into a digest of ids, numbers and fenced text, and lists the tools that the
//!    model may call.
//! 3. `investigate/lines_of_inquiry.rs` follows each line of the [`Bundle`] with the small model, all at once; then
//!    `investigate/weighing.rs` lets the large model decide between the evidence and the lines' reports.
//! 4. Each of these is one `conversation/`: reserve the money for a request, send it, record it, parse the response,
//!    call the tools that it asks for, until it gives its answer. `budget/` counts what all of them use together.
//! 5. `answer/` holds the answer to the closed lists: what is not in them is dropped and counted as a
//!    [`ModelFault`].
//! 6. `investigate/opinion.rs` makes the [`common::ModelOpinion`], with what it took.
//!
//! # What the model may do
//!
//! - name, by id, which of the listed components holds the cause, in which of the listed failure modes, and which
//!   of the catalogue's actions would mitigate it: without a target and without parameters;
//! - cite evidence that was shown to it, for and against;
//! - write a cause, an impact and a permanent fix, each a line of text that is as untrusted as a log line;
//! - ask for more evidence, from the read-only tools behind [`ReadOnlyTools`];
//! - abstain.
//!
//! # What it cannot do, whatever it answers
//!
//! - act, approve, or raise what is permitted: nothing in its answer is a fact, and its own confidence is only
//!   recorded;
//! - name what does not exist: each id is looked up in a closed list, and one that is not there is dropped and
//!   counted;
//! - use more than the [`Bundle`] grants: requests, tool calls, seconds, tokens, bytes, money per incident and per
//!   day (the worst case is reserved before each request; one that costs more is counted and ends the
//!   investigation), investigations per application and hour;
//! - go unrecorded: every request and response is a [`common::reasoning::ReasoningStep`], and one that cannot be
//!   recorded ends the investigation;
//! - be steered unnoticed by what it reads: all text from outside is one line, capped, without hidden characters and
//!   secrets, inside a [`Fence`] that is drawn anew for each investigation. The answer is held to the closed lists
//!   all the same, because a fence persuades and does not bind.
//!
//! [`investigate`] never fails and never panics: where there is no usable answer, the opinion is
//! [`common::reasoning::ModelVerdict::Unusable`] with the reason, and the diagnosis is what it would be without a
//! model.
//!
//! The crate decides and talks to ports; it has no AWS in it, and no randomness: the fence's token comes with the
//! [`Brief`].

mod answer;
mod brief;
mod budget;
pub mod bundle;
mod context;
mod conversation;
mod fence;
mod investigate;
mod model_fault;
mod model_input;
mod ports;

pub use brief::{Brief, RunbookMatch, RunbookSource};
pub use bundle::{Bundle, Bundles, Geography, GeographyChoice, InvalidBundle, Overrides};
pub use fence::Fence;
pub use investigate::{NO_APPLICATION, investigate};
pub use model_fault::{FAULT_METRIC, ModelFault};
pub use ports::{InvestigatorPorts, Ports, ReadOnlyTools, ToolAnswer};
