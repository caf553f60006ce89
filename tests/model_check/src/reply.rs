//! The answers of the functions, written by their own types.

use serde::Serialize;
use serde_json::{Value, json};

use crate::call::PlanName;

/// An answer to a call, or the error that is left of it when no retry helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reply {
    Explained,
    AlreadyRecovered,
    /// `tell` says whether people are told what is known.
    LookAgain {
        tell: bool,
    },
    Abstained,
    Allow(PlanName),
    Ask(PlanName),
    Deny,
    TargetHeld(PlanName),
    TargetFree,
    Started(PlanName),
    Refused,
    Running,
    Succeeded,
    Failed,
    NothingToUndo,
    Wait,
    Verify,
    Left,
    Recovered,
    NotYet,
    Recovering,
    Unchanged,
    Unknown,
    /// The answer of a person, through the task token.
    Answered {
        approved: bool,
    },
    Expired,
    Decided {
        approved: bool,
    },
    Delivered,
    /// A result that no choice knows.
    Surprise,
    Error,
    Timeout,
}

impl Reply {
    /// The result of the task, or the name of its error.
    pub(crate) fn result(self, is_by_token: bool) -> Result<Value, &'static str> {
        match self {
            Self::Error => return Err("Port.Unavailable"),
            Self::Timeout => return Err("States.Timeout"),
            _ => {}
        }
        let payload = self.payload();
        Ok(if is_by_token { payload } else { json!({ "StatusCode": 200, "Payload": payload }) })
    }

    fn payload(self) -> Value {
        let reason = || "…".to_owned();
        let summary = reason;
        match self {
            Self::Explained => write(diagnose::Output::Explained { summary: summary(), confidence: 0.9 }),
            Self::AlreadyRecovered => write(diagnose::Output::AlreadyRecovered { summary: summary() }),
            Self::LookAgain { tell } => write(diagnose::Output::LookAgain {
                wait_seconds: 60,
                wait_limit_seconds: 240,
                tell,
                reason: reason(),
            }),
            Self::Abstained => write(diagnose::Output::Abstained { reason: reason() }),
            Self::Allow(plan) => write(remediate::Output::Allow { plan_hash: plan.hash(), reason: reason() }),
            Self::Ask(plan) => write(remediate::Output::Ask { plan_hash: plan.hash(), reason: reason() }),
            Self::Deny => write(remediate::Output::Deny { reason: reason() }),
            Self::TargetHeld(plan) => {
                write(remediate::Output::TargetHeld { plan_hash: plan.hash(), reason: reason() })
            }
            Self::TargetFree => write(remediate::Output::TargetFree),
            Self::Started(plan) => write(remediate::Output::Started { plan_hash: plan.hash() }),
            Self::Refused => write(remediate::Output::Refused { reason: reason() }),
            Self::Running => write(remediate::Output::Running),
            Self::Succeeded => write(remediate::Output::Succeeded),
            Self::Failed => write(remediate::Output::Failed { reason: reason() }),
            Self::NothingToUndo => write(remediate::Output::NothingToUndo { reason: reason() }),
            Self::Wait => write(remediate::Output::Wait { reason: reason() }),
            Self::Verify => write(remediate::Output::Verify { wait_seconds: 15, reason: reason() }),
            Self::Left => write(remediate::Output::Left { reason: reason() }),
            Self::Recovered => write(verify::Output::Recovered { summary: summary() }),
            Self::NotYet => write(verify::Output::NotYet { wait_seconds: 60, summary: summary() }),
            Self::Recovering => write(verify::Output::Recovering { wait_seconds: 60, summary: summary() }),
            Self::Unchanged => write(verify::Output::Unchanged { summary: summary() }),
            Self::Unknown => write(verify::Output::Unknown { summary: summary() }),
            Self::Answered { approved } => {
                json!({ "result": if approved { "approved" } else { "denied" }, "by": "ann" })
            }
            Self::Expired => write(approve::Output::Expired),
            Self::Decided { approved } => write(approve::Output::Decided { approved }),
            Self::Delivered => {
                let (channel, message_id) = ("sns".to_owned(), "1".to_owned());
                write(notify::Output::Delivered { channel, message_id })
            }
            Self::Surprise | Self::Error | Self::Timeout => json!({ "result": "surprise" }),
        }
    }
}

fn write(output: impl Serialize) -> Value {
    serde_json::to_value(output).unwrap_or_else(|error| panic!("{error}"))
}
