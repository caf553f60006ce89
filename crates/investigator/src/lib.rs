//! Asks a language model what caused an incident. The model investigates with tools that only read, along
//! several lines of inquiry at once, and a larger one weighs what they found.
//!
//! # What it may do
//!
//! - say which of the listed components it holds for the cause, in which of the listed ways, and which of the
//!   catalogue's actions would mend it: by id, without target and without parameters;
//! - cite evidence that was shown to it, for and against;
//! - write a cause, an impact and a lasting fix, each a line of text that is as untrusted as a log line;
//! - ask for more evidence, from the read-only tools behind [`Tools`];
//! - abstain.
//!
//! # What it cannot do, whatever it says
//!
//! - act, approve, or raise what is permitted: nothing of it is a fact, and its own confidence is only recorded;
//! - name what does not exist: each id is held against a closed list, and what is not there is dropped and
//!   counted;
//! - use more than the [`Bundle`] grants: requests, calls of tools, seconds, tokens, bytes, money per incident
//!   and per day (the worst case is set aside before each request, and what turns out dearer is counted and
//!   ends it), investigations per application and hour;
//! - go unseen: every request and answer is a [`common::reasoning::ReasoningStep`], and what cannot be kept
//!   there ends the investigation;
//! - be steered unnoticed by what it reads: all text from outside is one line, capped, without hidden characters
//!   and secrets, inside a fence that is drawn anew for each investigation; what it answers is held against
//!   the lists all the same, because a fence persuades and does not bind.
//!
//! [`investigate`] never fails and never panics: where there is no answer that can be used, the opinion is
//! [`common::reasoning::ModelVerdict::Unusable`] with the reason, and the diagnosis is what it would be
//! without a model.
//!
//! The crate decides and talks to ports; it has no AWS in it, and no randomness: the fence's token comes with
//! the [`Brief`].

mod answer;
mod brief;
mod budget;
pub mod bundle;
mod conversation;
mod fence;
mod investigate;
mod model_fault;
mod model_input;

pub use brief::{Brief, Ports, Runbook, ToolAnswer, Tools};
pub use bundle::{Bundle, Bundles, InvalidBundle, Overrides};
pub use fence::Fence;
pub use investigate::{NO_APPLICATION, PROBLEMS, investigate};
pub use model_fault::Problem;
