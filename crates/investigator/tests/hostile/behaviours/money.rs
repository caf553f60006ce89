//! Lists behaviours with wrong token counts, and with too little money.

use common::{
    MicroUsd,
    model::{ModelResponse, Usage},
};
use investigator::ModelFault;

use crate::{
    harness::script::{ExpectedEnding, HostileBehaviour, behaviour, honest},
    harness::stage::{Reply, ScriptedRequest},
};

/// Honest but for the tokens that it counts.
fn counts(usage: Usage) -> impl Fn(&ScriptedRequest<'_>) -> Reply {
    move |asked| match honest(asked) {
        Reply::Answer(answer) => Reply::Answer(ModelResponse { usage, ..answer }),
        other => other,
    }
}

pub(crate) fn behaviours() -> Vec<HostileBehaviour> {
    use ExpectedEnding::{Hypotheses, Unusable};
    let all = |tokens| Usage { input: tokens, output: tokens, cache_read: tokens, cache_write: tokens };
    vec![
        behaviour("no tokens at all", &[ModelFault::ImplausibleUsage], Hypotheses, counts(all(0))),
        behaviour("one token", &[ModelFault::ImplausibleUsage], Hypotheses, counts(all(1))),
        behaviour(
            "all the tokens there are",
            &[ModelFault::ImplausibleUsage, ModelFault::BeyondEstimate],
            Unusable,
            counts(all(u64::MAX)),
        )
        .on(|stage| stage.bundle.money.per_incident = MicroUsd(120_000)),
        behaviour(
            "all the tokens there are, from the cache",
            &[ModelFault::ImplausibleUsage],
            Hypotheses,
            counts(Usage { cache_read: u64::MAX, output: 100, ..Usage::default() }),
        ),
        behaviour(
            "more output than it was allowed",
            &[ModelFault::ImplausibleUsage],
            Hypotheses,
            counts(Usage { input: 4_000, output: u64::MAX, ..Usage::default() }),
        ),
        behaviour(
            "twice the tokens that were estimated",
            &[ModelFault::BeyondEstimate],
            Unusable,
            counts(Usage { input: 20_000, output: 700, ..Usage::default() }),
        )
        .on(|stage| stage.bundle.money.per_incident = MicroUsd(120_000)),
        behaviour(
            "everything from the cache",
            &[],
            Hypotheses,
            counts(Usage { cache_read: 6_000, input: 100, output: 300, cache_write: 0 }),
        ),
        behaviour("no money", &[ModelFault::OverBudget], Unusable, honest).on(|stage| {
            stage.bundle.money.per_incident = MicroUsd::ZERO;
        }),
        behaviour("money for one line", &[ModelFault::OverBudget], Unusable, honest).on(|stage| {
            stage.bundle.money.per_incident = MicroUsd(40_000);
        }),
        behaviour(
            "money for the lines and not for the weighing",
            &[ModelFault::OverBudget],
            Unusable,
            honest,
        )
        .on(|stage| {
            stage.bundle.money.per_incident = MicroUsd(100_000);
            stage.bundle.money.percent_for_weighing = 0;
        }),
        behaviour("the day's money is spent", &[ModelFault::OverDayBudget], Unusable, honest).on(|stage| {
            stage.till.spent_today = stage.bundle.money.per_day;
        }),
        behaviour("the day's money ends in the middle", &[ModelFault::OverDayBudget], Unusable, honest).on(
            |stage| {
                stage.till.spent_today = stage.bundle.money.per_day.saturating_sub(MicroUsd(90_000));
            },
        ),
        behaviour("what was spent cannot be read", &[ModelFault::SpendingUnreadable], Unusable, honest).on(
            |stage| {
                stage.till.unreadable = true;
            },
        ),
        behaviour("what was spent cannot be settled", &[ModelFault::Unsettled], Hypotheses, honest).on(
            |stage| {
                stage.till.unsettled = true;
            },
        ),
        behaviour("a storm", &[ModelFault::TooManyInvestigations], Unusable, honest).on(|stage| {
            stage.till.others_this_hour = stage.bundle.limits.investigations_per_hour;
        }),
        behaviour("a trace that cannot be written", &[ModelFault::TraceUnwritable], Unusable, honest).on(
            |stage| {
                stage.faults.fail_operation("Reasoning::put_step");
            },
        ),
        behaviour(
            "a trace of which one step cannot be written",
            &[ModelFault::TraceUnwritable],
            Unusable,
            honest,
        )
        .on(|stage| {
            stage.faults.fail_call(8, fakes::When::Before);
        }),
        behaviour("a fence that can be guessed", &[ModelFault::UnfitFence], Unusable, honest).on(|stage| {
            stage.known.fence = String::from("guess");
        }),
        behaviour("nothing that may be named", &[ModelFault::NothingToName], Unusable, honest).on(|stage| {
            stage.known.components.clear();
        }),
        behaviour(
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
        behaviour("few tokens", &[ModelFault::TooManyTokens], Hypotheses, honest).on(|stage| {
            stage.bundle.limits.input_tokens = 20_000;
        }),
        behaviour("little room to answer altogether", &[ModelFault::TooManyTokens], Unusable, honest).on(
            |stage| {
                stage.bundle.limits.output_tokens = 1_500;
            },
        ),
        behaviour("a request that would be too long", &[ModelFault::OversizedRequest], Unusable, honest).on(
            |stage| {
                stage.bundle.limits.input_tokens_per_request = 3_000;
            },
        ),
    ]
}
