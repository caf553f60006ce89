//! One investigation: from the brief to an opinion, whatever the model does.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use common::{
    Clock as _, EvidenceId, MicroUsd, ModelOpinion,
    model::ToolDefinition,
    ports::{Caps, Counters as _, Spending as _},
    reasoning::{ModelUse, ModelVerdict},
};
use jiff::Timestamp;
use tokio::time::{Instant, timeout};

use crate::{
    answer::{Closed, Weighed},
    brief::{Brief, Outside, Ports, Tools},
    bundle::Bundle,
    digest::{Digest, digest},
    fence::Fence,
    lines,
    names::Names,
    problem::Problem,
    schema,
    used::{Totals, Used},
    weigh,
};

/// The metric that each problem is counted under.
pub const PROBLEMS: &str = "ModelProblems";

/// What is kept of the time to record what was said last.
const TO_RECORD: Duration = Duration::from_secs(1);

/// The application of incidents that name none.
pub const NO_APPLICATION: &str = "(none)";

pub(crate) struct Investigation<'a, O> {
    pub(crate) outside: &'a O,
    pub(crate) bundle: &'a Bundle,
    pub(crate) bundle_name: &'a str,
    pub(crate) brief: &'a Brief<'a>,
    pub(crate) fence: &'a Fence,
    pub(crate) names: Names<'a>,
    /// When it began, which names it in the trace.
    pub(crate) began: Timestamp,
    pub(crate) digest: Digest,
    /// Those that read: built in, then the team's.
    pub(crate) tools: Vec<ToolDefinition>,
    pub(crate) team_tools: BTreeSet<String>,
    pub(crate) used: &'a Used,
    started: Instant,
}

/// Asks the model what caused the incident. It always comes to an opinion, within the bundle's bounds: what
/// goes wrong is in [`ModelUse::problems`].
pub async fn investigate<M, T, S, R, N, C>(
    ports: &Ports<'_, M, T, S, R, N, C>,
    bundle: &Bundle,
    brief: &Brief<'_>,
) -> ModelOpinion
where
    M: common::ports::Model,
    T: Tools,
    S: common::ports::Spending,
    R: common::ports::Reasoning,
    N: common::ports::Counters,
    C: common::Clock,
{
    let name = bundle.name();
    let used = Used::default();
    let (result, masked) = match Fence::new(brief.fence) {
        None => (Err(Problem::UnfitFence), BTreeMap::new()),
        Some(fence) => {
            let investigation = Investigation::of(ports, bundle, &name, brief, &fence, &used);
            let result = timeout(bundle.seconds(), investigation.run()).await;
            let result = result.unwrap_or(Err(Problem::OutOfTime));
            (result, fence.masked())
        }
    };
    if let Err(problem) = result {
        // What ended it may have been counted where it happened.
        if !used.totals().problems.contains_key(&problem) {
            count(ports, &used, problem);
        }
    }
    opinion(name, result, used.totals(), masked)
}

fn opinion(
    bundle: String,
    result: Result<Weighed, Problem>,
    used: Totals,
    masked: BTreeMap<String, u32>,
) -> ModelOpinion {
    let problems = used.problems.iter().map(|(problem, count)| (problem.as_str().to_owned(), *count));
    let model_use = ModelUse {
        bundle,
        verdict: ModelVerdict::Hypotheses,
        requests: used.requests,
        tool_calls: used.tool_calls,
        usage: used.usage,
        cost: used.cost,
        problems: problems.collect(),
        masked,
    };
    let evidence = used.gathered;
    match result {
        Ok(Weighed { abstained: Some(reason), impact, .. }) => ModelOpinion {
            model_use: ModelUse { verdict: ModelVerdict::Abstained { reason }, ..model_use },
            hypotheses: Vec::new(),
            evidence,
            lasting_fix: None,
            impact,
        },
        Ok(Weighed { abstained: None, hypotheses, impact, lasting_fix }) => {
            ModelOpinion { model_use, hypotheses, evidence, lasting_fix, impact }
        }
        Err(problem) => {
            let reason = problem.reason().to_owned();
            ModelOpinion {
                model_use: ModelUse { verdict: ModelVerdict::Unusable { reason }, ..model_use },
                hypotheses: Vec::new(),
                evidence,
                lasting_fix: None,
                impact: None,
            }
        }
    }
}

fn count(outside: &impl Outside, used: &Used, problem: Problem) {
    used.with(|totals| {
        let count = totals.problems.entry(problem).or_default();
        *count = count.saturating_add(1);
    });
    outside.counters().count(PROBLEMS, problem.as_str(), 1);
}

impl<'a, O: Outside> Investigation<'a, O> {
    fn of(
        outside: &'a O,
        bundle: &'a Bundle,
        bundle_name: &'a str,
        brief: &'a Brief<'a>,
        fence: &'a Fence,
        used: &'a Used,
    ) -> Self {
        let names = Names::of(brief.components);
        let mut tools = schema::read_tools(bundle, names);
        let (team, refused) = schema::team_tools(brief.team_tools, &tools, fence);
        for problem in refused {
            count(outside, used, problem);
        }
        let team_tools = team.iter().map(|tool| tool.name.clone()).collect();
        tools.extend(team);
        Self {
            outside,
            bundle,
            bundle_name,
            brief,
            fence,
            names,
            began: outside.clock().now(),
            digest: digest(brief, fence, names, &bundle.limits),
            tools,
            team_tools,
            used,
            started: Instant::now(),
        }
    }

    async fn run(&self) -> Result<Weighed, Problem> {
        if self.names.is_empty() {
            return Err(Problem::NothingToName);
        }
        self.admitted().await?;
        let reports = lines::follow(self).await;
        self.may_go_on()?;
        weigh::weigh(self, &reports).await
    }

    async fn admitted(&self) -> Result<(), Problem> {
        let incident = self.brief.incident;
        let application = incident.application.as_deref().unwrap_or(NO_APPLICATION);
        let most = self.bundle.limits.investigations_per_hour;
        match self.outside.spending().admit(incident.id, application, self.began, most).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Problem::TooManyInvestigations),
            Err(_) => {
                self.used.stop(Problem::SpendingUnreadable);
                Err(Problem::SpendingUnreadable)
            }
        }
    }

    pub(crate) fn may_go_on(&self) -> Result<(), Problem> {
        self.used.with(|totals| totals.stopped).map_or(Ok(()), Err)
    }

    /// Counts a problem.
    pub(crate) fn met(&self, problem: Problem) {
        count(self.outside, self.used, problem);
    }

    pub(crate) fn caps(&self, incident: MicroUsd) -> Caps {
        Caps { incident, day: self.bundle.money.per_day }
    }

    /// What an answer may name, when `known` was shown.
    pub(crate) fn closed<'b>(&'b self, known: &'b BTreeSet<EvidenceId>) -> Closed<'b> {
        Closed {
            names: self.names,
            actions: self.brief.actions,
            known,
            fence: self.fence,
            system: &self.bundle.system,
            hypotheses: self.bundle.limits.hypotheses,
            bundle: self.bundle_name,
        }
    }

    /// When what is asked in the first `seconds` has to end, so that there is time left to record it.
    pub(crate) fn until(&self, seconds: u64) -> Instant {
        let after = Duration::from_secs(seconds.min(self.bundle.limits.seconds)).saturating_sub(TO_RECORD);
        self.started.checked_add(after).unwrap_or(self.started)
    }
}
