//! One request: the worst that it can cost is set aside before, and what it did cost is counted after.

use std::time::Duration;

use common::{
    Clock as _, MicroUsd, PortError,
    model::{ModelAnswer, ModelRequest, Said, Usage},
    ports::{Model as _, PortErrorKind, Reserved, Spending as _},
};
use jiff::Timestamp;
use tokio::time::{Instant, sleep, timeout};

use crate::{
    brief::Outside,
    budget::token_estimate::{Estimate, plausible},
    budget::usage_ledger::Totals,
    conversation::Inquiry,
    conversation::recorder,
    investigate::Investigation,
    model_fault::Problem,
};

/// How long to wait before a throttled request is tried again, and twice as long each time.
const BACK_OFF: Duration = Duration::from_secs(1);
/// Between the lines, so that they do not try again together.
const APART: Duration = Duration::from_millis(150);
/// How often to see whether another line gave money back.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// One line's conversation, as far as the trace has it.
pub(crate) struct Thread<'a> {
    pub(crate) inquiry: &'a Inquiry<'a>,
    /// Of the step before; the first is 1.
    pub(crate) step: u32,
    /// What was said since the step before.
    pub(crate) unrecorded: Vec<Said>,
}

impl<'a> Thread<'a> {
    pub(crate) fn new(inquiry: &'a Inquiry<'a>, opening: &[Said]) -> Self {
        Self { inquiry, step: 0, unrecorded: opening.to_vec() }
    }

    pub(crate) fn says(&mut self, said: &[Said]) {
        self.unrecorded.extend_from_slice(said);
    }
}

/// An answer that came.
pub(crate) struct Asked {
    pub(crate) answer: ModelAnswer,
    pub(crate) at: Timestamp,
    pub(crate) elapsed_ms: u64,
    /// As far as it can be true.
    pub(crate) usage: Usage,
    pub(crate) cost: MicroUsd,
    /// What was wrong with the counting.
    pub(crate) problem: Option<Problem>,
}

/// Asks, and tries again where the service is asked too often. Every try is in the trace but the last good
/// one, which belongs there with what its answer came to.
pub(crate) async fn ask<O: Outside>(
    it: &Investigation<'_, O>,
    thread: &mut Thread<'_>,
    request: &ModelRequest,
) -> Result<Asked, Problem> {
    let estimate = Estimate::of(request, it.bundle.limits.bytes_per_token);
    let result = tries(it, thread, request, estimate).await;
    if let Err(problem) = &result
        && is_bound(*problem)
    {
        it.met(*problem);
    }
    result
}

/// Whether this ends a line because of a bound; what a service did is counted try by try.
const fn is_bound(problem: Problem) -> bool {
    matches!(
        problem,
        Problem::OverBudget
            | Problem::OverDayBudget
            | Problem::TooManyRequests
            | Problem::TooManyTokens
            | Problem::OversizedRequest
            | Problem::OutOfTime
    )
}

async fn tries<O: Outside>(
    it: &Investigation<'_, O>,
    thread: &mut Thread<'_>,
    request: &ModelRequest,
    estimate: Estimate,
) -> Result<Asked, Problem> {
    let inquiry = thread.inquiry;
    let most = inquiry.model.price.at_most(estimate.tokens, u64::from(request.max_output_tokens));
    let patience = Duration::from_secs(it.bundle.limits.seconds_per_request);
    let mut tried = 0u32;
    loop {
        may_ask(it, inquiry, request, estimate)?;
        let at = reserve(it, inquiry, most).await?;
        if let Err(problem) = begin(it, inquiry, request, estimate, most) {
            give_back(it, at, most).await;
            return Err(problem);
        }
        let left = inquiry.until.saturating_duration_since(Instant::now());
        let answer = timeout(patience.min(left), it.outside.model().converse(request)).await;
        it.used.with(|totals| totals.in_flight = totals.in_flight.saturating_sub(1));
        let elapsed_ms = elapsed(at, it.outside.clock().now());
        let error = match answer {
            Ok(Ok(answer)) => {
                let (usage, problem) = plausible(answer.usage, estimate, request, &answer);
                let cost = inquiry.model.price.of(usage);
                count(it, request, estimate, usage);
                settle(it, at, most, cost).await;
                return Ok(Asked { answer, at, elapsed_ms, usage, cost, problem });
            }
            Ok(Err(error)) => Some(error),
            Err(_) => None,
        };
        let problem = match &error {
            Some(error) => of_kind(error),
            None if left < patience => Problem::OutOfTime,
            None => Problem::TimedOut,
        };
        // What the service refused to do it does not bill. Whether it bills an answer that got lost or
        // that was not understood, nobody here knows.
        let free = matches!(problem, Problem::Throttled | Problem::Denied | Problem::NotFound);
        if free {
            count(it, request, estimate, Usage::default());
            settle(it, at, most, MicroUsd::ZERO).await;
        }
        if problem == Problem::NotUnderstood {
            // A model that is not configured as it has to be refuses whatever it is asked, and each request
            // counts as spent.
            it.used.with(|totals| totals.misunderstood.insert(inquiry.model.id.clone()));
        }
        if problem != Problem::OutOfTime {
            it.met(problem);
        }
        let cost = if free { MicroUsd::ZERO } else { most };
        recorder::unanswered(it, thread, at, elapsed_ms, cost, problem).await?;
        if problem != Problem::Throttled || tried >= it.bundle.limits.throttle_tries {
            return Err(problem);
        }
        let place = u32::try_from(inquiry.place).unwrap_or_default();
        let wait = BACK_OFF.saturating_mul(2u32.saturating_pow(tried));
        let wait = wait.saturating_add(APART.saturating_mul(place));
        if wait >= inquiry.until.saturating_duration_since(Instant::now()) {
            return Err(problem);
        }
        sleep(wait).await;
        tried = tried.saturating_add(1);
    }
}

fn may_ask<O: Outside>(
    it: &Investigation<'_, O>,
    inquiry: &Inquiry<'_>,
    request: &ModelRequest,
    estimate: Estimate,
) -> Result<(), Problem> {
    it.may_go_on()?;
    if Instant::now() >= inquiry.until {
        return Err(Problem::OutOfTime);
    }
    if estimate.tokens > it.bundle.limits.input_tokens_per_request {
        return Err(Problem::OversizedRequest);
    }
    it.used.with(|totals| room(totals, inquiry, request, estimate))
}

/// Whether one more request is within the bounds on all of them.
fn room(
    totals: &Totals,
    inquiry: &Inquiry<'_>,
    request: &ModelRequest,
    estimate: Estimate,
) -> Result<(), Problem> {
    if totals.misunderstood.contains(&inquiry.model.id) {
        return Err(Problem::NotUnderstood);
    }
    if totals.requests >= inquiry.requests {
        return Err(Problem::TooManyRequests);
    }
    let input = totals.input_tokens.saturating_add(estimate.tokens);
    let output = totals.output_tokens.saturating_add(u64::from(request.max_output_tokens));
    if input > inquiry.all_input_tokens || output > inquiry.all_output_tokens {
        return Err(Problem::TooManyTokens);
    }
    Ok(())
}

/// Sets `most` aside; the time of the reservation.
async fn reserve<O: Outside>(
    it: &Investigation<'_, O>,
    inquiry: &Inquiry<'_>,
    most: MicroUsd,
) -> Result<Timestamp, Problem> {
    loop {
        let at = it.outside.clock().now();
        let others = it.used.with(|totals| totals.in_flight);
        match it.outside.spending().reserve(it.brief.incident.id, at, most, inquiry.caps).await {
            Ok(Reserved::Granted) => return Ok(at),
            Ok(Reserved::DayCap) => return Err(Problem::OverDayBudget),
            Ok(Reserved::IncidentCap) if inquiry.waits && others > 0 => {
                while it.used.with(|totals| totals.in_flight) >= others {
                    sleep(LOOK_AGAIN).await;
                }
                it.may_go_on()?;
            }
            Ok(Reserved::IncidentCap) => return Err(Problem::OverBudget),
            Err(_) => {
                it.used.stop(Problem::SpendingUnreadable);
                return Err(Problem::SpendingUnreadable);
            }
        }
    }
}

/// Counts the request, if it may still be made: while money was set aside for it, others began.
fn begin<O: Outside>(
    it: &Investigation<'_, O>,
    inquiry: &Inquiry<'_>,
    request: &ModelRequest,
    estimate: Estimate,
    most: MicroUsd,
) -> Result<(), Problem> {
    it.used.with(|totals| {
        totals.stopped.map_or(Ok(()), Err)?;
        room(totals, inquiry, request, estimate)?;
        totals.requests = totals.requests.saturating_add(1);
        totals.in_flight = totals.in_flight.saturating_add(1);
        totals.cost += most;
        totals.input_tokens = totals.input_tokens.saturating_add(estimate.tokens);
        totals.output_tokens = totals.output_tokens.saturating_add(u64::from(request.max_output_tokens));
        Ok(())
    })
}

/// What was set aside for a request that is not made.
async fn give_back<O: Outside>(it: &Investigation<'_, O>, at: Timestamp, most: MicroUsd) {
    it.used.with(|totals| totals.cost += most);
    settle(it, at, most, MicroUsd::ZERO).await;
}

/// Puts what was used in the place of what was estimated.
fn count<O: Outside>(it: &Investigation<'_, O>, request: &ModelRequest, estimate: Estimate, usage: Usage) {
    let input = usage.input.saturating_add(usage.cache_read).saturating_add(usage.cache_write);
    it.used.with(|totals| {
        totals.usage = totals.usage.plus(usage);
        totals.input_tokens = totals.input_tokens.saturating_sub(estimate.tokens).saturating_add(input);
        totals.output_tokens = totals
            .output_tokens
            .saturating_sub(u64::from(request.max_output_tokens))
            .saturating_add(usage.output);
    });
}

async fn settle<O: Outside>(it: &Investigation<'_, O>, at: Timestamp, most: MicroUsd, cost: MicroUsd) {
    let (back, beyond) = (most.saturating_sub(cost), cost.saturating_sub(most));
    match it.outside.spending().settle(it.brief.incident.id, at, most, cost).await {
        Ok(()) => it.used.with(|totals| totals.cost = totals.cost.saturating_sub(back)),
        // What was set aside stays so.
        Err(_) => it.met(Problem::Unsettled),
    }
    if beyond == MicroUsd::ZERO {
        return;
    }
    // The estimate was too low. What is beyond it is spent all the same, whatever the caps say, and the next
    // estimate would be as wrong.
    it.used.with(|totals| totals.cost += beyond);
    it.used.stop(Problem::BeyondEstimate);
    it.met(Problem::BeyondEstimate);
}

const fn of_kind(error: &PortError) -> Problem {
    match error.kind {
        PortErrorKind::Throttled => Problem::Throttled,
        PortErrorKind::Unavailable => Problem::Unavailable,
        PortErrorKind::Denied => Problem::Denied,
        PortErrorKind::NotFound => Problem::NotFound,
        PortErrorKind::Invalid => Problem::NotUnderstood,
    }
}

fn elapsed(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millisecond().saturating_sub(from.as_millisecond())).unwrap_or_default()
}
