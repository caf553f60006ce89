//! Sends one request to the model, and tries again where the service is throttled.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use common::{
    Clock as _, MicroUsd, PortError,
    model::{ModelRequest, ModelResponse, Usage},
    ports::{Model as _, PortErrorKind},
};
use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::{
    recorder::StepRecorder, reservation::Reservation, response::ReceivedResponse, spec::ConversationSpec,
};
use crate::{
    budget::{TokenEstimate, plausible_usage, time_left, within},
    context::InvestigationContext,
    model_fault::ModelFault,
    ports::InvestigatorPorts,
};

/// The wait before a throttled request is tried for the second time; it doubles with each try.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The wait that each line adds to the one before it, so that the lines do not try again together.
const WAIT_BETWEEN_LINES: Duration = Duration::from_millis(150);

/// Sends `request`. Every try that fails is recorded; the response is not yet, because it is recorded together
/// with what was wrong in it.
pub(super) async fn send<P: InvestigatorPorts>(
    context: &InvestigationContext<'_, P>,
    recorder: &mut StepRecorder<'_>,
    request: &ModelRequest,
) -> Result<ReceivedResponse, ModelFault> {
    let result = send_with_retries(context, recorder, request).await;
    if let Err(fault) = &result
        && ends_by_a_bound(*fault)
    {
        context.count_fault(*fault);
    }
    result
}

/// True for a bound of ours. A fault of the service is counted with each try.
const fn ends_by_a_bound(fault: ModelFault) -> bool {
    matches!(
        fault,
        ModelFault::OverBudget
            | ModelFault::OverDayBudget
            | ModelFault::TooManyRequests
            | ModelFault::TooManyTokens
            | ModelFault::OversizedRequest
            | ModelFault::OutOfTime
    )
}

async fn send_with_retries<P: InvestigatorPorts>(
    context: &InvestigationContext<'_, P>,
    recorder: &mut StepRecorder<'_>,
    request: &ModelRequest,
) -> Result<ReceivedResponse, ModelFault> {
    let limits = &context.bundle.limits;
    let spec = recorder.spec;
    let estimate = TokenEstimate::from_request(request, limits.bytes_per_token);
    let mut waits = retry_waits(limits.throttle_tries, spec.position);
    loop {
        check_bounds(context, spec, request, estimate)?;
        let reservation = Reservation::new(context, spec, request, estimate).await?;
        let response = converse_in_time(context, spec, request).await;
        let elapsed_ms = milliseconds_between(reservation.at, context.ports.clock().now());
        let fault = match response {
            Ok(response) => {
                let (usage, fault) = plausible_usage(estimate, request, &response);
                let cost = spec.model.price.cost(usage);
                reservation.count_usage(context, usage);
                reservation.settle(context, cost).await;
                return Ok(ReceivedResponse { response, at: reservation.at, elapsed_ms, usage, cost, fault });
            }
            Err(fault) => fault,
        };
        let cost = settle_failed(context, spec, &reservation, fault).await;
        if fault != ModelFault::OutOfTime {
            context.count_fault(fault);
        }
        recorder.record_failure(context, reservation.at, elapsed_ms, cost, fault).await?;
        if fault != ModelFault::Throttled {
            return Err(fault);
        }
        match waits.next() {
            Some(wait) if wait < time_left(spec.deadline) => {
                sleep(context.ports.clock().time_to_sleep(wait)).await;
            }
            _ => return Err(fault),
        }
    }
}

/// The waits between the tries of a throttled request, as many as it may be tried again.
fn retry_waits(tries: u32, position: u32) -> impl Iterator<Item = Duration> {
    let tries = usize::try_from(tries).unwrap_or(usize::MAX);
    let doubling = ExponentialBuilder::default()
        .with_min_delay(FIRST_WAIT)
        .with_factor(2.0)
        .without_max_delay()
        .with_max_times(tries)
        .build();
    doubling.map(move |wait| wait.saturating_add(WAIT_BETWEEN_LINES.saturating_mul(position)))
}

/// Asks the model once, for as long as a request and its conversation may take.
async fn converse_in_time<P: InvestigatorPorts>(
    context: &InvestigationContext<'_, P>,
    spec: &ConversationSpec<'_>,
    request: &ModelRequest,
) -> Result<ModelResponse, ModelFault> {
    let limit = Duration::from_secs(context.bundle.limits.seconds_per_request);
    let left = time_left(spec.deadline);
    let on_timeout = || if left < limit { ModelFault::OutOfTime } else { ModelFault::TimedOut };
    let response = within(limit.min(left), on_timeout, async {
        context.ports.model().converse(request).await.map_err(|error| fault_of(&error))
    })
    .await;
    context.usage.with(|totals| totals.in_flight = totals.in_flight.saturating_sub(1));
    response
}

/// Settles a request that had no answer, and returns what it counts as having cost.
async fn settle_failed<P: InvestigatorPorts>(
    context: &InvestigationContext<'_, P>,
    spec: &ConversationSpec<'_>,
    reservation: &Reservation,
    fault: ModelFault,
) -> MicroUsd {
    if fault == ModelFault::NotUnderstood {
        // A model that is not configured as it has to be refuses whatever it is asked, and each request counts
        // as spent.
        context.usage.with(|totals| totals.misunderstood.insert(spec.model.id.clone()));
    }
    // The service does not bill a request that it refused or could not serve. Whether it bills an answer that came too
    // late or that was not understood, nobody here knows.
    let unbilled = [ModelFault::Throttled, ModelFault::Denied, ModelFault::NotFound, ModelFault::Unavailable];
    if unbilled.contains(&fault) {
        reservation.count_usage(context, Usage::default());
        reservation.settle(context, MicroUsd::ZERO).await;
        return MicroUsd::ZERO;
    }
    reservation.amount
}

/// Checks what can be checked before money is reserved.
fn check_bounds<P: InvestigatorPorts>(
    context: &InvestigationContext<'_, P>,
    spec: &ConversationSpec<'_>,
    request: &ModelRequest,
    estimate: TokenEstimate,
) -> Result<(), ModelFault> {
    context.check_not_stopped()?;
    if Instant::now() >= spec.deadline {
        return Err(ModelFault::OutOfTime);
    }
    if estimate.tokens > context.bundle.limits.input_tokens_per_request {
        return Err(ModelFault::OversizedRequest);
    }
    context
        .usage
        .with(|totals| spec.allowance.check(totals, &spec.model.id, estimate, request.max_output_tokens))
}

const fn fault_of(error: &PortError) -> ModelFault {
    match error.kind {
        PortErrorKind::Throttled => ModelFault::Throttled,
        PortErrorKind::Unavailable => ModelFault::Unavailable,
        PortErrorKind::Denied => ModelFault::Denied,
        PortErrorKind::NotFound => ModelFault::NotFound,
        PortErrorKind::Invalid => ModelFault::NotUnderstood,
    }
}

fn milliseconds_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millisecond().saturating_sub(from.as_millisecond())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_waits_double_and_are_set_apart_by_the_line() {
        let seconds =
            |tries, position| retry_waits(tries, position).map(|wait| wait.as_secs_f64()).collect::<Vec<_>>();
        assert!(seconds(0, 0).is_empty());
        assert_eq!(seconds(3, 0), [1.0, 2.0, 4.0]);
        assert_eq!(seconds(2, 2), [1.3, 2.3]);
        assert_eq!(seconds(8, 0).last(), Some(&128.0));
    }
}
