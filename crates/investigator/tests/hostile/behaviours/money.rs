//! Counting that lies, and money that is short.

use common::{
    MicroUsd,
    model::{ModelResponse, Usage},
};
use investigator::ModelFault;

use crate::{
    harness::script::{Case, Ends, case, honest},
    harness::stage::{Asked, Reply},
};

/// Honest but for the tokens that it counts.
fn counts(usage: Usage) -> impl Fn(&Asked<'_>) -> Reply {
    move |asked| match honest(asked) {
        Reply::Answer(answer) => Reply::Answer(ModelResponse { usage, ..answer }),
        other => other,
    }
}

pub(crate) fn cases() -> Vec<Case> {
    use Ends::{Hypotheses, Unusable};
    let all = |tokens| Usage { input: tokens, output: tokens, cache_read: tokens, cache_write: tokens };
    vec![
        case("no tokens at all", &[ModelFault::ImplausibleUsage], Hypotheses, counts(all(0))),
        case("one token", &[ModelFault::ImplausibleUsage], Hypotheses, counts(all(1))),
        case(
            "all the tokens there are",
            &[ModelFault::ImplausibleUsage, ModelFault::BeyondEstimate],
            Unusable,
            counts(all(u64::MAX)),
        )
        .on(|stage| stage.bundle.money.per_incident = MicroUsd(120_000)),
        case(
            "all the tokens there are, from the cache",
            &[ModelFault::ImplausibleUsage],
            Hypotheses,
            counts(Usage { cache_read: u64::MAX, output: 100, ..Usage::default() }),
        ),
        case(
            "more output than it was allowed",
            &[ModelFault::ImplausibleUsage],
            Hypotheses,
            counts(Usage { input: 4_000, output: u64::MAX, ..Usage::default() }),
        ),
        case(
            "twice the tokens that were estimated",
            &[ModelFault::BeyondEstimate],
            Unusable,
            counts(Usage { input: 20_000, output: 700, ..Usage::default() }),
        )
        .on(|stage| stage.bundle.money.per_incident = MicroUsd(120_000)),
        case(
            "everything from the cache",
            &[],
            Hypotheses,
            counts(Usage { cache_read: 6_000, input: 100, output: 300, cache_write: 0 }),
        ),
        case("no money", &[ModelFault::OverBudget], Unusable, honest).on(|stage| {
            stage.bundle.money.per_incident = MicroUsd::ZERO;
        }),
        case("money for one line", &[ModelFault::OverBudget], Unusable, honest).on(|stage| {
            stage.bundle.money.per_incident = MicroUsd(40_000);
        }),
        case("money for the lines and not for the weighing", &[ModelFault::OverBudget], Unusable, honest).on(
            |stage| {
                stage.bundle.money.per_incident = MicroUsd(100_000);
                stage.bundle.money.percent_for_weighing = 0;
            },
        ),
        case("the day's money is spent", &[ModelFault::OverDayBudget], Unusable, honest).on(|stage| {
            stage.till.spent_today = stage.bundle.money.per_day;
        }),
        case("the day's money ends in the middle", &[ModelFault::OverDayBudget], Unusable, honest).on(
            |stage| {
                stage.till.spent_today = stage.bundle.money.per_day.saturating_sub(MicroUsd(90_000));
            },
        ),
        case("what was spent cannot be read", &[ModelFault::SpendingUnreadable], Unusable, honest).on(
            |stage| {
                stage.till.unreadable = true;
            },
        ),
        case("what was spent cannot be settled", &[ModelFault::Unsettled], Hypotheses, honest).on(|stage| {
            stage.till.unsettled = true;
        }),
        case("a storm", &[ModelFault::TooManyInvestigations], Unusable, honest).on(|stage| {
            stage.till.others_this_hour = stage.bundle.limits.investigations_per_hour;
        }),
        case("a trace that cannot be written", &[ModelFault::TraceUnwritable], Unusable, honest).on(
            |stage| {
                stage.faults.fail_operation("Reasoning::put_step");
            },
        ),
        case("a trace of which one step cannot be written", &[ModelFault::TraceUnwritable], Unusable, honest)
            .on(|stage| {
                stage.faults.fail_call(8, fakes::When::Before);
            }),
        case("a fence that can be guessed", &[ModelFault::UnfitFence], Unusable, honest).on(|stage| {
            stage.known.fence = String::from("guess");
        }),
        case("nothing that may be named", &[ModelFault::NothingToName], Unusable, honest).on(|stage| {
            stage.known.components.clear();
        }),
        case(
            "few requests",
            &[ModelFault::TooManyRequests],
            Hypotheses,
            crate::harness::script::in_lines(|asked| match asked.nth {
                4 => honest(asked),
                _ => crate::harness::script::fails(common::ports::PortErrorKind::Throttled),
            }),
        )
        .on(|stage| {
            stage.bundle.limits.steps_of_weighing = 0;
            stage.bundle.limits.requests = 5;
        }),
        case("few tokens", &[ModelFault::TooManyTokens], Hypotheses, honest).on(|stage| {
            stage.bundle.limits.input_tokens = 20_000;
        }),
        case("little room to answer altogether", &[ModelFault::TooManyTokens], Unusable, honest).on(
            |stage| {
                stage.bundle.limits.output_tokens = 1_500;
            },
        ),
        case("a request that would be too long", &[ModelFault::OversizedRequest], Unusable, honest).on(
            |stage| {
                stage.bundle.limits.input_tokens_per_request = 3_000;
            },
        ),
    ]
}
