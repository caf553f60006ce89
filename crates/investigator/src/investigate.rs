//! Runs one investigation: from the brief to an opinion, whatever the model does.

mod lines_of_inquiry;
mod opinion;
mod weighing;

use std::collections::BTreeMap;

use common::{ModelOpinion, ports::Spending as _};

use self::{lines_of_inquiry::follow_lines, weighing::weigh_reports};
use crate::{
    answer::SubmittedDiagnosis,
    brief::Brief,
    budget::{UsageLedger, within},
    bundle::Bundle,
    context::{InvestigationContext, count_fault},
    fence::Fence,
    model_fault::ModelFault,
    ports::InvestigatorPorts,
};

/// The application of incidents that name none.
pub const NO_APPLICATION: &str = "(none)";

/// Asks the model what caused the incident, within the bundle's bounds. It never fails: where there is no
/// usable answer, the verdict is [`common::reasoning::ModelVerdict::Unusable`]; every fault is counted in
/// [`common::reasoning::ModelUse::problems`].
pub async fn investigate(ports: &impl InvestigatorPorts, bundle: &Bundle, brief: &Brief<'_>) -> ModelOpinion {
    let name = bundle.name();
    let usage = UsageLedger::default();
    let (result, masked) = match Fence::new(brief.fence) {
        None => (Err(ModelFault::UnfitFence), BTreeMap::new()),
        Some(fence) => {
            let context = InvestigationContext::new(ports, bundle, &name, brief, &fence, &usage);
            let result = within(bundle.seconds(), || ModelFault::OutOfTime, run(&context)).await;
            (result, fence.masked())
        }
    };
    if let Err(fault) = result {
        // The fault that ended it may have been counted where it happened.
        if !usage.totals().faults.contains_key(&fault) {
            count_fault(ports, &usage, fault);
        }
    }
    opinion::from_result(name, result, usage.totals(), masked)
}

async fn run<P: InvestigatorPorts>(
    context: &InvestigationContext<'_, P>,
) -> Result<SubmittedDiagnosis, ModelFault> {
    if context.names.is_empty() {
        return Err(ModelFault::NothingToName);
    }
    admit(context).await?;
    let reports = follow_lines(context).await;
    context.check_not_stopped()?;
    weigh_reports(context, &reports).await
}

/// Counts the investigation against those of its application in this hour.
async fn admit<P: InvestigatorPorts>(context: &InvestigationContext<'_, P>) -> Result<(), ModelFault> {
    let incident = context.brief.incident;
    let application = incident.application.as_deref().unwrap_or(NO_APPLICATION);
    let most = context.bundle.limits.investigations_per_hour;
    match context.ports.spending().admit(incident.id, application, context.began, most).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(ModelFault::TooManyInvestigations),
        Err(_) => {
            context.usage.stop(ModelFault::SpendingUnreadable);
            Err(ModelFault::SpendingUnreadable)
        }
    }
}
