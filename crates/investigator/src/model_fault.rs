//! Names the faults of a model, of its answers, and of asking it.

/// The metric that each fault is counted under.
pub const FAULT_METRIC: &str = "ModelProblems";

macro_rules! model_faults {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A fault of a model, of its answer, or of asking it: a closed list, each counted under its name in the
        /// diagnosis and in the metric [`FAULT_METRIC`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ModelFault {
            $($(#[$doc])* $name,)*
        }

        impl ModelFault {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name under which the metric, the trace and the diagnosis have it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

model_faults! {
    // The answer's form.
    MalformedJson = "malformed_json",
    WrongType = "wrong_type",
    UnknownField = "unknown_field",
    MissingField = "missing_field",
    EmptyText = "empty_text",
    OversizedAnswer = "oversized_answer",
    EmptyAnswer = "empty_answer",
    /// It ended without the tool that an answer is given with.
    NoFinalAnswer = "no_final_answer",
    AnsweredTwice = "answered_twice",
    CallsBesideAnswer = "calls_beside_answer",
    Refusal = "refusal",
    /// A guardrail or content filter stepped in.
    Filtered = "filtered",
    /// It reached the most that it may say.
    CutOff = "cut_off",
    /// The reason given for stopping does not go with what was said.
    OddStop = "odd_stop",
    RepeatedToolUse = "repeated_tool_use",
    /// It says what a tool answered, which only we can.
    ClaimedToolResult = "claimed_tool_result",
    OddConfidence = "odd_confidence",

    // The closed lists.
    UnknownTool = "unknown_tool",
    UnknownComponent = "unknown_component",
    UnknownProvider = "unknown_provider",
    UnknownFailureMode = "unknown_failure_mode",
    UnknownAction = "unknown_action",
    InventedEvidence = "invented_evidence",

    // What is claimed.
    UncitedClaim = "uncited_claim",
    SelfContradiction = "self_contradiction",
    TooManyHypotheses = "too_many_hypotheses",
    RepeatedHypothesis = "repeated_hypothesis",
    ClaimsApproval = "claims_approval",
    LinkInAnswer = "link_in_answer",
    CommandInAnswer = "command_in_answer",
    /// Markup, a mention, or any other character that is not plain prose.
    MarkupInAnswer = "markup_in_answer",
    /// Letters that pass for others, or stacks of marks.
    OddLetters = "odd_letters",
    EchoesInstructions = "echoes_instructions",
    PromptLeak = "prompt_leak",
    FenceEcho = "fence_echo",
    SecretInAnswer = "secret_in_answer",
    HiddenCharacters = "hidden_characters",

    // Tools.
    ToolFailed = "tool_failed",
    ToolTimedOut = "tool_timed_out",
    TooManyToolCalls = "too_many_tool_calls",
    RepeatedCall = "repeated_call",
    /// A tool of the team's own that cannot be offered as it is.
    UnfitTeamTool = "unfit_team_tool",
    /// One for which there is no room beside the others.
    TooManyTeamTools = "too_many_team_tools",

    // The service.
    Throttled = "throttled",
    TimedOut = "timed_out",
    Unavailable = "unavailable",
    Denied = "denied",
    NotFound = "not_found",
    /// The service did not understand the request, or we did not understand its answer.
    NotUnderstood = "not_understood",
    ImplausibleUsage = "implausible_usage",
    /// A request cost more than was set aside for it.
    BeyondEstimate = "beyond_estimate",

    // Bounds.
    OverBudget = "over_budget",
    OverDayBudget = "over_day_budget",
    TooManyRequests = "too_many_requests",
    TooManyTokens = "too_many_tokens",
    OversizedRequest = "oversized_request",
    TooManyInvestigations = "too_many_investigations",
    OutOfTime = "out_of_time",

    // What has to be there before a model may be asked.
    SpendingUnreadable = "spending_unreadable",
    Unsettled = "unsettled",
    TraceUnwritable = "trace_unwritable",
    UnfitFence = "unfit_fence",
    NothingToName = "nothing_to_name",
}

impl ModelFault {
    /// The advice that a model gets before it answers again. It never quotes the model: that may be somebody
    /// else's words.
    pub(crate) const fn advice(self) -> &'static str {
        match self {
            Self::MalformedJson => "Its input is not JSON.",
            Self::WrongType => "A field is of the wrong type, or its value is not one of those listed.",
            Self::UnknownField => "It has a field that the schema does not have.",
            Self::MissingField => "A required field is missing.",
            Self::EmptyText => "A text is empty.",
            Self::OversizedAnswer | Self::CutOff => "It is too long. Be brief.",
            Self::AnsweredTwice => "The tool was used twice with different answers. Use it once.",
            Self::UnknownComponent => "It names a component that is not in the list.",
            Self::UnknownFailureMode => "It names a failure mode that is not in the list.",
            Self::InventedEvidence => "It cites evidence that does not exist.",
            Self::UncitedClaim => "A claim cites no evidence that was shown to you.",
            Self::SelfContradiction => "It contradicts itself.",
            Self::PromptLeak => "It repeats its instructions.",
            _ => "It was not given with the tool for it.",
        }
    }

    /// The reason why there is no opinion, for people.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::OverBudget => "the incident's budget for the model is used up",
            Self::OverDayBudget => "the day's budget for the model is used up",
            Self::BeyondEstimate => "a request to the model cost more than its estimated maximum",
            Self::TooManyRequests => "the limit on requests to the model was reached",
            Self::TooManyTokens => "the limit on tokens was reached",
            Self::OversizedRequest => "the evidence is too long for one request to the model",
            Self::TooManyInvestigations => {
                "the limit on investigations of this application in an hour was reached"
            }
            Self::OutOfTime => "the time limit for asking the model was reached",
            Self::TimedOut => "the model did not answer in time",
            Self::Throttled => "the model service throttled the requests",
            Self::Unavailable => "the model could not be reached",
            Self::Denied => "access to the model was denied",
            Self::NotFound => "the model does not exist",
            Self::NotUnderstood => {
                "the model service rejected the request, or its response could not be parsed"
            }
            Self::SpendingUnreadable => "the money spent so far could not be read",
            Self::TraceUnwritable => "the conversation with the model could not be recorded",
            Self::UnfitFence => "the token that fences untrusted text is invalid",
            Self::NothingToName => "no component is known that could hold the cause",
            Self::Filtered => "the model's answer was filtered",
            Self::Refusal => "the model refused to answer",
            Self::OversizedAnswer => "the model's answer was too long",
            Self::CutOff => "the model's answer was cut off",
            Self::EmptyAnswer | Self::NoFinalAnswer => "the model gave no answer",
            Self::UncitedClaim | Self::InventedEvidence => "no evidence supports what the model claims",
            Self::UnknownComponent => "the model named components that do not exist",
            _ => "the model's answer could not be used",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn model_fault_names_are_distinct_and_in_snake_case() {
        let names: BTreeSet<_> = ModelFault::ALL.iter().map(|fault| fault.as_str()).collect();
        assert_eq!(names.len(), ModelFault::ALL.len());
        assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
    }
}
