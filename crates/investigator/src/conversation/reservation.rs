//! Reserves the money of one request: the most that it can cost is reserved before it, and settled after it.

use std::time::Duration;

use common::{
    Clock as _, MicroUsd,
    model::{ModelRequest, Usage},
    ports::{Reserved, Spending as _},
};
use jiff::Timestamp;
use tokio::time::sleep;

use super::spec::ConversationSpec;
use crate::{
    budget::TokenEstimate, context::InvestigationContext, model_fault::ModelFault, ports::InvestigatorPorts,
};

/// The interval at which a line looks whether another line gave money back.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Money that is set aside for one request, with what the request may use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reservation {
    /// The time of the reservation, by which the ledger of money knows it.
    pub(super) at: Timestamp,
    /// The most that the request can cost.
    pub(super) amount: MicroUsd,
    estimate: TokenEstimate,
    max_output_tokens: u32,
}

impl Reservation {
    /// Reserves the most that `request` can cost, and counts the request.
    pub(super) async fn new<P: InvestigatorPorts>(
        context: &InvestigationContext<'_, P>,
        spec: &ConversationSpec<'_>,
        request: &ModelRequest,
        estimate: TokenEstimate,
    ) -> Result<Self, ModelFault> {
        let max_output_tokens = request.max_output_tokens;
        let amount = spec.model.price.worst_case(estimate.tokens, u64::from(max_output_tokens));
        let at = reserve_money(context, spec, amount).await?;
        let reservation = Self { at, amount, estimate, max_output_tokens };
        if let Err(fault) = reservation.count_request(context, spec) {
            // No request is made.
            context.usage.with(|totals| totals.cost += amount);
            reservation.settle(context, MicroUsd::ZERO).await;
            return Err(fault);
        }
        Ok(reservation)
    }

    /// Counts the request, if it may still be made: while money was reserved for it, others began.
    fn count_request<P: InvestigatorPorts>(
        &self,
        context: &InvestigationContext<'_, P>,
        spec: &ConversationSpec<'_>,
    ) -> Result<(), ModelFault> {
        context.usage.with(|totals| {
            totals.stopped.map_or(Ok(()), Err)?;
            spec.allowance.check(totals, &spec.model.id, self.estimate, self.max_output_tokens)?;
            totals.requests = totals.requests.saturating_add(1);
            totals.in_flight = totals.in_flight.saturating_add(1);
            totals.cost += self.amount;
            totals.input_tokens = totals.input_tokens.saturating_add(self.estimate.tokens);
            totals.output_tokens = totals.output_tokens.saturating_add(u64::from(self.max_output_tokens));
            Ok(())
        })
    }

    /// Replaces the tokens that were estimated by those of `usage`.
    pub(super) fn count_usage<P: InvestigatorPorts>(
        &self,
        context: &InvestigationContext<'_, P>,
        usage: Usage,
    ) {
        let input = usage.input.saturating_add(usage.cache_read).saturating_add(usage.cache_write);
        context.usage.with(|totals| {
            totals.tokens = totals.tokens.plus(usage);
            totals.input_tokens =
                totals.input_tokens.saturating_sub(self.estimate.tokens).saturating_add(input);
            totals.output_tokens = totals
                .output_tokens
                .saturating_sub(u64::from(self.max_output_tokens))
                .saturating_add(usage.output);
        });
    }

    /// Replaces the amount that was reserved by `cost`. A cost beyond it stops the investigation.
    pub(super) async fn settle<P: InvestigatorPorts>(
        &self,
        context: &InvestigationContext<'_, P>,
        cost: MicroUsd,
    ) {
        let (unused, beyond) = (self.amount.saturating_sub(cost), cost.saturating_sub(self.amount));
        match context.ports.spending().settle(context.brief.incident.id, self.at, self.amount, cost).await {
            Ok(()) => context.usage.with(|totals| totals.cost = totals.cost.saturating_sub(unused)),
            // The amount stays reserved.
            Err(_) => context.count_fault(ModelFault::Unsettled),
        }
        if beyond == MicroUsd::ZERO {
            return;
        }
        // The estimate was too low. The money beyond it is spent all the same, whatever the caps say, and the
        // next estimate would be as wrong.
        context.usage.with(|totals| totals.cost += beyond);
        context.usage.stop(ModelFault::BeyondEstimate);
        context.count_fault(ModelFault::BeyondEstimate);
    }
}

/// Reserves `amount`, and returns the time of the reservation. Where the incident's cap is reached, a
/// conversation that may wait tries again as soon as a request in flight has ended.
async fn reserve_money<P: InvestigatorPorts>(
    context: &InvestigationContext<'_, P>,
    spec: &ConversationSpec<'_>,
    amount: MicroUsd,
) -> Result<Timestamp, ModelFault> {
    loop {
        let at = context.ports.clock().now();
        let others = context.usage.with(|totals| totals.in_flight);
        match context.ports.spending().reserve(context.brief.incident.id, at, amount, spec.caps).await {
            Ok(Reserved::Granted) => return Ok(at),
            Ok(Reserved::DayCap) => return Err(ModelFault::OverDayBudget),
            Ok(Reserved::IncidentCap) if spec.waits_for_money && others > 0 => {
                while context.usage.with(|totals| totals.in_flight) >= others {
                    sleep(POLL_INTERVAL).await;
                }
                context.check_not_stopped()?;
            }
            Ok(Reserved::IncidentCap) => return Err(ModelFault::OverBudget),
            Err(_) => {
                context.usage.stop(ModelFault::SpendingUnreadable);
                return Err(ModelFault::SpendingUnreadable);
            }
        }
    }
}
