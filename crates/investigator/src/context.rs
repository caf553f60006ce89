//! Holds the context that every step of one investigation works in.

use std::{collections::BTreeSet, time::Duration};

use common::{
    Clock as _, EvidenceId, MicroUsd,
    model::ToolDefinition,
    ports::{Caps, Counters as _},
};
use jiff::Timestamp;
use tokio::time::Instant;

use crate::{
    answer::AllowedValues,
    brief::Brief,
    budget::UsageLedger,
    bundle::Bundle,
    fence::Fence,
    model_fault::{FAULT_METRIC, ModelFault},
    model_input::{ComponentNames, Digest, digest, tool_schemas},
    ports::InvestigatorPorts,
};

/// The time that is kept at the end of a deadline to record the last answer.
const TIME_TO_RECORD: Duration = Duration::from_secs(1);

pub(crate) struct InvestigationContext<'a, P> {
    pub(crate) ports: &'a P,
    pub(crate) bundle: &'a Bundle,
    pub(crate) bundle_name: &'a str,
    pub(crate) brief: &'a Brief<'a>,
    pub(crate) fence: &'a Fence,
    pub(crate) names: ComponentNames<'a>,
    /// The time at which the investigation began, which identifies it in the trace.
    pub(crate) began: Timestamp,
    /// Everything that the brief holds, as the model is shown it.
    pub(crate) digest: Digest,
    /// The tools that read: built-in ones, then the team's.
    pub(crate) tools: Vec<ToolDefinition>,
    pub(crate) team_tools: BTreeSet<String>,
    pub(crate) usage: &'a UsageLedger,
    started: Instant,
}

impl<'a, P: InvestigatorPorts> InvestigationContext<'a, P> {
    pub(crate) fn new(
        ports: &'a P,
        bundle: &'a Bundle,
        bundle_name: &'a str,
        brief: &'a Brief<'a>,
        fence: &'a Fence,
        usage: &'a UsageLedger,
    ) -> Self {
        let names = ComponentNames::new(brief.components);
        let mut tools = tool_schemas::read_tools(bundle, names);
        let (team, refused) = tool_schemas::team_tools(brief.team_tools, &tools, fence);
        for fault in refused {
            count_fault(ports, usage, fault);
        }
        let team_tools = team.iter().map(|tool| tool.name.clone()).collect();
        tools.extend(team);
        Self {
            ports,
            bundle,
            bundle_name,
            brief,
            fence,
            names,
            began: ports.clock().now(),
            digest: digest(brief, fence, names, &bundle.limits),
            tools,
            team_tools,
            usage,
            started: Instant::now(),
        }
    }

    /// Fails with the fault that has stopped the whole investigation, if one has.
    pub(crate) fn check_not_stopped(&self) -> Result<(), ModelFault> {
        self.usage.with(|totals| totals.stopped).map_or(Ok(()), Err)
    }

    pub(crate) fn count_fault(&self, fault: ModelFault) {
        count_fault(self.ports, self.usage, fault);
    }

    /// The caps on money, where the incident may cost at most `incident`.
    pub(crate) fn spending_caps(&self, incident: MicroUsd) -> Caps {
        Caps { incident, day: self.bundle.money.per_day }
    }

    /// The closed lists that an answer is held to, where the evidence in `citable` was shown.
    pub(crate) fn allowed_values<'b>(&'b self, citable: &'b BTreeSet<EvidenceId>) -> AllowedValues<'b> {
        AllowedValues {
            names: self.names,
            actions: self.brief.actions,
            citable,
            fence: self.fence,
            system: &self.bundle.system,
            hypotheses: self.bundle.limits.hypotheses,
            bundle: self.bundle_name,
        }
    }

    /// The deadline of what has to end within the investigation's first `seconds`, early enough to record it.
    pub(crate) fn deadline(&self, seconds: u64) -> Instant {
        let after =
            Duration::from_secs(seconds.min(self.bundle.limits.seconds)).saturating_sub(TIME_TO_RECORD);
        self.started.checked_add(after).unwrap_or(self.started)
    }
}

/// Counts `fault` for the diagnosis and in the metric [`FAULT_METRIC`].
pub(crate) fn count_fault(ports: &impl InvestigatorPorts, usage: &UsageLedger, fault: ModelFault) {
    usage.with(|totals| {
        let count = totals.faults.entry(fault).or_default();
        *count = count.saturating_add(1);
    });
    ports.counters().count(FAULT_METRIC, fault.as_str(), 1);
}
