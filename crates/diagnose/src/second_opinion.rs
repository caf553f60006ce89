//! Asking a model where playbooks and engine leave doubt. Whatever comes of it, or doesn't, the diagnosis
//! stands without it.

use std::{cell::Cell, str::FromStr};

use common::{
    Clock, Conclusion, Incident, Mode, ModelOpinion,
    autonomy::UNATTENDED_CONFIDENCE,
    ports::{
        Changes, Counters, Logs, Metrics, Model, Modes, Providers, Reasoning, Resources, Spending,
        TeamKnowledge, TeamTools,
    },
};
use investigator::{Brief, Bundle, Bundles, Ports};

use crate::{
    Account, ContextPorts, Deps, TelemetryPorts,
    gather::{Gathered, context_gap},
    knowledge::{self, Known},
    tools::AccountTools,
};
use reasoning::{
    evidence::evidence_window::EvidenceWindow,
    evidence::text::{SENTENCE_CHARS, one_line},
    judgement::conclude::Assessment,
    model::allowlists::{allowed_actions, allowed_components},
};

/// When a model is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Never,
    /// Where playbooks and engine together are not sure.
    InDoubt,
    /// Also where they are.
    Always,
}

impl FromStr for Asked {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "never" => Ok(Self::Never),
            "in-doubt" => Ok(Self::InDoubt),
            "always" => Ok(Self::Always),
            other => Err(format!("{other:?}: expected never, in-doubt or always")),
        }
    }
}

/// A model, and how it is asked.
#[derive(Debug, Clone)]
pub struct Investigator<L, N> {
    pub asked: Asked,
    pub model: L,
    pub counters: N,
    /// The prompts, and which share of the incidents each bundle of them has.
    pub bundles: Bundles,
    /// Makes what marks the ends of untrusted text: nobody can guess the next one.
    pub fence: fn() -> String,
}

/// Whether a second opinion is worth its money.
fn is_wanted(asked: Asked, findings: &Assessment) -> bool {
    let sure = findings.conclusion == Conclusion::Explained
        && findings.hypotheses.first().is_some_and(|first| first.confidence >= UNATTENDED_CONFIDENCE);
    findings.symptom_is_there
        && match asked {
            Asked::Never => false,
            Asked::InDoubt => !sure,
            Asked::Always => true,
        }
}

/// What it is asked about.
pub(crate) struct Question<'a> {
    pub(crate) incident: &'a Incident,
    pub(crate) attempt: u32,
    pub(crate) findings: &'a Assessment,
    pub(crate) bundle: Option<&'a Bundle>,
}

/// What the model said; `None` where none was asked. What it looked at is the opinion's own.
#[allow(clippy::type_complexity, reason = "each part of the account is a port of its own")]
pub(crate) async fn ask<Y, A, T>(
    deps: &Deps<
        impl Spending + Reasoning,
        Account<
            Y,
            A,
            T,
            impl Changes,
            impl Resources,
            TelemetryPorts<impl Sized, impl Metrics, impl Logs>,
            ContextPorts<impl Providers, impl Sized, impl TeamKnowledge, impl TeamTools>,
        >,
        impl Modes,
        impl Clock,
        Investigator<impl Model, impl Counters>,
    >,
    question: Question<'_>,
    gathered: &mut Gathered,
) -> Option<ModelOpinion> {
    let Deps { store, account, modes, clock, investigator, playbooks, .. } = deps;
    let Question { incident, attempt, findings, bundle } = question;
    let bundle = bundle.filter(|_| is_wanted(investigator.asked, findings))?;
    // Gathering took its time, and the kill switch may have been pulled meanwhile.
    match modes.effective(incident.application.as_deref()).await {
        Ok(Mode::Off) | Err(_) => return None,
        Ok(_) => {}
    }
    let signal = &incident.signal;
    let query = knowledge::query(signal, findings, gathered);
    let (known, team_tools) = if is_admitted(store, bundle, incident, clock).await {
        let words = one_line(&query.text, SENTENCE_CHARS);
        let (known, (team_tools, unlisted)) = tokio::join!(
            Known::read(&account.context.knowledge, &words),
            account.context.team_tools.definitions(),
        );
        for error in unlisted {
            gathered.gaps.push(context_gap(&error.operation, &format!("{error}: {}", error.source)));
        }
        (known, team_tools)
    } else {
        // The investigator says so: nothing of the team's is asked for what will not be.
        (Known::shipped(), Vec::new())
    };
    let (known, gaps) = known?;
    gathered.gaps.extend(gaps);

    let tools = AccountTools {
        account,
        clock,
        signal,
        window: EvidenceWindow::new(signal, clock.now()),
        library: &known.library,
        evidence: &gathered.evidence,
        allowance: Cell::new(gathered.allowance),
    };
    let brief = Brief {
        incident,
        attempt,
        evidence: &gathered.evidence,
        gaps: &gathered.gaps,
        hypotheses: &findings.hypotheses,
        ruled_out: &findings.ruled_out,
        components: &allowed_components(signal, findings, &gathered.evidence),
        actions: &allowed_actions(playbooks),
        runbooks: &known.runbooks(&query),
        steering: known.steering.as_deref(),
        team_tools: &team_tools,
        fence: &(investigator.fence)(),
    };
    let ports = Ports {
        model: &investigator.model,
        tools: &tools,
        spending: store,
        reasoning: store,
        counters: &investigator.counters,
        clock,
    };
    Some(investigator::investigate(&ports, bundle, &brief).await)
}

/// Whether this incident is among those of its application and hour that are investigated. The
/// investigator asks the same again and gets the same answer.
async fn is_admitted(
    store: &impl Spending,
    bundle: &Bundle,
    incident: &Incident,
    clock: &impl Clock,
) -> bool {
    let application = incident.application.as_deref().unwrap_or(investigator::NO_APPLICATION);
    let most = bundle.limits.investigations_per_hour;
    store.admit(incident.id, application, clock.now(), most).await.unwrap_or(false)
}
