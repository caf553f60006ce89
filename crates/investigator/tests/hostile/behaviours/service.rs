//! Lists behaviours of a service that does its worst.

use common::ports::PortErrorKind;
use investigator::ModelFault;

use crate::{
    harness::script::{ExpectedEnding, HostileBehaviour, behaviour, fails, honest, in_lines, in_weighing},
    harness::stage::Reply,
};

pub(crate) fn behaviours() -> Vec<HostileBehaviour> {
    use ExpectedEnding::{Hypotheses, Unusable};
    use PortErrorKind::{Denied, Invalid, NotFound, Throttled, Unavailable};
    vec![
        behaviour("throttled once", &[ModelFault::Throttled], Hypotheses, |asked| {
            if asked.nth == 1 { fails(Throttled) } else { honest_after(asked, 1) }
        }),
        behaviour(
            "throttled three times",
            &[ModelFault::Throttled],
            Hypotheses,
            in_weighing(|asked| if asked.nth <= 3 { fails(Throttled) } else { honest(asked) }),
        ),
        behaviour("throttled always", &[ModelFault::Throttled], Unusable, |_| fails(Throttled)),
        behaviour(
            "throttled in the lines",
            &[ModelFault::Throttled],
            Hypotheses,
            in_lines(|_| fails(Throttled)),
        ),
        behaviour("it never answers", &[ModelFault::TimedOut], Unusable, |_| Reply::Hang),
        behaviour(
            "it never answers the lines",
            &[ModelFault::TimedOut],
            Hypotheses,
            in_lines(|_| Reply::Hang),
        ),
        behaviour(
            "it never answers the weighing",
            &[ModelFault::TimedOut],
            Unusable,
            in_weighing(|_| Reply::Hang),
        ),
        behaviour("it answers too late for the lines", &[ModelFault::OutOfTime], Hypotheses, honest).on(
            |stage| {
                stage.tools.hangs = true;
                stage.bundle.limits.seconds_of_lines = 5;
            },
        ),
        behaviour("the time is over", &[ModelFault::OutOfTime], Unusable, |_| Reply::Hang).on(|stage| {
            stage.bundle.limits.seconds = 20;
        }),
        behaviour("unreachable", &[ModelFault::Unavailable], Unusable, |_| fails(Unavailable)),
        behaviour(
            "cut off in the middle of an answer",
            &[ModelFault::NotUnderstood],
            Unusable,
            in_weighing(|_| fails(Invalid)),
        ),
        behaviour("an answer that is no answer", &[ModelFault::NotUnderstood], Unusable, |_| fails(Invalid)),
        behaviour("not permitted", &[ModelFault::Denied], Unusable, |_| fails(Denied)),
        behaviour(
            "a model that does not exist",
            &[ModelFault::NotFound],
            Unusable,
            in_weighing(|_| fails(NotFound)),
        ),
        behaviour("gone after the first round", &[ModelFault::Unavailable], Unusable, |asked| {
            if asked.nth == 1 && !asked.weighs() { honest(asked) } else { fails(Unavailable) }
        }),
        behaviour(
            "one line hangs, one is throttled, one is gone",
            &[ModelFault::TimedOut, ModelFault::Throttled, ModelFault::Unavailable],
            Hypotheses,
            |asked| match asked.line.as_str() {
                "deployment" => Reply::Hang,
                "capacity" => fails(Throttled),
                "traffic" => fails(Unavailable),
                _ => honest(asked),
            },
        ),
    ]
}

/// Honest, as if the first `before` requests of the line had not been.
fn honest_after(asked: &crate::harness::stage::ScriptedRequest<'_>, before: u32) -> Reply {
    let crate::harness::stage::ScriptedRequest { line, nth, request, known } = asked;
    honest(&crate::harness::stage::ScriptedRequest {
        line: line.clone(),
        nth: nth.saturating_sub(before),
        request,
        known,
    })
}
